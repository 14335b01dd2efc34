#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "detectors/lartpc/chamber.hpp"
#include "monitoring/online/lartpc_selection.hpp"
#include "sim_front_end/lartpc/events.hpp"
#include "sim_front_end/lartpc/frames.hpp"

namespace spillway::test {

/// From interactions in one gate to candidates, by direct calls: frames of the collection links that an interaction
/// touches and of their neighbours, with noise and the 39Ar of the whole chamber in them.
class LartpcChain {
 public:
  explicit LartpcChain(std::uint64_t seed, double argon39_bq_per_kg = 1, double noise_electrons = 500)
      : seed_(seed),
        generator_(seed, "lartpc", kEpoch, {0, 0, argon39_bq_per_kg * detectors::lartpc::kActiveKg}),
        noise_(seed, noise_electrons * properties().adc_per_electron),
        signals_(properties()) {
    for (std::size_t link = 0; link < detectors::lartpc::kLinks; ++link) {
      writers_.emplace_back(seed, link, noise_);
      calibration_.links.push_back(link);
    }
    calibration_.adc_per_electron = properties().adc_per_electron;
    // Frames begin and end near these.
    calibration_.pre = microseconds(140);
    calibration_.post = microseconds(1440);
    calibration_.default_clock = detectors::lartpc::wib_eth_clock(kEpoch);
    selection_ = online::make_lartpc_selection(calibration_, {});
  }

  static constexpr Timestamp kEpoch{1'000'000};
  /// Gate `i` of the data, 86 us long, and its readout window.
  [[nodiscard]] static Interval gate(std::int64_t i) {
    const Timestamp begin = kEpoch + milliseconds(5 * i + 1);
    return {begin, begin + microseconds(86)};
  }
  /// In which candidates of a gate are counted.
  [[nodiscard]] static Interval counted(const Interval& gate) { return {gate.begin, gate.end + microseconds(1260)}; }

  /// Candidates of the gate that are in time.
  std::vector<online::Candidate> run(const Interval& gate,
                                     const std::vector<sim_front_end::lartpc::Interaction>& what) {
    using namespace sim_front_end::lartpc;
    const std::int64_t first = (gate.begin - kEpoch - microseconds(100)).ns / kFrameNs;
    const std::int64_t end = (gate.end - kEpoch + microseconds(1400)).ns / kFrameNs + 1;
    const auto count = static_cast<std::size_t>(end - first);
    std::array<bool, detectors::lartpc::kLinks> wanted = touched(what);
    signals_.begin(first, count, wanted);
    std::vector<Interaction> decays;
    const Interval shown{kEpoch + Duration{first * kFrameNs}, kEpoch + Duration{end * kFrameNs}};
    generator_.argon39({shown.begin - microseconds(1300), shown.end}, decays);
    for (const auto* events : std::array{&what, static_cast<const std::vector<Interaction>*>(&decays)}) {
      for (const Interaction& event : *events) signals_.add(event.deposits, (event.truth.time - kEpoch).ns);
    }
    hits_.clear();
    Counters rejected;
    payload_.resize(count * detectors::lartpc::kFrameBytes);
    const std::vector<std::uint32_t> sizes(count, detectors::lartpc::kFrameBytes);
    for (std::size_t link = 0; link < wanted.size(); ++link) {
      if (!wanted[link]) continue;
      for (std::size_t i = 0; i < count; ++i) {
        const std::span bytes(payload_.data() + i * detectors::lartpc::kFrameBytes, detectors::lartpc::kFrameBytes);
        writers_[link].write(static_cast<std::uint64_t>(first) + i, 0, signals_.tile(link, i),
                             bytes.first<detectors::lartpc::kFrameBytes>());
      }
      selection_->find(
          {static_cast<std::uint32_t>(link), model::Encoding::of(model::EncodingFamily::kWibEth), payload_, sizes, {}},
          hits_, rejected);
    }
    std::vector<online::Candidate> candidates;
    selection_->select(gate, hits_, candidates);
    const Interval in_time = counted(gate);
    std::erase_if(candidates,
                  [&](const online::Candidate& c) { return c.time < in_time.begin || c.time >= in_time.end; });
    return candidates;
  }

  /// All hits of the last gate, placed.
  [[nodiscard]] std::vector<online::WireHit> placed(const Interval& gate) const {
    const online::HitPlacer placer(calibration_);
    std::vector<online::WireHit> made;
    for (const online::Hit& hit : hits_) made.push_back(placer.place(hit, gate));
    return made;
  }

  [[nodiscard]] static sim_front_end::lartpc::ChamberProperties properties() {
    sim_front_end::lartpc::ChamberProperties made;
    made.adc_per_electron = detectors::lartpc::adc_per_electron(7.8);
    return made;
  }

 private:
  [[nodiscard]] static std::array<bool, detectors::lartpc::kLinks> touched(
      const std::vector<sim_front_end::lartpc::Interaction>& what) {
    using namespace detectors::lartpc;
    std::array<bool, kLinks> wanted{};
    for (const auto& event : what) {
      for (const auto& deposit : event.deposits) {
        const std::size_t volume = volume_of(deposit.at);
        const std::size_t link =
            first_link(volume, Plane::kY) + static_cast<std::size_t>(deposit.at.z / kPitchMm) / kChannels;
        for (const std::size_t near : {link - 1, link, link + 1}) {
          if (near < kLinks && near / kVolumeLinks == volume && plane_of(near) == Plane::kY) wanted[near] = true;
        }
      }
    }
    return wanted;
  }

  std::uint64_t seed_;
  sim_front_end::lartpc::EventGenerator generator_;
  sim_front_end::lartpc::NoisePool noise_;
  sim_front_end::lartpc::WireSignals signals_;
  std::vector<sim_front_end::lartpc::FrameWriter> writers_;
  online::ChamberCalibration calibration_;
  std::unique_ptr<online::Selection> selection_;
  std::vector<online::Hit> hits_;
  Bytes payload_;
};

}  // namespace spillway::test
