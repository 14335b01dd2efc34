#include "monitoring/online/lartpc_selection.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "detectors/lartpc/chamber.hpp"
#include "detectors/lartpc/geometry.hpp"
#include "detectors/lartpc/hit_finder.hpp"
#include "detectors/lartpc/response.hpp"
#include "detectors/registry.hpp"

namespace spillway::online {

namespace lartpc = detectors::lartpc;

namespace {

class LartpcSelection final : public Selection {
 public:
  LartpcSelection(ChamberCalibration calibration, const ChamberCuts& cuts)
      : calibration_(std::move(calibration)), cuts_(cuts), placer_(calibration_) {
    settings_.planes[0].threshold_adc = calibration_.threshold_adc;
  }

  void find(const FragmentView& fragment, std::vector<Hit>& hits, Counters& rejected) const override {
    const model::EncodingFamily family = fragment.encoding.family();
    if (family != model::EncodingFamily::kWibEth && family != model::EncodingFamily::kPrimitives) {
      ++rejected["unknown_encoding"];
      return;
    }
    // Energy and place come from the collection wires alone.
    if (lartpc::plane_of(calibration_.links.at(fragment.stream)) != lartpc::Plane::kY) return;
    const std::vector<model::Primitive> found = family == model::EncodingFamily::kWibEth
                                                    ? find_in_frames(fragment, rejected)
                                                    : primitives_of(fragment, rejected);
    for (const model::Primitive& primitive : found) {
      if (primitive.channel >= lartpc::kChannels) {
        ++rejected[std::string(detectors::name(detectors::DecodeError::kUnknownChannel))];
        continue;
      }
      hits.push_back(hit_of(fragment.stream, primitive, primitive.integral));
    }
  }

  void select(Interval gate, std::span<const Hit> hits, std::vector<Candidate>& out) const override {
    const Interval window{gate.begin - calibration_.pre, gate.end + calibration_.post};
    std::vector<WireHit> placed;
    placed.reserve(hits.size());
    for (const Hit& hit : hits) {
      // A frame at the edge of the window may hold more, and how much more depends on where the frames begin.
      if (window.overlaps(hit.time)) placed.push_back(placer_.place(hit, gate));
    }
    const std::vector<Candidate> found = find_showers(placed, cuts_);
    out.insert(out.end(), found.begin(), found.end());
  }

 private:
  /// In the order in which primitives are sent.
  [[nodiscard]] std::vector<model::Primitive> find_in_frames(const FragmentView& fragment, Counters& rejected) const {
    std::vector<model::Primitive> found;
    lartpc::HitFinder finder(settings_);
    std::vector<lartpc::Hit> buffer(lartpc::kMaxHitsPerFrame);
    const auto keep = [&](std::size_t count) {
      for (const lartpc::Hit& hit : std::span(buffer).first(count)) {
        found.push_back(to_primitive(hit, clock_at(hit.time_start, fragment, calibration_.default_clock)));
      }
    };
    for_each_frame(fragment, rejected, [&](ByteView bytes) {
      const auto frame = lartpc::decode_wib_eth(bytes);
      if (frame) {
        keep(finder.find(*frame, lartpc::HitBuffer(buffer)));
      } else {
        ++rejected[std::string(detectors::name(frame.error()))];
      }
    });
    keep(finder.close(lartpc::HitBuffer(buffer)));
    std::ranges::sort(found, model::Primitive::earlier);
    return found;
  }

