#include "daq/model/setup.hpp"

#include <algorithm>
#include <cassert>

namespace spillway::model {

std::size_t detector_of_stream(const Setup& setup, const std::string& stream) {
  const auto owner = std::find_if(setup.detectors.begin(), setup.detectors.end(), [&stream](const Detector& detector) {
    return std::find(detector.streams.begin(), detector.streams.end(), stream) != detector.streams.end();
  });
  return static_cast<std::size_t>(owner - setup.detectors.begin());
}

std::vector<std::string> streams_of_facility(const Setup& setup, std::uint32_t facility) {
  std::vector<std::string> streams;
  for (const Detector& detector : setup.detectors) {
    if (detector.facility != facility) continue;
    streams.insert(streams.end(), detector.streams.begin(), detector.streams.end());
  }
  return streams;
}

bool sends_pulse_trains(const Setup& setup, std::uint32_t facility) {
  bool sends = false;
  for (const Detector& detector : setup.detectors) {
    if (detector.facility != facility) continue;
    if (!detector.primitives) return false;
    sends = true;
  }
  return sends;
}

std::vector<std::string> streams_of_process(const Detector& detector, std::uint32_t process) {
  assert(detector.readout_processes > 0);
  std::vector<std::string> streams;
  for (std::size_t i = process; i < detector.streams.size(); i += detector.readout_processes) {
    if (process >= detector.readout_processes) break;
    streams.push_back(detector.streams[i]);
  }
  return streams;
}

}  // namespace spillway::model
