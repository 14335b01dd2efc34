#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/cli/physics_commands.hpp"
#include "daq/storage/text.hpp"
#include "detectors/physics/facilities.hpp"

namespace spillway::cli {
namespace {

using physics::Facility;

int print_facilities(bool json, Call& call) {
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Facility& facility : physics::kFacilities) {
      list.push_back({{"name", facility.name},
                      {"meaning", facility.meaning},
                      {"average_power_mw", facility.average_power_mw},
                      {"proton_energy_gev", facility.proton_energy_gev},
                      {"pulses_per_second", facility.pulses_per_second},
                      {"pulse_us", facility.pulse_us},
                      {"duty_factor", facility.duty_factor()},
                      {"background_rejection", facility.background_rejection()},
                      {"signal_to_background", facility.signal_to_background()},
                      {"signal_to_root_background", facility.signal_to_root_background()}});
    }
    call.out << nlohmann::ordered_json{{"facilities", list}}.dump(2) << '\n';
    return kOk;
  }
  storage::Table table(
      {"facility", "power MW", "GeV", "pulses/s", "pulse us", "duty factor", "off/on", "S/B", "S/sqrt(B)", "what"});
  for (const Facility& facility : physics::kFacilities) {
    table.add({std::string(facility.name), fmt::format("{:.3g}", facility.average_power_mw),
               fmt::format("{:.3g}", facility.proton_energy_gev), fmt::format("{:.3g}", facility.pulses_per_second),
               fmt::format("{:.3g}", facility.pulse_us), fmt::format("{:.1e}", facility.duty_factor()),
               fmt::format("{:.1e}", facility.background_rejection()),
               fmt::format("{:.2g}", facility.signal_to_background() / physics::kSns.signal_to_background()),
               fmt::format("{:.2g}", facility.signal_to_root_background() / physics::kSns.signal_to_root_background()),
               std::string(facility.meaning)});
  }
  table.print(call.out);
  call.out
      << "\nThe signal goes with the average power, a steady background with the time that has beam (Kelly et al.,\n"
         "arXiv:2104.12785, Fig. 2); both ratios are relative to the SNS. The duty factor is that of the window in\n"
         "which neutrinos are counted, off/on that of the protons.\n";
  return kOk;
}

}  // namespace

Action define_expect_facilities(CLI::App& app) {
  auto json = std::make_shared<bool>(false);
  app.add_flag("--json", *json, "Print one JSON object");
  return [json](Call& call) { return print_facilities(*json, call); };
}

}  // namespace spillway::cli
