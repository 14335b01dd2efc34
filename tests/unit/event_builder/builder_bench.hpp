#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daq/event_builder/run_builder.hpp"
#include "daq/model/decision.hpp"
#include "daq/model/setup.hpp"

namespace spillway::event_builder::test {

constexpr Timestamp at(std::int64_t ns) {
  return {ns};
}

/// Facility "bench" with detectors "a" (streams a/0, a/1) and "b" (b/0); T0 = 0.
inline model::Setup setup() {
  model::Setup made;
  made.name = "test";
  made.facilities.emplace_back();
  made.facilities.back().name = "bench";
  for (const auto& [name, streams] : {std::pair{"a", 2}, std::pair{"b", 1}}) {
    model::Detector& detector = made.detectors.emplace_back();
    detector.name = name;
    detector.kind = "caen_digitizer";
    for (int s = 0; s < streams; ++s) detector.streams.push_back(detector.name + "/" + std::to_string(s));
    detector.pre = nanoseconds(10);
    detector.post = nanoseconds(20);
    detector.readout_processes = 1;
  }
  made.storage.chunk_bytes = 65536;
  made.storage.reserve_bytes = 1 << 20;
  made.storage.roll_over_bytes = std::uint64_t{1} << 32;
  return made;
}

/// On-gate [1000 id, 1000 id + 100) with its window.
inline model::Decision decision(std::uint32_t detector, std::uint64_t id) {
  model::Decision made;
  made.id = id;
  made.detector = detector;
  const auto begin = static_cast<std::int64_t>(1000 * id);
  made.gate.time = {at(begin), at(begin + 100)};
  made.gate.index = id;
  made.gate.pulse_id = id + 1;
  made.gate.protons = 1e12;
  made.window = {at(begin - 10), at(begin + 120)};
  made.bits = model::kZeroBias | model::kReadOut;
  return made;
}

/// A fragment of one frame that answers the request of decision(detector, id).
inline Arrival arrival(std::uint32_t detector, const std::string& stream, std::uint64_t id, std::uint64_t boot,
                       Bytes payload, std::function<void()> release) {
  const auto bytes = std::make_shared<Bytes>(std::move(payload));
  Arrival made;
  made.boot = boot;
  v1::Fragment& out = made.fragment;
  out.set_decision(id);
  out.set_detector(detector);
  out.set_stream(stream);
  out.set_begin_ns(decision(detector, id).window.begin.ns);
  out.set_end_ns(decision(detector, id).window.end.ns);
  out.set_frames(1);
  out.add_frame_bytes(static_cast<std::uint32_t>(bytes->size()));
  out.set_crc32c(crc32c(*bytes));
  made.payload = [bytes]() -> ByteView { return *bytes; };
  made.release = std::move(release);
  return made;
}

/// At 2 ns of wall time; the disk is not waited for.
inline void commit(RunBuilder& builder) {
  builder.end(builder.begin_flush(), 2);
}

}  // namespace spillway::event_builder::test
