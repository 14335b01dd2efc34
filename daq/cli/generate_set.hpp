#pragma once

#include <cstdint>
#include <string>

#include "daq/cli/command.hpp"

namespace spillway::cli {

struct SyntheticSetOptions {
  std::string name;
  std::uint64_t frames = 4096;
  std::string out;
  bool json = false;
};

/// "N60, N15, ...".
[[nodiscard]] std::string synthetic_set_names();

/// Writes a file of synthetic frames. Throws Error for a name that is not in the table and a file that cannot be
/// written.
int generate_set(const SyntheticSetOptions& options, Call& call);

}  // namespace spillway::cli
