#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detectors/caen/dpp_daw.hpp"
#include "detectors/csi_laapd/waveform.hpp"
#include "detectors/registry.hpp"
#include "monitoring/online/csi_selection.hpp"
#include "sim_front_end/csi_digitiser.hpp"

/// CsI crystals from the event to the candidate by direct calls: no processes, no files.
namespace spillway::test {

/// A set-up with one detector "csi" of the kind; sampling is coarser than the digitiser's own, for speed.
inline Config csi_config(const std::vector<std::string>& overrides = {}) {
  static const std::string kText = R"(
[setup]
name = "csi"
[facility.ess]
[front_end.ess]
facility = "ess"
gate_channel = 99
pulse_length_ns = 2_800_000
[detector.csi]
facility = "ess"
kind = "csi_laapd"
sample_ns = 20
tick_ns = 4
pre_trigger_samples = 150
post_trigger_samples = 150
)";
  return Config::parse(kText, "csi.toml", overrides);
}

/// One crystal's two channels, event by event.
class CsiEventChain {
 public:
  explicit CsiEventChain(const std::vector<std::string>& overrides = {})
      : config_(csi_config(overrides)),
        setup_(detectors::load_setup(config_)),
        electronics_(detectors::csi_laapd::electronics(detectors::detector_section(config_, "csi"))),
        response_(detectors::csi_laapd::response(detectors::simulation_section(config_, "csi"))),
        waveforms_(electronics_, response_.noise_eh, kBaseline),
        selection_(online::make_csi_selection(config_, setup_, setup_.detectors[0])) {}

  /// Candidates of an interaction of `kevee` (electron-equivalent) somewhere in a crystal.
  std::vector<online::Candidate> reconstruct(double kevee, Draw& random) {
    const double along = 2 * random.uniform() - 1;
    const auto light = detectors::csi_laapd::light_of(response_, electronics_.scintillation_ns, kevee, along, random);
    std::vector<online::Hit> hits;
    for (std::uint32_t sensor = 0; sensor < 2; ++sensor) digitise(sensor, light[sensor], random, hits);
    std::vector<online::Candidate> candidates;
    selection_->select({}, hits, candidates);
    return candidates;
  }
  /// Energy of the largest candidate of a nuclear recoil, if there is one.
  std::optional<double> recoil(double kevnr, Draw& random) {
    std::optional<double> energy;
    for (const auto& candidate : reconstruct(response_.quenching * kevnr, random)) {
      if (!energy || candidate.energy > *energy) energy = candidate.energy;
    }
    return energy;
  }

  /// When every interaction happens.
  [[nodiscard]] Timestamp interaction() const {
    return setup_.epoch + nanoseconds(static_cast<std::int64_t>(electronics_.pre_samples + 1) * electronics_.sample_ns);
  }
  [[nodiscard]] const detectors::csi_laapd::Response& response() const { return response_; }
  [[nodiscard]] const detectors::csi_laapd::Electronics& electronics() const { return electronics_; }

 private:
  static constexpr std::uint16_t kBaseline = 1000;
  static constexpr double kWindow_ns = 20'000;

  void digitise(std::uint32_t sensor, std::vector<detectors::csi_laapd::Impulse> light, Draw& random,
                std::vector<online::Hit>& hits) {
    const std::size_t before = electronics_.pre_samples + 1;
    for (auto& impulse : light)
      impulse.at_ns += static_cast<double>(before) * static_cast<double>(electronics_.sample_ns);
    samples_.resize(before + electronics_.post_samples +
                    static_cast<std::size_t>(kWindow_ns / static_cast<double>(electronics_.sample_ns)));
    waveforms_.make(light, {}, random, samples_);
    Bytes payload;
    std::vector<std::uint32_t> sizes;
    for (const auto& kept : detectors::csi_laapd::zero_length_encoded(electronics_, kBaseline, samples_)) {
      detectors::caen::DppDawRecord record;
      record.channel = static_cast<std::uint8_t>(sensor);
      record.baseline = kBaseline;
      record.ticks = kept.trigger * static_cast<std::uint64_t>(electronics_.sample_ns / electronics_.tick_ns);
      const std::size_t size = payload.size();
      detectors::caen::encode_dpp_daw(record, std::span(samples_).subspan(kept.begin, kept.end - kept.begin), payload);
      sizes.push_back(static_cast<std::uint32_t>(payload.size() - size));
    }
    Counters rejected;
    selection_->find({sensor, model::Encoding::of(model::EncodingFamily::kDppDaw), payload, sizes, {}}, hits, rejected);
  }

