#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <zstd.h>

#include "daq/base/error.hpp"
#include "detectors/lartpc/adc_codec.hpp"
#include "tests/bench/bench_case.hpp"
#include "tests/bench/frame_file.hpp"

namespace spillway::bench {

namespace {

using namespace detectors::lartpc;

constexpr std::size_t kWindowFrames = 96;  ///< what is coded at once: 3.1 ms of a link
constexpr std::size_t kWindowBytes = kWindowFrames * kFrameBytes;
constexpr std::size_t kWindowsAtOnce = 6;  ///< a few milliseconds, so that a busy machine leaves some undisturbed
constexpr std::size_t kBaselineWindows = 1;
constexpr int kZstdLevel = 1;

/// Gigabytes of 14-bit samples.
double amount(std::size_t windows) {
  constexpr std::size_t kSampleBytes = kFrameBytes - kHeadBytes;
  return 1e-9 * static_cast<double>(windows * kWindowFrames * kSampleBytes);
}

/// The windows of a file, and what they are coded to.
struct Windows {
  std::shared_ptr<const FrameFile> file;
  std::vector<Bytes> coded;
  std::vector<Bytes> zstd;

  [[nodiscard]] std::size_t count() const { return file->frames() / kWindowFrames; }
  [[nodiscard]] ByteView raw(std::size_t w) const {
    return file->bytes().subspan(kWindowBytes * (w % count()), kWindowBytes);
  }
};

struct ZstdContexts {
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> encoder{ZSTD_createCCtx(), ZSTD_freeCCtx};
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> decoder{ZSTD_createDCtx(), ZSTD_freeDCtx};
  Bytes out = Bytes(ZSTD_compressBound(kWindowBytes));

  ByteView encode(ByteView raw) {
    const std::size_t size =
        ZSTD_compressCCtx(encoder.get(), out.data(), out.size(), raw.data(), raw.size(), kZstdLevel);
    if (ZSTD_isError(size) != 0) throw Error(fmt::format("zstd: {}", ZSTD_getErrorName(size)));
    return ByteView(out).first(size);
  }
  void decode(ByteView coded, std::span<std::byte> raw) {
    const std::size_t size = ZSTD_decompressDCtx(decoder.get(), raw.data(), raw.size(), coded.data(), coded.size());
    if (size != raw.size()) throw Error("zstd: a window does not decode");
  }
};

std::shared_ptr<const Windows> windows_of(const SyntheticSetSpec& spec, AdcMode mode) {
  auto windows = std::make_shared<Windows>();
  windows->file = frame_file(spec, true);
  AdcEncoder encoder(mode);
  ZstdContexts zstd;
  for (std::size_t w = 0; w < windows->count(); ++w) {
    const ByteView coded = encoder.encode(windows->raw(w));
    windows->coded.emplace_back(coded.begin(), coded.end());
    if (w >= kWindowsAtOnce) continue;
    const ByteView packed = zstd.encode(windows->raw(w));
    windows->zstd.emplace_back(packed.begin(), packed.end());
  }
  return windows;
}

/// Calls `step` with the next `count` windows, again and again from the first of `all`.
template <typename Step>
Work going_on(std::size_t count, std::size_t all, Step step) {
  return {amount(count), [count, all, step, at = std::size_t{0}]() mutable {
            for (std::size_t i = 0; i < count; ++i, at = (at + 1) % all) step(at);
          }};
}

Work encoding(const std::shared_ptr<const Windows>& windows, AdcMode mode) {
  auto encoder = std::make_shared<AdcEncoder>(mode);
  return going_on(kWindowsAtOnce, windows->count(),
                  [windows, encoder](std::size_t w) { (void)encoder->encode(windows->raw(w)); });
}

Work decoding(const std::shared_ptr<const Windows>& windows) {
  auto raw = std::make_shared<Bytes>(kWindowBytes);
  return going_on(kWindowsAtOnce, windows->count(), [windows, raw](std::size_t w) {
    if (!decode_adc(windows->coded[w], *raw)) throw Error("a window does not decode");
  });
}

Work encoding_with_zstd(const std::shared_ptr<const Windows>& windows) {
  auto zstd = std::make_shared<ZstdContexts>();
  return going_on(kBaselineWindows, windows->count(),
                  [windows, zstd](std::size_t w) { (void)zstd->encode(windows->raw(w)); });
}

Work decoding_with_zstd(const std::shared_ptr<const Windows>& windows) {
  auto zstd = std::make_shared<ZstdContexts>();
  auto raw = std::make_shared<Bytes>(kWindowBytes);
  return going_on(kBaselineWindows, windows->zstd.size(),
                  [windows, zstd, raw](std::size_t w) { zstd->decode(windows->zstd[w], *raw); });
}

double compression(const Windows& windows) {
  std::size_t coded = 0;
  for (const Bytes& each : windows.coded) coded += each.size();
  return static_cast<double>(windows.count() * kWindowBytes) / static_cast<double>(coded);
}

/// Whether what was coded decodes to what it was, on the plainest path and on the measured one.
bool round_trips(const Windows& windows) {
  Bytes raw(kWindowBytes);
  for (std::size_t w = 0; w < std::min(windows.count(), kSyntheticFrames / kWindowFrames); ++w) {
    for (const Isa isa : {Isa::kScalar, best_isa()}) {
      if (!decode_adc(windows.coded[w], raw, isa)) return false;
      const ByteView was = windows.raw(w);
      if (!std::equal(was.begin(), was.end(), raw.begin())) return false;
    }
  }
  return true;
}

Trial make_trial(const SyntheticSetSpec& spec, AdcMode mode, bool decode) {
  const auto windows = windows_of(spec, mode);
  return {decode ? decoding(windows) : encoding(windows, mode),
          decode ? decoding_with_zstd(windows) : encoding_with_zstd(windows),
          reading(windows->file, kWindowsAtOnce * kWindowFrames, amount(kWindowsAtOnce)),
          [windows] { return round_trips(*windows); },
          Clock::kThread,
          compression(*windows)};
}

}  // namespace

std::vector<BenchCase> codec_cases() {
  std::vector<BenchCase> cases;
  for (const SyntheticSetSpec& spec : kSyntheticSets) {
    for (const AdcMode mode : {AdcMode::kFast, AdcMode::kDense}) {
      for (const bool decode : {false, true}) {
        cases.push_back({fmt::format("codec.{}.{}", name(mode), decode ? "decode" : "encode"), std::string(spec.name),
                         "DRAM", "GB/s", [&spec, mode, decode] { return make_trial(spec, mode, decode); }});
      }
    }
  }
  return cases;
}

}  // namespace spillway::bench
