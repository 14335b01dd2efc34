#include "sim_front_end/lartpc/frames.hpp"

#include <algorithm>

#include "daq/base/random.hpp"

namespace spillway::sim_front_end::lartpc {

using namespace detectors::lartpc;

namespace {

using Row = std::int16_t __attribute__((vector_size(16)));  // eight samples
constexpr std::size_t kLanes = 8;

/// Eight rows of eight become columns.
void transpose(std::array<Row, kLanes>& r) {
  const auto low = [](Row a, Row b) { return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11); };
  const auto high = [](Row a, Row b) { return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15); };
  // Three perfect shuffles of the rows bring row into the place of column.
  for (unsigned pass = 0; pass < 3; ++pass) {
    r = {low(r[0], r[4]), high(r[0], r[4]), low(r[1], r[5]), high(r[1], r[5]),
         low(r[2], r[6]), high(r[2], r[6]), low(r[3], r[7]), high(r[3], r[7])};
  }
}

using Samples = std::array<std::int16_t, detectors::lartpc::kSamples>;

void add_signal(const WireSignals::Waveform& signal, Samples& samples) {
  for (std::size_t s = 0; s < samples.size(); ++s) {
    // Half a count more, then rounded down.
    const std::int32_t counts = (signal[s] + WireSignals::kScale / 2) >> 8;
    samples[s] = static_cast<std::int16_t>(std::clamp<std::int32_t>(samples[s] + counts, 0, kMaxAdc));
  }
}
static_assert(WireSignals::kScale == 1 << 8);

/// Eight channels' samples into their columns of the block.
void put_columns(std::array<Samples, kLanes>& channels, std::size_t first_channel, AdcBlock& block) {
  for (std::size_t s = 0; s < detectors::lartpc::kSamples; s += kLanes) {
    std::array<Row, kLanes> square;
    for (std::size_t c = 0; c < kLanes; ++c) std::memcpy(&square[c], channels[c].data() + s, sizeof(Row));
    transpose(square);
    for (std::size_t i = 0; i < kLanes; ++i) std::memcpy(block[s + i].data() + first_channel, &square[i], sizeof(Row));
  }
}

}  // namespace

std::int16_t pedestal_of(std::uint64_t seed, std::size_t link, std::size_t channel) {
  const std::int16_t least = plane_of(link) == Plane::kY ? 850 : 2250;
  const std::uint64_t wire = link * kChannels + channel;
  return static_cast<std::int16_t>(least + static_cast<std::int16_t>(hash_key(seed, "pedestal", wire) % 100));
}

FrameWriter::FrameWriter(std::uint64_t seed, std::size_t link, const NoisePool& noise) : link_(link), noise_(&noise) {
  for (std::size_t c = 0; c < kChannels; ++c) pedestals_[c] = pedestal_of(seed, link, c);
}

void FrameWriter::write(std::uint64_t frame, std::uint16_t sequence, const WireSignals::Tile* signals,
                        std::span<std::byte, kFrameBytes> out) const {
  constexpr std::size_t kFramesPerBlock = NoisePool::kBlock / detectors::lartpc::kSamples;
  const NoisePool::Block block = noise_->block(frame / kFramesPerBlock);
  const std::size_t first_sample = frame % kFramesPerBlock * detectors::lartpc::kSamples;
  AdcBlock adc;
  std::array<Samples, kLanes> channels;
  for (std::size_t first = 0; first < kChannels; first += kLanes) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      const std::size_t c = first + i;
      const std::int16_t* noise = block.of(link_ * kChannels + c) + first_sample;
      for (std::size_t s = 0; s < detectors::lartpc::kSamples; ++s) {
        channels[i][s] = static_cast<std::int16_t>(pedestals_[c] + noise[s]);
      }
      if (signals != nullptr && (signals->touched >> c & 1U) != 0) add_signal(signals->channels[c], channels[i]);
    }
    put_columns(channels, first, adc);
  }
  DaqEthHeader daq = address_of(link_);
  daq.sequence = sequence;
  daq.timestamp = frame * kTicksPerFrame;
  WibEthHeader wib;
  const auto cold = static_cast<std::uint16_t>(daq.timestamp & 0x7FFFU);
  wib.colddata_timestamp = {cold, cold};
  wib.channel = static_cast<std::uint8_t>(link_ % 2);
  encode_wib_eth(daq, wib, adc, out);
}

}  // namespace spillway::sim_front_end::lartpc
