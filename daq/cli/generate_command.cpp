#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/base/whole_number.hpp"
#include "daq/cli/become.hpp"
#include "daq/cli/command.hpp"
#include "daq/cli/generate_set.hpp"

namespace spillway::cli {

namespace {

struct RecordingOptions {
  std::string config;
  std::uint64_t gates = 0;
  std::uint64_t seed = 1;
  std::vector<std::string> define;
};

int generate_recording(const RecordingOptions& recording, const std::string& out) {
  if (recording.gates == 0) throw Error("a recording needs its length: add --gates N");
  std::vector<std::string> arguments = {"--record", recording.config,
                                        "--out",    out,
                                        "--gates",  std::to_string(recording.gates),
                                        "--seed",   std::to_string(recording.seed)};
  for (const std::string& define : recording.define) arguments.insert(arguments.end(), {"--define", define});
  become("spillway-front-end", arguments);
}

}  // namespace

Action define_generate(CLI::App& app) {
  auto set = std::make_shared<SyntheticSetOptions>();
  auto recording = std::make_shared<RecordingOptions>();
  auto* config = app.add_option("CONFIG", recording->config,
                                "Configuration of simulated front ends: write what they send, for run --replay")
                     ->type_name("FILE");
  app.add_option("--gates", recording->gates, "On-gates of the recording, of all facilities")
      ->type_name("N")
      ->check(WholeNumber{1})
      ->needs(config);
  app.add_option("--seed", recording->seed, "Seed of everything in the recording that is drawn at random")
      ->type_name("N")
      ->check(WholeNumber{})
      ->capture_default_str()
      ->needs(config);
  app.add_option("--define", recording->define, "Override a key of the configuration; may be given several times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->needs(config);
  auto* name = app.add_option("--set", set->name, fmt::format("Synthetic LArTPC frames: {}", synthetic_set_names()))
                   ->excludes(config)
                   ->type_name("NAME");
  app.add_option("--frames", set->frames, "Frames of the set; the noise of the first depends on it")
      ->type_name("N")
      ->capture_default_str()
      ->needs(name)
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{10'000'000}));
  app.add_option("--out", set->out,
                 "New folder for a recording; for a set the file to write, one WIBEth frame behind the other")
      ->required()
      ->type_name("PATH");
  app.add_flag("--json", set->json, "Of a set: print one JSON object: ok, set, out, frames, bytes, threshold")
      ->needs(name);
  return [set, recording](Call& call) -> int {
    if (!recording->config.empty()) {
      call.out.flush();
      return generate_recording(*recording, set->out);
    }
    if (set->name.empty()) throw Error("name a configuration to record, or a set: --set T02");
    return generate_set(*set, call);
  };
}

}  // namespace spillway::cli
