#include "tests/bench/frame_file.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "tests/bench/read_once.hpp"

namespace spillway::bench {

namespace {

using namespace detectors::lartpc;

constexpr std::size_t kCopies = 10;
constexpr std::size_t kFramesInL2 = 96;

}  // namespace

FrameFile::FrameFile(const SyntheticSetSpec& spec, std::size_t copies, std::size_t frames_of_set)
    : bytes_(copies * frames_of_set * kFrameBytes) {
  SyntheticSet set(spec, kSyntheticFrames);
  for (std::size_t f = 0; f < frames_of_set; ++f) set.next(frame(f));
  for (std::size_t f = frames_of_set; f < frames(); ++f) {
    const auto from = frame(f - frames_of_set);
    std::copy(from.begin(), from.end(), frame(f).begin());
    stamp_wib_eth(frame(f), static_cast<std::uint16_t>(f % kSequences), kTicksPerFrame * f);
  }
}

std::span<std::byte, kFrameBytes> FrameFile::frame(std::size_t f) {
  return std::span(bytes_).subspan(kFrameBytes * f).first<kFrameBytes>();
}

std::shared_ptr<const FrameFile> frame_file(const SyntheticSetSpec& spec, bool large) {
  static std::string kept_name;
  static std::shared_ptr<const FrameFile> kept;
  const std::string name = fmt::format("{} {}", spec.name, large);
  if (name != kept_name) {
    kept.reset();
    kept = large ? std::make_shared<const FrameFile>(spec, kCopies, kSyntheticFrames)
                 : std::make_shared<const FrameFile>(spec, 1, kFramesInL2);
    kept_name = name;
  }
  return kept;
}

Work reading(std::shared_ptr<const FrameFile> file, std::size_t frames, double amount) {
  return {amount, [file, frames, at = std::size_t{0}]() mutable {
            for (std::size_t left = frames; left > 0;) {
              const std::size_t now = std::min(left, file->frames() - at);
              [[maybe_unused]] volatile const std::uint64_t kept =
                  read_once(file->bytes().subspan(kFrameBytes * at, kFrameBytes * now));
              at = (at + now) % file->frames();
              left -= now;
            }
          }};
}

}  // namespace spillway::bench
