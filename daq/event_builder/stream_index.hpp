#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daq/model/setup.hpp"

namespace spillway::event_builder {

/// All streams of a set-up, numbered: detector by detector, in the order of their streams.
class StreamIndex {
 public:
  explicit StreamIndex(const model::Setup& setup);

  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::uint32_t detector_of(std::uint32_t stream) const { return detector_of_.at(stream); }
  /// Number of the detector's first stream.
  [[nodiscard]] std::uint32_t first_of(std::uint32_t detector) const { return first_of_.at(detector); }
  /// How many the detector has.
  [[nodiscard]] std::uint32_t count_of(std::uint32_t detector) const {
    return first_of_.at(detector + 1) - first_of_.at(detector);
  }
  [[nodiscard]] std::uint32_t detectors() const { return static_cast<std::uint32_t>(first_of_.size() - 1); }

 private:
  std::vector<std::string> names_;
  std::vector<std::uint32_t> detector_of_;
  std::vector<std::uint32_t> first_of_;  ///< one more than detectors
};

}  // namespace spillway::event_builder
