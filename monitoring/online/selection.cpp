#include "monitoring/online/selection.hpp"

#include <algorithm>
#include <array>

#include "monitoring/online/caen_selection.hpp"
#include "monitoring/online/csi_selection.hpp"
#include "monitoring/online/lartpc_selection.hpp"

namespace spillway::online {

namespace {

struct SelectionRow {
  std::string_view detector_kind;
  std::unique_ptr<Selection> (*make)(const Config& config, const model::Setup& setup, const model::Detector& detector);
};
constexpr std::array kSelections = {
    SelectionRow{"caen_digitizer", make_caen_selection},
    SelectionRow{"csi_laapd", make_csi_selection},
    SelectionRow{"lartpc", make_lartpc_selection},
};

}  // namespace

const detectors::ClockSegment& clock_at(std::uint64_t ticks, const FragmentView& fragment,
                                        const detectors::ClockSegment& fallback) {
  const detectors::ClockSegment* clock = &fallback;
  for (const detectors::ClockSegment& segment : fragment.clock) {
    if (segment.first_tick <= ticks) clock = &segment;
  }
  return *clock;
}

Timestamp time_of(std::uint64_t ticks, const FragmentView& fragment, const detectors::ClockSegment& fallback) {
  return clock_at(ticks, fragment, fallback).to_tai(ticks);
}

Hit hit_of(std::uint32_t stream, const model::Primitive& primitive, double charge) {
  const Interval time = primitive.time();
  return {stream, primitive.channel,
          time,   time.begin + nanoseconds(primitive.peak_offset_ns),
          charge, static_cast<double>(primitive.peak)};
}

std::vector<model::Primitive> primitives_of(const FragmentView& fragment, Counters& rejected) {
  std::vector<model::Primitive> found;
  for_each_frame(fragment, rejected, [&](ByteView frame) {
    const auto count = detectors::primitives_in(frame);
    if (!count) {
      ++rejected[std::string(detectors::name(count.error()))];
      return;
    }
    for (std::size_t i = 0; i < *count; ++i) {
      found.push_back(load<model::Primitive>(frame, i * sizeof(model::Primitive)));
    }
  });
  return found;
}

std::vector<std::unique_ptr<Selection>> make_selections(const Config& config, const model::Setup& setup) {
  std::vector<std::unique_ptr<Selection>> made;
  for (const model::Detector& detector : setup.detectors) {
    const auto row = std::ranges::find(kSelections, detector.kind, &SelectionRow::detector_kind);
    if (row == kSelections.end()) {
      throw Error("detector." + detector.name + ": no online selection for kind \"" + detector.kind +
                  "\"; add a row to monitoring/online/selection.cpp");
    }
    made.push_back(row->make(config, setup, detector));
  }
  return made;
}

}  // namespace spillway::online
