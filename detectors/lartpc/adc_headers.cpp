#include "detectors/lartpc/adc_headers.hpp"

#include <algorithm>
#include <cstring>

namespace spillway::detectors::lartpc {

namespace {

constexpr std::size_t kTimestampWord = 1;
constexpr std::size_t kColddataWord = 2;
constexpr unsigned kColddataMoved = 1U << 4U;  ///< of the control byte; bits 0 to 3: this word follows as it is

/// `word` with `step` added to the `bits` from bit `at` on.
std::uint64_t advanced(std::uint64_t word, unsigned at, unsigned bits, std::uint64_t step) {
  const std::uint64_t mask = ((std::uint64_t{1} << bits) - 1) << at;
  return (word & ~mask) | ((word + (step << at)) & mask);
}

HeadWords expected_after(HeadWords words) {
  words[0] = advanced(words[0], 40, 12, 1);
  words[kTimestampWord] += kTicksPerFrame;
  return words;
}

/// The front-end chips count the same clock, 15 bits each.
std::uint64_t colddata_moved(std::uint64_t word) {
  return advanced(advanced(word, 0, 15, kTicksPerFrame), 16, 15, kTicksPerFrame);
}

}  // namespace

std::byte* encode_head(const HeadWords& head, HeadWords& previous, std::byte* out) noexcept {
  HeadWords expected = expected_after(previous);
  std::byte* const control = out++;
  unsigned bits = 0;
  if (head[kColddataWord] == colddata_moved(expected[kColddataWord])) {
    expected[kColddataWord] = head[kColddataWord];
    bits = kColddataMoved;
  }
  for (std::size_t w = 0; w < head.size(); ++w) {
    if (head[w] == expected[w]) continue;
    bits |= 1U << w;
    std::memcpy(out, &head[w], sizeof head[w]);
    out += sizeof head[w];
  }
  *control = static_cast<std::byte>(bits);
  previous = head;
  return out;
}

bool decode_head(ByteView& coded, HeadWords& previous) noexcept {
  if (coded.empty()) return false;
  const auto bits = std::to_integer<unsigned>(coded[0]);
  coded = coded.subspan(1);
  if (bits >= 2 * kColddataMoved) return false;
  HeadWords head = expected_after(previous);
  if ((bits & kColddataMoved) != 0) head[kColddataWord] = colddata_moved(head[kColddataWord]);
  for (std::size_t w = 0; w < head.size(); ++w) {
    if ((bits >> w & 1U) == 0) continue;
    if (coded.size() < sizeof head[w]) return false;
    head[w] = load<std::uint64_t>(coded);
    coded = coded.subspan(sizeof head[w]);
  }
  previous = head;
  return true;
}

}  // namespace spillway::detectors::lartpc
