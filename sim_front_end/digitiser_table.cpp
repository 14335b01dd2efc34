#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sim_front_end/csi_digitiser.hpp"
#include "sim_front_end/digitiser.hpp"
#include "sim_front_end/lartpc/digitiser.hpp"

namespace spillway::sim_front_end {

namespace {

struct DigitiserRow {
  std::string_view detector_kind;
  std::unique_ptr<Digitiser> (*make)(const DigitiserRequest& request);
};
constexpr std::array kDigitisers = {DigitiserRow{"csi_laapd", make_csi_digitiser},
                                    DigitiserRow{"lartpc", lartpc::make_digitiser}};

}  // namespace

std::unique_ptr<Digitiser> make_digitiser(const DigitiserRequest& request) {
  const model::Detector& detector = request.setup.detectors.at(request.detector);
  const auto row = std::find_if(kDigitisers.begin(), kDigitisers.end(),
                                [&](const DigitiserRow& r) { return r.detector_kind == detector.kind; });
  if (row == kDigitisers.end()) {
    throw Error(fmt::format("detector {}: the kind \"{}\" cannot be simulated", detector.name, detector.kind));
  }
  return row->make(request);
}

}  // namespace spillway::sim_front_end
