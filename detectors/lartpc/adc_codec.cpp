#include "detectors/lartpc/adc_codec.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "detectors/lartpc/adc_headers.hpp"
#include "detectors/lartpc/adc_kernels.hpp"

namespace spillway::detectors::lartpc {

namespace {

struct KernelRow {
  Isa isa;
  const AdcKernels& (*kernels)();
};
constexpr std::array kKernels = {KernelRow{Isa::kScalar, scalar_adc_kernels}, KernelRow{Isa::kAvx2, avx2_adc_kernels},
                                 KernelRow{Isa::kAvx512, avx512_adc_kernels}};

const AdcKernels& kernels_of(Isa isa) {
  return std::find_if(kKernels.begin(), kKernels.end(), [&](const KernelRow& r) { return r.isa == isa; })->kernels();
}

/// What every coded payload begins with.
struct Preamble {
  char magic[6] = {'S', 'P', 'W', 'A', 'D', 'C'};
  std::uint8_t version = 1;
  AdcMode mode = AdcMode::kStored;
  std::uint32_t frames = 0;      ///< 0 where stored
  std::uint32_t head_bytes = 0;  ///< of all headers, coded
};
static_assert(sizeof(Preamble) == AdcEncoder::kStoredOverhead);

Expected<Preamble, AdcCodeError> read_preamble(ByteView coded) {
  if (coded.size() < sizeof(Preamble)) return AdcCodeError::kTruncated;
  const auto preamble = load<Preamble>(coded);
  const Preamble known;
  if (!std::equal(std::begin(known.magic), std::end(known.magic), std::begin(preamble.magic)) ||
      preamble.version != known.version || preamble.mode > AdcMode::kDense) {
    return AdcCodeError::kBadFormat;
  }
  return preamble;
}

std::byte* write(std::byte* out, ByteView bytes) {
  return std::copy(bytes.begin(), bytes.end(), out);
}

/// The first frame's pedestals, that all others are reckoned from: rounded means, shifted by kSpare.
ChannelWords first_pedestals(ByteView frame) {
  std::array<std::uint32_t, kChannels> sums = {};
  for (std::size_t s = 0; s < kSamples; ++s) {
    const AdcRow row = unpack_row(frame.data() + kHeadBytes + kRowBytes * s);
    for (std::size_t c = 0; c < kChannels; ++c) sums[c] += row[c];
  }
  ChannelWords pedestals;
  for (std::size_t c = 0; c < kChannels; ++c) {
    pedestals[c] = static_cast<std::uint16_t>((sums[c] + kSamples / 2) / kSamples << kSpare);
  }
  return pedestals;
}

RiceParameters first_parameters(const AdcKernels& kernels, ByteView frame, ChannelWords pedestals) {
  Residuals residuals;
  kernels.to_residuals(frame.data() + kHeadBytes, pedestals, residuals);
  std::array<unsigned, kChannels> sums = {};
  for (const AdcRow& row : residuals.values) {
    for (std::size_t c = 0; c < kChannels; ++c) sums[c] += std::min(row[c], kFarthestZigzag);
  }
  RiceParameters k;
  std::transform(sums.begin(), sums.end(), k.begin(), rice_parameter);
  return k;
}

/// Frames one behind the other, whose samples are coded or decoded in turn.
class Frames {
 public:
  explicit Frames(ByteView raw) : raw_(raw) {}
  [[nodiscard]] std::size_t count() const { return raw_.size() / kFrameBytes; }
  [[nodiscard]] ByteView operator[](std::size_t f) const { return raw_.subspan(kFrameBytes * f, kFrameBytes); }

