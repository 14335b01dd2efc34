#include "daq/cli/physics_commands.hpp"

#include "daq/base/error.hpp"

namespace spillway::cli {

Action define_sensitivity_level(CLI::App&) {
  return [](Call&) -> int { throw Error("this is not there yet"); };
}

}  // namespace spillway::cli
