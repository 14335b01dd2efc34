#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daq/base/time.hpp"

namespace spillway::run_control {

/// What `spillway run` was asked for.
struct Options {
  std::filesystem::path config;
  std::filesystem::path data;  ///< absolute
  std::uint64_t gates = 0;     ///< 0: no limit
  Duration duration;           ///< 0: no limit
  double speed = 1;            ///< data seconds per wall second; 0: as fast as possible
  std::uint64_t seed = 1;
  std::string replay;                  ///< absolute, or empty
  std::vector<std::string> overrides;  ///< KEY=VALUE
  bool json = false;
};

/// The options, or the exit status of a command line that asks for help or is wrong (already said).
std::variant<Options, int> parse_options(int argc, char** argv);

/// "realtime" is 1, "max" is 0, else a factor from 0.001 to 1000000. Throws Error naming the text.
double parse_speed(const std::string& text);

}  // namespace spillway::run_control
