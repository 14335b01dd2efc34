#include "daq/cli/physics_commands.hpp"

#include <array>
#include <span>
#include <utility>

namespace spillway::cli {
namespace {

struct FacilityCommand {
  const char* name;
  const char* meaning;
  Action (*define)(CLI::App& app);
};

constexpr std::array kExpect = {
    FacilityCommand{"ess", "Recoils in six detectors at the European Spallation Source", define_expect_ess},
    FacilityCommand{"level", "Events beside the LHC beam dump", define_expect_level},
    FacilityCommand{"facilities", "Power, duty factor and figures of merit of the sources", define_expect_facilities},
};

constexpr std::array kSensitivity = {
    FacilityCommand{"ess", "Weak mixing angle, charge radii, magnetic moment and non-standard interactions",
                    define_sensitivity_ess},
    FacilityCommand{"level", "Cross sections on argon beside the LHC beam dump", define_sensitivity_level},
};

Action define_facilities(CLI::App& app, std::span<const FacilityCommand> facilities) {
  app.require_subcommand(1);
  std::vector<std::pair<CLI::App*, Action>> actions;
  for (const FacilityCommand& facility : facilities) {
    CLI::App* sub = app.add_subcommand(facility.name, facility.meaning);
    actions.emplace_back(sub, facility.define(*sub));
  }
  return [actions = std::move(actions)](Call& call) {
    for (const auto& [sub, action] : actions) {
      if (sub->parsed()) return action(call);
    }
    return static_cast<int>(kUsage);
  };
}

}  // namespace

Action define_expect(CLI::App& app) {
  return define_facilities(app, kExpect);
}

Action define_sensitivity(CLI::App& app) {
  return define_facilities(app, kSensitivity);
}

}  // namespace spillway::cli
