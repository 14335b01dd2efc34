#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "daq/cli/command.hpp"
#include "daq/cli/generate_set.hpp"

namespace spillway::cli {

Action define_generate(CLI::App& app) {
  auto set = std::make_shared<SyntheticSetOptions>();
  app.add_option("--set", set->name, fmt::format("Synthetic LArTPC frames: {}", synthetic_set_names()))
      ->required()
      ->type_name("NAME");
  app.add_option("--frames", set->frames, "How many frames; the noise of the first depends on it")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{10'000'000}));
  app.add_option("--out", set->out, "File to write, one WIBEth frame behind the other; overwritten where it exists")
      ->required()
      ->type_name("FILE");
  app.add_flag("--json", set->json, "Print one JSON object: ok, set, out, frames, bytes, threshold");
  return [set](Call& call) { return generate_set(*set, call); };
}

}  // namespace spillway::cli
