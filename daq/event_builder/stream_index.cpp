#include "daq/event_builder/stream_index.hpp"

#include <algorithm>

namespace spillway::event_builder {

StreamIndex::StreamIndex(const model::Setup& setup) : first_of_{0} {
  for (std::uint32_t d = 0; d < setup.detectors.size(); ++d) {
    for (const std::string& stream : setup.detectors[d].streams) {
      names_.push_back(stream);
      detector_of_.push_back(d);
    }
    first_of_.push_back(static_cast<std::uint32_t>(names_.size()));
  }
}

std::optional<std::uint32_t> StreamIndex::find(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - names_.begin());
}

}  // namespace spillway::event_builder
