#include "sim_front_end/lartpc/wire_signals.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace spillway::sim_front_end::lartpc {

using namespace detectors::lartpc;

namespace {

constexpr std::int64_t kPhaseNs = kTickNs * kTicksPerSample / PlaneResponse::kPhases;

constexpr std::int64_t floor_of(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

/// Share of a Gaussian around `centre` that falls on the wire, all in pitches.
double share_of(double wire, double centre, double sigma) {
  if (sigma < 1e-6) return std::floor(centre) == wire ? 1 : 0;
  const double root = sigma * std::numbers::sqrt2;
  return (std::erf((wire + 1 - centre) / root) - std::erf((wire - centre) / root)) / 2;
}

}  // namespace

WireSignals::WireSignals(const ChamberProperties& chamber)
    : chamber_(chamber), induction_(false, chamber.drift_mm_per_us), collection_(true, chamber.drift_mm_per_us) {}

double WireSignals::before_us() const {
  return static_cast<double>(PlaneResponse::kBefore + 1) * kSampleUs;
}
double WireSignals::after_us() const {
  return kDriftMm / chamber_.drift_mm_per_us + static_cast<double>(PlaneResponse::kLength) * kSampleUs;
}

void WireSignals::begin(std::int64_t first_frame, std::size_t count, std::span<const bool> wanted) {
  first_frame_ = first_frame;
  frames_ = count;
  std::copy(wanted.begin(), wanted.end(), wanted_.begin());
  tiles_.assign(kLinks * count, nullptr);
  used_ = 0;
}

void WireSignals::add(std::span<const Deposit> deposits, std::int64_t time_ns) {
  constexpr auto kPhases = static_cast<std::int64_t>(PlaneResponse::kPhases);
  const auto first = first_frame_ * static_cast<std::int64_t>(detectors::lartpc::kSamples);
  const auto all = static_cast<std::int64_t>(frames_ * detectors::lartpc::kSamples);
  for (const Deposit& deposit : deposits) {
    const double drift = drift_mm(deposit.at);
    const double drift_us = drift / chamber_.drift_mm_per_us;
    const std::int64_t step = floor_of(time_ns + std::llround(1000 * drift_us), kPhaseNs);
    const std::int64_t arrives = floor_of(step, kPhases);
    const auto phase = static_cast<std::size_t>(step - arrives * kPhases);
    const std::int64_t sample = arrives - std::int64_t{PlaneResponse::kBefore} - first;
    if (sample >= all || sample + std::int64_t{PlaneResponse::kLength} <= 0) continue;
    const double electrons =
        deposit.mev / kMevPerElectron * recombination(deposit.mev_per_cm) * std::exp(-drift_us / chamber_.lifetime_us);
    const double across = spread_mm(drift, chamber_.drift_mm_per_us) / kPitchMm;
    for (const Plane plane : {Plane::kU, Plane::kV, Plane::kY}) {
      add_plane(plane, deposit, electrons * chamber_.adc_per_electron, drift / kDriftMm, across, sample, phase);
    }
  }
}

void WireSignals::add_plane(Plane plane, const Deposit& deposit, double adc, double drifted, double across_pitches,
                            std::int64_t sample, std::size_t phase) {
  const float* kernel = (plane == Plane::kY ? collection_ : induction_).kernel(phase, drifted);
  const double centre = wire_coordinate(plane, deposit.at);
  const auto wires = static_cast<double>(kWires[static_cast<std::size_t>(plane)]);
  const double reach = 3 * across_pitches;
  const double last = std::min(std::floor(centre + reach), wires - 1);
  for (double wire = std::max(std::floor(centre - reach), 0.0); wire <= last; ++wire) {
    const LinkChannel where = channel_of({volume_of(deposit.at), plane, static_cast<std::size_t>(wire)});
    if (!wanted_[where.link]) continue;
    const auto on_wire = static_cast<float>(adc * share_of(wire, centre, across_pitches));
    if (on_wire >= 0.02F) add_wire(where, kernel, on_wire, sample);
  }
}

void WireSignals::add_wire(const LinkChannel& where, const float* kernel, float adc, std::int64_t sample) {
  constexpr auto kFrame = static_cast<std::int64_t>(detectors::lartpc::kSamples);
  const auto all = static_cast<std::int64_t>(frames_) * kFrame;
  const float scaled = adc * kScale;
  std::int64_t i = std::max<std::int64_t>(0, -sample);
  const std::int64_t end = std::min<std::int64_t>(PlaneResponse::kLength, all - sample);
  while (i < end) {
    const std::int64_t frame = (sample + i) / kFrame;
    const std::int64_t stop = std::min(end, (frame + 1) * kFrame - sample);
    Tile& tile = tile_for(where.link, static_cast<std::size_t>(frame));
    const std::uint64_t bit = std::uint64_t{1} << where.channel;
    Waveform& wave = tile.channels[where.channel];
    if ((tile.touched & bit) == 0) wave.fill(0);
    tile.touched |= bit;
    std::int32_t* out = wave.data() + (sample + i - frame * kFrame);
    for (; i < stop; ++i) *out++ += static_cast<std::int32_t>(scaled * kernel[i]);
  }
}

WireSignals::Tile& WireSignals::tile_for(std::size_t link, std::size_t frame) {
  Tile*& tile = tiles_[link * frames_ + frame];
  if (tile == nullptr) {
    if (used_ == pool_.size()) pool_.push_back(std::make_unique<Tile>());
    tile = pool_[used_++].get();
    tile->touched = 0;
  }
  return *tile;
}

const WireSignals::Tile* WireSignals::tile(std::size_t link, std::size_t frame) const {
  assert(link < kLinks && frame < frames_);
  return tiles_[link * frames_ + frame];
}

}  // namespace spillway::sim_front_end::lartpc
