#include "readout/lartpc_finder.hpp"

#include "detectors/lartpc/geometry.hpp"
#include "detectors/lartpc/hit_finder.hpp"
#include "detectors/registry.hpp"

namespace spillway::readout {

namespace {

using namespace detectors::lartpc;

class LartpcFinder final : public Finder {
 public:
  LartpcFinder(const FinderSettings& settings, const detectors::ClockSegment& clock)
      : finder_(settings), clock_(clock), buffer_(kMaxHitsPerFrame) {}

  void find(model::Encoding /*encoding*/, const CheckedFrame& frame, std::vector<model::Primitive>& out) override {
    const auto view = decode_wib_eth(frame.bytes);
    if (!view) return;
    keep(finder_.find(*view, HitBuffer(buffer_)), out);
    end_ = frame.time.end;
  }

  void pass(Timestamp watermark, std::vector<model::Primitive>& out) override {
    // With gated emission the last frame of a window has no successor that would end its hits.
    if (watermark > end_) keep(finder_.close(HitBuffer(buffer_)), out);
  }

  [[nodiscard]] Timestamp open_since() const override {
    const auto ticks = finder_.open_since();
    return ticks ? clock_.to_tai(*ticks) : Timestamp::max();
  }

 private:
  void keep(std::size_t count, std::vector<model::Primitive>& out) const {
    for (std::size_t i = 0; i < count; ++i) out.push_back(to_primitive(buffer_[i], clock_));
  }

  HitFinder finder_;
  detectors::ClockSegment clock_;
  std::vector<Hit> buffer_;
  Timestamp end_ = Timestamp::min();
};

}  // namespace

StreamElectronics make_lartpc(const Config& config, const model::Setup&, const model::Detector& detector,
                              const std::string& stream) {
  const Section readout = detectors::readout_section(config, detector.name);
  const std::size_t link = std::stoul(stream.substr(stream.rfind('/') + 1));
  const bool collection = plane_of(link) == Plane::kY;
  FinderSettings settings;
  settings.planes[0].threshold_adc =
      static_cast<std::int16_t>(readout.integer(collection ? "collection_threshold_adc" : "induction_threshold_adc"));
  const detectors::ClockSegment clock = detector.clock;
  constexpr double kSampleNs = kTickNs * kTicksPerSample;
  return {{stream, address_of(link).link(), clock, kSampleNs}, std::make_unique<LartpcFinder>(settings, clock)};
}

}  // namespace spillway::readout