  ChamberCalibration calibration_;
  ChamberCuts cuts_;
  HitPlacer placer_;
  lartpc::FinderSettings settings_;
};

}  // namespace

HitPlacer::HitPlacer(const ChamberCalibration& calibration) : calibration_(calibration) {
  using Response = lartpc::PlaneResponse;
  const Response response(true, calibration.drift_mm_per_us);
  area_per_charge_ = response.area();
  for (std::size_t phase = 0; phase < Response::kPhases; ++phase) {
    const float* kernel = response.kernel(phase, 0.5);
    const float* peak = std::max_element(kernel, kernel + Response::kLength);
    const double arrival = double{Response::kBefore} + static_cast<double>(phase) / Response::kPhases;
    peak_us_ += (static_cast<double>(peak - kernel) - arrival) * lartpc::kSampleUs / Response::kPhases;
    for (std::size_t step = 0; step <= kSteps; ++step) {
      for (std::size_t i = 0; i < Response::kLength; ++i) {
        const double part = kernel[i] / *peak;
        if (part <= static_cast<double>(step) / kSteps) below_[step] += part / Response::kPhases;
      }
    }
  }
}

double HitPlacer::lost(double peak_adc) const {
  if (peak_adc <= 0) return 0;
  const double part = std::clamp(calibration_.threshold_adc / peak_adc, 0.0, 1.0) * kSteps;
  return peak_adc * below_[static_cast<std::size_t>(std::lround(part))];
}

WireHit HitPlacer::place(const Hit& hit, Interval gate) const {
  const lartpc::Wire wire = lartpc::wire_of({calibration_.links.at(hit.stream), hit.channel});
  const Timestamp middle = gate.begin + Duration{gate.length().ns / 2};
  const auto drifted_us = [&](Timestamp t) { return static_cast<double>((t - middle).ns) / 1000 - peak_us_; };
  const double drift_us = std::clamp(drifted_us(hit.peak), 0.0, lartpc::kDriftMm / calibration_.drift_mm_per_us);
  const double electrons = (hit.integral + lost(hit.height)) / (calibration_.adc_per_electron * area_per_charge_) *
                           std::exp(drift_us / calibration_.lifetime_us);
  return {static_cast<std::uint32_t>(wire.volume),
          (static_cast<double>(wire.index) + 0.5) * lartpc::kPitchMm,
          drifted_us(hit.time.begin) * calibration_.drift_mm_per_us,
          drifted_us(hit.time.end) * calibration_.drift_mm_per_us,
          electrons * lartpc::kMevPerElectron / lartpc::kShowerRecombination,
          hit.peak - Duration{std::llround(1000 * peak_us_)}};
}

std::unique_ptr<Selection> make_lartpc_selection(const ChamberCalibration& calibration, const ChamberCuts& cuts) {
  return std::make_unique<LartpcSelection>(calibration, cuts);
}

std::unique_ptr<Selection> make_lartpc_selection(const Config& config, const model::Setup& setup,
                                                 const model::Detector& detector) {
  const Section chamber = detectors::detector_section(config, detector.name);
  const Section online = detectors::online_section(config, detector.name);
  ChamberCalibration calibration;
  calibration.links = lartpc::links(chamber);
  calibration.threshold_adc = static_cast<std::int16_t>(online.integer("hit_threshold_adc"));
  calibration.drift_mm_per_us = chamber.number("drift_mm_per_us");
  calibration.lifetime_us = chamber.number("electron_lifetime_us");
  calibration.adc_per_electron = lartpc::adc_per_electron(chamber.number("gain_mv_per_fc"));
  calibration.default_clock = lartpc::wib_eth_clock(setup.epoch);
  calibration.pre = detector.pre;
  calibration.post = detector.post;
  ChamberCuts cuts;
  cuts.pitch_mm = lartpc::kPitchMm;
  cuts.length_mm = lartpc::kLengthMm;
  cuts.link_mm = online.number("link_mm");
  cuts.seed_mev = online.number("seed_mev");
  cuts.blip_radius_mm = online.number("blip_radius_mm");
  cuts.photon_radius_mm = online.number("photon_radius_mm");
  cuts.muon_length_mm = online.number("muon_length_mm");
  cuts.muon_mev = online.number("muon_mev");
  cuts.edge_mm = online.number("edge_mm");
  cuts.least_mev = online.number("least_mev");
  return make_lartpc_selection(calibration, cuts);
}

}  // namespace spillway::online
