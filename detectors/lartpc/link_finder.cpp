#include "detectors/lartpc/link_finder.hpp"

#include <algorithm>

#include "detectors/lartpc/geometry.hpp"

namespace spillway::detectors::lartpc {

FinderSettings finder_settings(const Section& readout, std::size_t link) {
  const bool collection = plane_of(link) == Plane::kY;
  FinderSettings settings;
  settings.planes[0].threshold_adc =
      static_cast<std::int16_t>(readout.integer(collection ? "collection_threshold_adc" : "induction_threshold_adc"));
  return settings;
}

Duration longest_hit(const FinderSettings& settings) {
  const std::int64_t least = std::ranges::min(settings.planes, {}, &PlaneSettings::threshold_adc).threshold_adc + 1;
  const auto sample_ns = static_cast<std::int64_t>(kTickNs * kTicksPerSample);
  return Duration{(kFullIntegral / least + 1) * sample_ns};
}

LinkFinder::LinkFinder(const FinderSettings& settings, const ClockSegment& clock)
    : finder_(settings), clock_(clock), buffer_(kMaxHitsPerFrame) {}

void LinkFinder::find(const WibEthView& frame, std::vector<model::Primitive>& out) {
  // Backwards in time is further than any gap.
  if (frame.timestamp() - next_tick_ > kRememberedTicks) {
    close(out);
    finder_.start_anew();
  }
  next_tick_ = frame.timestamp() + kTicksPerFrame;
  keep(finder_.find(frame, HitBuffer(buffer_)), out);
}

void LinkFinder::close(std::vector<model::Primitive>& out) {
  keep(finder_.close(HitBuffer(buffer_)), out);
}

Timestamp LinkFinder::open_since() const {
  const auto ticks = finder_.open_since();
  return ticks ? clock_.to_tai(*ticks) : Timestamp::max();
}

void LinkFinder::keep(std::size_t count, std::vector<model::Primitive>& out) const {
  for (std::size_t i = 0; i < count; ++i) out.push_back(to_primitive(buffer_[i], clock_));
}

}  // namespace spillway::detectors::lartpc
