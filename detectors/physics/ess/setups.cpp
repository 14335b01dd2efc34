#include "detectors/physics/ess/setups.hpp"

#include <fmt/format.h>

#include "daq/base/error.hpp"

namespace spillway::physics::ess {
namespace {

Exposure half_of(Exposure exposure) {
  exposure.years /= 2;
  return exposure;
}

Detector detector_of(std::string_view name) {
  if (const auto detector = find_detector(name)) return *detector;
  throw Error(
      fmt::format("there is no detector `{}`; choose among {}, or join several with a +", name, detector_names()));
}

}  // namespace

std::vector<Run> runs_of(std::string_view name, const Exposure& exposure, bool magnetic_moment) {
  if (name == "xe+ar") return {{kXe, half_of(exposure)}, {kArgonTpc, half_of(exposure)}};
  if (const auto plus = name.find('+'); plus != std::string_view::npos) {
    std::vector<Run> runs = runs_of(name.substr(0, plus), exposure, magnetic_moment);
    for (Run& run : runs_of(name.substr(plus + 1), exposure, magnetic_moment)) runs.push_back(run);
    return runs;
  }
  const Detector detector = detector_of(name);
  if (magnetic_moment && detector.name == kAr.name) {
    constexpr double kSecondThreshold_kevnr = 1.0;
    Detector second = detector;
    second.threshold_kevnr = kSecondThreshold_kevnr;
    return {{detector, half_of(exposure)}, {second, half_of(exposure)}};
  }
  return {{detector, exposure}};
}

std::string detector_names() {
  std::string names;
  for (const Detector& detector : kDetectors) names += fmt::format("{}, ", detector.name);
  names += "xe+ar";
  for (const Detector& detector : kOtherGases) names += fmt::format(", {}", detector.name);
  return names;
}

}  // namespace spillway::physics::ess