  Config config_;
  model::Setup setup_;
  detectors::csi_laapd::Electronics electronics_;
  detectors::csi_laapd::Response response_;
  detectors::csi_laapd::WaveformMaker waveforms_;
  std::unique_ptr<online::Selection> selection_;
  std::vector<std::uint16_t> samples_;
};

/// Candidates for each signal event above nominal threshold, as `[online.csi] efficiency` wants it.
struct CsiEfficiency {
  std::uint64_t truth = 0;
  std::uint64_t on = 0;   ///< candidates in gates with beam
  std::uint64_t off = 0;  ///< in as many gates of the same length without
  [[nodiscard]] double value() const {
    return (static_cast<double>(on) - static_cast<double>(off)) / static_cast<double>(truth);
  }
  [[nodiscard]] double error() const { return std::sqrt(static_cast<double>(on + off)) / static_cast<double>(truth); }
};

/// Simulates so many ESS spills of 1.1e15 protons by the whole digitiser and selection of the set-up (a detector called
/// "csi" of the kind), with its rate scales; an on-gate is the spill, an off-gate as long follows 30 ms later.
inline CsiEfficiency measure_csi_efficiency(const Config& config, std::uint64_t pulses, std::uint64_t seed) {
  const model::Setup setup = detectors::load_setup(config);
  const auto csi = static_cast<std::uint32_t>(
      std::ranges::find(setup.detectors, std::string("csi"), &model::Detector::name) - setup.detectors.begin());
  const auto digitiser = sim_front_end::make_csi_digitiser({config, setup, csi, seed});
  const auto selection = online::make_csi_selection(config, setup, setup.detectors[csi]);
  CsiEfficiency measured;
  std::vector<sim_front_end::SourceFrame> frames;
  std::vector<model::TruthEvent> truth;
  model::Pulse pulse;
  pulse.protons = 1.1e15;
  const auto candidates_in = [&](Interval gate, std::span<const model::Pulse> beam) {
    frames.clear();
    truth.clear();
    digitiser->simulate({gate, beam, {}}, frames, truth);
    std::vector<online::Hit> hits;
    Counters rejected;
    for (std::uint32_t stream = 0; stream < setup.detectors[csi].streams.size(); ++stream) {
      Bytes payload;
      std::vector<std::uint32_t> sizes;
      for (const auto& frame : frames) {
        if (frame.stream != stream) continue;
        append(payload, ByteView(frame.bytes));
        sizes.push_back(static_cast<std::uint32_t>(frame.bytes.size()));
      }
      selection->find({stream, digitiser->encoding(), payload, sizes, {}}, hits, rejected);
    }
    std::vector<online::Candidate> candidates;
    selection->select(gate, hits, candidates);
    return static_cast<std::uint64_t>(
        std::ranges::count_if(candidates, [&](const auto& candidate) { return gate.contains(candidate.time); }));
  };
  for (std::uint64_t i = 0; i < pulses; ++i) {
    const Timestamp begin = setup.epoch + milliseconds(static_cast<std::int64_t>(70 * i + 1));
    pulse.id = i + 1;
    pulse.time = {begin, begin + microseconds(2800)};
    measured.on += candidates_in(pulse.time, std::span(&pulse, 1));
    measured.truth += static_cast<std::uint64_t>(std::ranges::count_if(
        truth, [](const model::TruthEvent& event) { return event.signal && event.above_threshold; }));
    const Timestamp later = begin + milliseconds(30);
    measured.off += candidates_in({later, later + microseconds(2800)}, {});
  }
  return measured;
}

}  // namespace spillway::test
