#include "sim_front_end/lartpc/digitiser.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "detectors/lartpc/chamber.hpp"
#include "detectors/lartpc/geometry.hpp"
#include "detectors/registry.hpp"
#include "sim_front_end/lartpc/events.hpp"
#include "sim_front_end/lartpc/frames.hpp"
#include "sim_front_end/lartpc/link_primitives.hpp"

namespace spillway::sim_front_end::lartpc {

namespace {

using namespace detectors::lartpc;

constexpr Duration kLongestPulse = milliseconds(1);
constexpr std::size_t kMostFrames = 1056;            // of a call: 7.6 MB
constexpr Duration kLongestSpan = milliseconds(10);  // of primitives

Duration from_us(double us) {
  return from_seconds(us * 1e-6);
}

struct ChamberSettings {
  std::uint32_t detector = 0;  ///< index into the set-up
  std::string name;
  Timestamp epoch;
  std::uint64_t seed = 0;
  bool gated = false;
  std::vector<std::size_t> links;
  std::vector<FinderSettings> finders;  ///< of the links, at the level of primitives
  ChamberProperties properties;
  EventRates rates;
  double noise_adc = 0;
};

class ChamberDigitiser final : public Digitiser {
 public:
  explicit ChamberDigitiser(ChamberSettings settings)
      : settings_(std::move(settings)),
        events_(settings_.seed, settings_.name, settings_.epoch, settings_.rates),
        noise_(hash_key(settings_.seed, settings_.name, 0), settings_.noise_adc),
        signals_(settings_.properties),
        sequences_(settings_.links.size(), 0) {
    const std::uint64_t own_seed = hash_key(settings_.seed, settings_.name, 1);
    for (const std::size_t link : settings_.links) {
      writers_.emplace_back(own_seed, link, noise_);
      wanted_.at(link) = true;
    }
    for (const FinderSettings& finder : settings_.finders) {
      primitives_.emplace_back(finder, settings_.epoch);
      lead_ = std::max(lead_, primitives_.back().lead());
    }
  }

  [[nodiscard]] model::Encoding encoding() const override {
    return model::Encoding::of(primitives_.empty() ? model::EncodingFamily::kWibEth
                                                   : model::EncodingFamily::kPrimitives);
  }
  [[nodiscard]] Duration history() const override { return from_us(signals_.after_us()) + kLongestPulse + lead_; }
  [[nodiscard]] Duration foresight() const override {
    return Duration{kFrameNs} + from_us(signals_.before_us()) + lead_;
  }
  [[nodiscard]] Duration longest_span() const override {
    return primitives_.empty() ? Duration{kFrameNs * frames_at_once()} : kLongestSpan;
  }

  void simulate(const BeamView& view, std::vector<SourceFrame>& frames,
                std::vector<model::TruthEvent>& truth) override {
    std::vector<Interaction> signals;
    for (const model::Pulse& pulse : view.pulses) {
      if (pulse.revision == 0) events_.signals(pulse, signals);
    }
    report(view, signals, truth);
    next_frame_ = std::max(next_frame_, first_frame(view.span.begin));
    const Timestamp until = view.span.end + lead_;
    while (begin_of(next_frame_) < until) {
      const std::int64_t end = end_of_run(view, next_frame_, until);
      if (end == next_frame_) {
        if (std::exchange(in_run_, false)) {
          for (LinkPrimitives& link : primitives_) link.close();
        }
        ++next_frame_;
        continue;
      }
      write_run(next_frame_, end, signals, frames);
      next_frame_ = end;
      in_run_ = true;
    }
    for (std::size_t stream = 0; stream < primitives_.size(); ++stream) {
      primitives_[stream].release(view, stream, frames);
    }
  }

 private:
  [[nodiscard]] Timestamp begin_of(std::int64_t frame) const { return settings_.epoch + Duration{frame * kFrameNs}; }
  /// The first that begins at `t` or after.
  [[nodiscard]] std::int64_t first_frame(Timestamp t) const {
    return (std::max<std::int64_t>((t - settings_.epoch).ns, 0) + kFrameNs - 1) / kFrameNs;
  }
  [[nodiscard]] std::int64_t frames_at_once() const {
    return static_cast<std::int64_t>(std::max<std::size_t>(1, kMostFrames / writers_.size()));
  }
  /// Of the frames from this one on that are sent, without a gap, and no more than are made at once.
  [[nodiscard]] std::int64_t end_of_run(const BeamView& view, std::int64_t frame, Timestamp until) const {
    const std::int64_t last = frame + frames_at_once();
    while (frame < last && begin_of(frame) < until && view.shows({begin_of(frame), begin_of(frame + 1)})) ++frame;
    return frame;
  }

  /// When an interaction must happen to show in these frames.
  [[nodiscard]] Interval causes_of(Interval shown) const {
    return {shown.begin - from_us(signals_.after_us()), shown.end + from_us(signals_.before_us())};
  }