 private:
  ByteView raw_;
};

std::byte* encode_heads(const Frames& frames, std::byte* out) {
  HeadWords previous = {};
  for (std::size_t f = 0; f < frames.count(); ++f) out = encode_head(load<HeadWords>(frames[f]), previous, out);
  return out;
}

/// nullptr: it would not end before `limit`, behind which a frame more can be written.
std::byte* encode_fast(const AdcKernels& kernels, const Frames& frames, std::byte* out, const std::byte* limit) {
  ChannelWords pedestals = first_pedestals(frames[0]);
  out = write(out, std::as_bytes(std::span(pedestals)));
  Residuals residuals;
  for (std::size_t f = 0; f < frames.count(); ++f) {
    kernels.to_residuals(frames[f].data() + kHeadBytes, pedestals, residuals);
    out = kernels.pack(residuals, out, out + kWidthBytes);
    if (out > limit) return nullptr;
  }
  return out;
}

/// What stands before a block's streams.
struct BlockHead {
  std::array<std::uint16_t, kStreams> bytes = {};  ///< of each stream
  std::uint32_t escapes = 0;
};
static_assert(sizeof(BlockHead) == 36);
static_assert(kBlockFrames * kStreamBytes <= UINT16_MAX);
constexpr std::size_t kBlockBytes = sizeof(BlockHead) + kBlockFrames * kSamples * kChannels * 4;  ///< at most
constexpr std::size_t kStreamRoom = kBlockFrames * kStreamBytes + 16;  ///< of a stream that is being written

/// Ends the streams and puts them one behind the other, escapes behind them.
std::byte* write_block(RiceWriters& writers, ByteView streams, const std::vector<std::uint16_t>& escapes,
                       std::byte* out) {
  BlockHead head;
  head.escapes = static_cast<std::uint32_t>(escapes.size());
  for (std::size_t j = 0; j < kStreams; ++j) {
    if (writers.bits[j] > 0) *writers.at[j]++ = static_cast<std::byte>(writers.held[j]);
    head.bytes[j] = static_cast<std::uint16_t>(writers.at[j] - (streams.data() + kStreamRoom * j));
  }
  out = write(out, std::as_bytes(std::span(&head, 1)));
  for (std::size_t j = 0; j < kStreams; ++j) out = write(out, streams.subspan(kStreamRoom * j, head.bytes[j]));
  return write(out, std::as_bytes(std::span(escapes)));
}

/// nullptr: it would not end before `limit`, behind which a block more can be written.
std::byte* encode_dense(const AdcKernels& kernels, const Frames& frames, std::span<std::byte> streams, std::byte* out,
                        const std::byte* limit) {
  ChannelWords pedestals = first_pedestals(frames[0]);
  RiceParameters k = first_parameters(kernels, frames[0], pedestals);
  out = write(out, std::as_bytes(std::span(pedestals)));
  out = write(out, std::as_bytes(std::span(k)));
  Residuals residuals;
  std::vector<std::uint16_t> escapes;
  for (std::size_t begin = 0; begin < frames.count(); begin += kBlockFrames) {
    RiceWriters writers;
    for (std::size_t j = 0; j < kStreams; ++j) writers.at[j] = streams.data() + kStreamRoom * j;
    escapes.clear();
    for (std::size_t f = begin; f < std::min(begin + kBlockFrames, frames.count()); ++f) {
      kernels.to_residuals(frames[f].data() + kHeadBytes, pedestals, residuals);
      kernels.rice_encode(residuals, k, writers, escapes);
    }
    out = write_block(writers, streams, escapes, out);
    if (out > limit) return nullptr;
  }
  return out;
}

/// Takes `bytes` from the front of `coded`; an empty view where there are fewer.
ByteView take(ByteView& coded, std::size_t bytes) {
  if (coded.size() < bytes) return {};
  const ByteView front = coded.first(bytes);
  coded = coded.subspan(bytes);
  return front;
}

std::optional<AdcCodeError> decode_heads(ByteView coded, std::span<std::byte> raw) {
  HeadWords head = {};
  for (std::size_t at = 0; at < raw.size(); at += kFrameBytes) {
    if (!decode_head(coded, head)) return AdcCodeError::kBadCode;
    std::memcpy(raw.data() + at, head.data(), kHeadBytes);
  }
  if (!coded.empty()) return AdcCodeError::kBadCode;
  return std::nullopt;
}

/// Bytes of a frame's groups by their widths; none: a width is more than a sample has bits.
std::optional<std::size_t> group_bytes(ByteView widths) {
  constexpr std::uint64_t kNibbles = 0x0F0F'0F0F'0F0F'0F0F;
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  std::size_t sum = 0;
  for (std::size_t at = 0; at < widths.size(); at += 8) {
    const auto word = load<std::uint64_t>(widths, at);
    if ((word & word >> 1U & word >> 2U & word >> 3U & 0x1111'1111'1111'1111) != 0) return std::nullopt;
    sum += ((word & kNibbles) + (word >> 4U & kNibbles)) * kOnes >> 56U;
  }
  return sum;
}

std::optional<AdcCodeError> decode_fast(const AdcKernels& kernels, ByteView coded, std::span<std::byte> raw) {
  const ByteView first = take(coded, sizeof(ChannelWords));
  if (first.empty()) return AdcCodeError::kTruncated;
  auto pedestals = load<ChannelWords>(first);
  Residuals residuals;
  std::array<std::byte, kPackedBytes + kPackSlack> last;
  for (std::size_t at = 0; at < raw.size(); at += kFrameBytes) {
    const ByteView widths = take(coded, kWidthBytes);
    if (widths.empty()) return AdcCodeError::kTruncated;
    const auto bytes = group_bytes(widths);
    if (!bytes) return AdcCodeError::kBadCode;
    const bool readable_behind = coded.size() >= *bytes + kPackSlack;
    const ByteView groups = take(coded, *bytes);
    if (groups.size() < *bytes) return AdcCodeError::kTruncated;
    if (!readable_behind) {
      last = {};
      std::copy(groups.begin(), groups.end(), last.begin());
    }
    kernels.unpack(widths.data(), readable_behind ? groups.data() : last.data(), residuals);
    kernels.to_samples(residuals, pedestals, raw.data() + at + kHeadBytes);
  }
  if (!coded.empty()) return AdcCodeError::kExtraBytes;
  return std::nullopt;
}

/// The streams of a block, and where each ends.
struct Block {
  RiceReaders readers;
  std::array<std::size_t, kStreams> bytes = {};
  ByteView escapes;
  Bytes copy;  ///< of the streams, where too little stands behind them
};

Expected<Block, AdcCodeError> take_block(ByteView& coded) {
  const ByteView front = take(coded, sizeof(BlockHead));
  if (front.empty()) return AdcCodeError::kTruncated;
  const auto head = load<BlockHead>(front);
  Block block;
  std::size_t all = 0;
  for (const std::size_t bytes : head.bytes) all += bytes;
  const std::size_t escape_bytes = std::size_t{head.escapes} * sizeof(std::uint16_t);
  if (coded.size() < all || coded.size() - all < escape_bytes) return AdcCodeError::kTruncated;
  const std::byte* from = coded.data();
  if (coded.size() - all < kStreamSlack) {
    block.copy.resize(all + kStreamSlack);
    std::copy_n(coded.begin(), all, block.copy.begin());
    from = block.copy.data();
  }
  for (std::size_t j = 0; j < kStreams; ++j) {
    block.bytes[j] = head.bytes[j];
    block.readers.from[j] = from;
    from += head.bytes[j];
  }
  block.escapes = coded.subspan(all, escape_bytes);
  coded = coded.subspan(all + escape_bytes);
  return block;
}

/// Whether no stream has been read beyond its end.
bool within(const Block& block) {
  for (std::size_t j = 0; j < kStreams; ++j) {
    if (block.readers.bit[j] > 8 * block.bytes[j]) return false;
  }
  return true;
}

/// Whether all of it has been read.
bool spent(const Block& block) {
  for (std::size_t j = 0; j < kStreams; ++j) {
    if ((block.readers.bit[j] + 7) / 8 != block.bytes[j]) return false;
  }
  return block.escapes.empty();
}

std::optional<AdcCodeError> decode_dense(const AdcKernels& kernels, ByteView coded, std::span<std::byte> raw) {
  const ByteView first = take(coded, sizeof(ChannelWords));
  const ByteView parameters = take(coded, sizeof(RiceParameters));
  if (first.empty() || parameters.empty()) return AdcCodeError::kTruncated;
  auto pedestals = load<ChannelWords>(first);
  auto k = load<RiceParameters>(parameters);
  if (*std::max_element(k.begin(), k.end()) > kMostBits) return AdcCodeError::kBadCode;
  Residuals residuals;
  while (!raw.empty()) {
    auto taken = take_block(coded);
    if (!taken) return taken.error();
    Block block = std::move(taken).value();
    for (std::size_t f = 0; f < kBlockFrames && !raw.empty(); ++f) {
      const bool decoded = kernels.rice_decode(block.readers, k, block.escapes, residuals);
      if (!decoded || !within(block)) return AdcCodeError::kBadCode;
      kernels.to_samples(residuals, pedestals, raw.data() + kHeadBytes);
      raw = raw.subspan(kFrameBytes);
    }
    if (!spent(block)) return AdcCodeError::kBadCode;
  }
  if (!coded.empty()) return AdcCodeError::kExtraBytes;
  return std::nullopt;
}

std::optional<AdcCodeError> decode(const Preamble& preamble, ByteView coded, std::span<std::byte> raw, Isa isa) {
  if (preamble.mode == AdcMode::kStored) {
    if (preamble.frames != 0 || preamble.head_bytes != 0) return AdcCodeError::kBadCode;
    std::copy(coded.begin(), coded.end(), raw.begin());
    return std::nullopt;
  }
  if (raw.empty()) return AdcCodeError::kBadCode;
  const ByteView heads = take(coded, preamble.head_bytes);
  if (heads.size() < preamble.head_bytes) return AdcCodeError::kTruncated;
  if (const auto error = decode_heads(heads, raw)) return error;
  const AdcKernels& kernels = kernels_of(isa);
  return preamble.mode == AdcMode::kFast ? decode_fast(kernels, coded, raw) : decode_dense(kernels, coded, raw);
}

}  // namespace

std::string_view name(AdcMode mode) {
  switch (mode) {
    case AdcMode::kStored:
      return "stored";
    case AdcMode::kFast:
      return "fast";
    case AdcMode::kDense:
      return "dense";
  }
  return "unknown";
}

std::string_view name(AdcCodeError error) {
  switch (error) {
    case AdcCodeError::kTruncated:
      return "truncated";
    case AdcCodeError::kBadFormat:
      return "bad_format";
    case AdcCodeError::kBadSize:
      return "bad_size";
    case AdcCodeError::kBadCode:
      return "bad_code";
    case AdcCodeError::kExtraBytes:
      return "extra_bytes";
  }
  return "unknown";
}

AdcEncoder::AdcEncoder(AdcMode mode, Isa isa) : mode_(mode), isa_(isa) {
  if (!supported(isa)) {
    throw Error(
        fmt::format("this processor has no {}; choose another path, the best here is {}", name(isa), name(best_isa())));
  }
  if (mode == AdcMode::kDense) streams_.resize(kStreams * kStreamRoom);
}

ByteView AdcEncoder::encode(ByteView raw) {
  const std::size_t most = raw.size() + kStoredOverhead;
  const Frames frames(raw);
  const std::size_t head_room = kMostHeadBytes * frames.count() + sizeof(ChannelWords) + sizeof(RiceParameters);
  coded_.resize(std::max(coded_.size(), most + head_room + kBlockBytes + kWidthBytes + kPackedBytes + kPackSlack));
  Preamble preamble{.mode = mode_, .frames = static_cast<std::uint32_t>(frames.count())};
  std::byte* const samples = coded_.data() + sizeof(Preamble);
  std::byte* end = nullptr;
  if (mode_ != AdcMode::kStored && !raw.empty() && raw.size() % kFrameBytes == 0 &&
      frames.count() <= UINT32_MAX / kMostHeadBytes) {
    const AdcKernels& kernels = kernels_of(isa_);
    const std::byte* const limit = coded_.data() + most;
    end = encode_heads(frames, samples);
    preamble.head_bytes = static_cast<std::uint32_t>(end - samples);
    end = mode_ == AdcMode::kFast ? encode_fast(kernels, frames, end, limit)
                                  : encode_dense(kernels, frames, streams_, end, limit);
  }
  if (end == nullptr || end >= coded_.data() + most) {
    preamble = {};
    end = write(samples, raw);
  }
  std::memcpy(coded_.data(), &preamble, sizeof preamble);
  return {coded_.data(), static_cast<std::size_t>(end - coded_.data())};
}

Expected<std::size_t, AdcCodeError> adc_raw_bytes(ByteView coded) noexcept {
  const auto preamble = read_preamble(coded);
  if (!preamble) return preamble.error();
  if (preamble->mode == AdcMode::kStored) return coded.size() - sizeof(Preamble);
  // No mode writes fewer bytes a frame.
  if (preamble->frames > coded.size() / kWidthBytes) return AdcCodeError::kTruncated;
  return std::size_t{preamble->frames} * kFrameBytes;
}

Expected<std::size_t, AdcCodeError> decode_adc(ByteView coded, std::span<std::byte> raw, Isa isa) {
  const auto size = adc_raw_bytes(coded);
  if (!size) return size.error();
  if (*size != raw.size()) return AdcCodeError::kBadSize;
  const auto preamble = load<Preamble>(coded);
  if (const auto error = decode(preamble, coded.subspan(sizeof preamble), raw, isa)) return *error;
  return raw.size();
}

}  // namespace spillway::detectors::lartpc
