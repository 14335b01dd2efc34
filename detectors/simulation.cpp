#include "detectors/simulation.hpp"

#include "detectors/registry.hpp"
#include "detectors/setup_checks.hpp"

namespace spillway::detectors {

std::optional<Simulation> simulation_of(const Config& config, const model::Setup& setup, std::uint32_t detector) {
  const model::Detector& of = setup.detectors.at(detector);
  for (const std::string& name : config.names("front_end")) {
    const Section front_end = front_end_section(config, name);
    if (front_end.text("source") != "simulated" || facility_index(front_end, setup.facilities) != of.facility) continue;
    const Section section = simulation_section(config, of.name);
    return Simulation{section.number("signal_rate_scale"), section.number("background_rate_scale"),
                      online_section(config, of.name).number("efficiency")};
  }
  return std::nullopt;
}

}  // namespace spillway::detectors
