#include "readout/lartpc_finder.hpp"

#include "detectors/lartpc/geometry.hpp"
#include "detectors/lartpc/link_finder.hpp"
#include "detectors/registry.hpp"

namespace spillway::readout {

namespace {

using namespace detectors::lartpc;

class LartpcFinder final : public Finder {
 public:
  LartpcFinder(const FinderSettings& settings, const detectors::ClockSegment& clock) : finder_(settings, clock) {}

  void find(model::Encoding /*encoding*/, const CheckedFrame& frame, std::vector<model::Primitive>& out) override {
    const auto view = decode_wib_eth(frame.bytes);
    if (!view) return;
    finder_.find(*view, out);
    end_ = frame.time.end;
  }

  void pass(Timestamp watermark, std::vector<model::Primitive>& out) override {
    // With gated emission the last frame of a window has no successor that would end its hits.
    if (watermark > end_) finder_.close(out);
  }

  [[nodiscard]] Timestamp open_since() const override { return finder_.open_since(); }

 private:
  LinkFinder finder_;
  Timestamp end_ = Timestamp::min();
};

}  // namespace

StreamElectronics make_lartpc(const Config& config, const model::Setup&, const model::Detector& detector,
                              const std::string& stream) {
  const std::size_t link = std::stoul(stream.substr(stream.rfind('/') + 1));
  const FinderSettings settings = finder_settings(detectors::readout_section(config, detector.name), link);
  constexpr double kSampleNs = kTickNs * kTicksPerSample;
  return {{stream, address_of(link).link(), detector.clock, kSampleNs},
          std::make_unique<LartpcFinder>(settings, detector.clock)};
}

}  // namespace spillway::readout