  void report(const BeamView& view, const std::vector<Interaction>& signals, std::vector<model::TruthEvent>& truth) {
    const std::size_t first = truth.size();
    for (const Interaction& event : signals) {
      if (event.truth.time >= view.span.begin && event.truth.time < view.span.end) truth.push_back(event.truth);
    }
    std::vector<Interaction> muons;
    const Duration before = from_us(signals_.after_us());
    if (!settings_.gated) {
      events_.muons(view.span, false, muons);
    } else if (std::any_of(view.windows.begin(), view.windows.end(), [&](const Interval& window) {
                 return window.begin - before < view.span.end && view.span.begin < window.end;
               })) {
      events_.muons(view.span, false, muons);
      std::erase_if(muons, [&](const Interaction& muon) {
        return std::none_of(view.windows.begin(), view.windows.end(), [&](const Interval& window) {
          return window.begin - before <= muon.truth.time && muon.truth.time < window.end;
        });
      });
    }
    for (const Interaction& muon : muons) truth.push_back(muon.truth);
    for (std::size_t i = first; i < truth.size(); ++i) truth[i].detector = settings_.detector;
    std::stable_sort(truth.begin() + static_cast<std::ptrdiff_t>(first), truth.end(),
                     [](const model::TruthEvent& a, const model::TruthEvent& b) { return a.time < b.time; });
  }

  void add(const Interaction& event) { signals_.add(event.deposits, (event.truth.time - settings_.epoch).ns); }

  void write_run(std::int64_t first, std::int64_t end, const std::vector<Interaction>& signals,
                 std::vector<SourceFrame>& frames) {
    const auto count = static_cast<std::size_t>(end - first);
    signals_.begin(first, count, wanted_);
    const Interval causes = causes_of({begin_of(first), begin_of(end)});
    background_.clear();
    events_.muons(causes, true, background_);
    events_.argon39(causes, background_);
    for (const Interaction& event : signals) add(event);
    for (const Interaction& event : background_) add(event);
    for (std::size_t stream = 0; stream < writers_.size(); ++stream) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t frame = first + static_cast<std::int64_t>(i);
        const auto write = [&](Bytes& bytes) {
          bytes.resize(kFrameBytes);
          writers_[stream].write(static_cast<std::uint64_t>(frame), sequences_[stream],
                                 signals_.tile(settings_.links[stream], i), std::span<std::byte, kFrameBytes>(bytes));
        };
        if (primitives_.empty()) {
          SourceFrame& made = frames.emplace_back();
          made.stream = stream;
          made.time = {begin_of(frame), begin_of(frame + 1)};
          write(made.bytes);
        } else {
          write(searched_);
          primitives_[stream].take(*decode_wib_eth(searched_));
        }
        sequences_[stream] = static_cast<std::uint16_t>((sequences_[stream] + 1U) % kSequences);
      }
    }
  }

  ChamberSettings settings_;
  EventGenerator events_;
  NoisePool noise_;
  WireSignals signals_;
  std::vector<FrameWriter> writers_;  // by stream
  std::vector<std::uint16_t> sequences_;
  std::vector<LinkPrimitives> primitives_;  // by stream; none where frames are sent as they are
  Duration lead_;                           // frames are made so much further than primitives are sent
  std::int64_t next_frame_ = 0;             // to be made
  bool in_run_ = false;                     // the frame before it was made
  Bytes searched_;
  std::array<bool, kLinks> wanted_{};
  std::vector<Interaction> background_;
};

}  // namespace

std::unique_ptr<Digitiser> make_digitiser(const DigitiserRequest& request) {
  const model::Detector& detector = request.setup.detectors.at(request.detector);
  const Section section = detectors::detector_section(request.config, detector.name);
  const Section simulation = detectors::simulation_section(request.config, detector.name);
  constexpr double kProtonsPerDump = 3.036e14;

  ChamberSettings settings;
  settings.detector = request.detector;
  settings.name = detector.name;
  settings.epoch = request.setup.epoch;
  settings.seed = request.seed;
  settings.gated = detector.gated;
  settings.links = links(section);
  if (detector.primitives) {
    const Section readout = detectors::readout_section(request.config, detector.name);
    for (const std::size_t link : settings.links) settings.finders.push_back(finder_settings(readout, link));
  }
  settings.properties.drift_mm_per_us = section.number("drift_mm_per_us");
  settings.properties.adc_per_electron = adc_per_electron(section.number("gain_mv_per_fc"));
  settings.properties.lifetime_us = section.number("electron_lifetime_us");
  settings.noise_adc = simulation.number("noise_electrons") * settings.properties.adc_per_electron;
  settings.rates.signals_per_proton =
      simulation.number("nue_per_dump") / kProtonsPerDump * simulation.number("signal_rate_scale");
  settings.rates.muons_hz = simulation.number("muon_rate_hz") * simulation.number("background_rate_scale");
  settings.rates.argon39_hz = simulation.number("ar39_bq_per_kg") * kActiveKg;
  return std::make_unique<ChamberDigitiser>(std::move(settings));
}

}  // namespace spillway::sim_front_end::lartpc
