#include "detectors/caen/caen_digitizer.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

namespace spillway::detectors::caen {

std::vector<std::string> digitizer_streams(const std::string& detector, const Section& section) {
  std::vector<std::string> streams;
  std::set<std::int64_t> seen;
  for (const std::int64_t channel : section.integers("channels")) {
    if (!seen.insert(channel).second) {
      throw section.error("channels", fmt::format("channel {} is named twice", channel), "name each channel once");
    }
    streams.push_back(fmt::format("{}/{}", detector, channel));
  }
  if (streams.empty()) {
    throw section.error("channels", "the list is empty", "name at least one channel, such as channels = [0]");
  }
  return streams;
}

Duration compass_longest_pulse(const Section& section) {
  return section.duration("pulse_length_ns");
}

void check_compass_source(const Section& section, const model::Setup& setup, std::uint32_t facility) {
  const std::string gate_channel = std::to_string(section.integer("gate_channel"));
  std::map<std::string, std::string> reader_of;
  for (const model::Detector& detector : setup.detectors) {
    if (detector.facility != facility) continue;
    if (detector.gated) {
      throw section.error(
          "source",
          fmt::format("detector {} asks for gated emission, but a list file plays all that was recorded",
                      detector.name),
          fmt::format("set detector.{}.emission to \"continuous\"", detector.name));
    }
    for (const std::string& stream : detector.streams) {
      const std::string channel = stream.substr(stream.rfind('/') + 1);
      if (channel == gate_channel) {
        throw section.error("gate_channel",
                            fmt::format("channel {} is also a channel of detector {}", channel, detector.name),
                            "take it out of the detector's channels or name another gate channel");
      }
      const auto [other, is_new] = reader_of.emplace(channel, detector.name);
      if (!is_new) {
        throw section.error(
            "source",
            fmt::format("channel {} belongs to detector {} and to detector {}", channel, other->second, detector.name),
            "give each channel to one detector of the facility");
      }
    }
  }
}

}  // namespace spillway::detectors::caen
