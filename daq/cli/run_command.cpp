#include <iostream>
#include <memory>

#include "daq/cli/become.hpp"
#include "daq/cli/command.hpp"
#include "daq/cli/data_folder.hpp"

namespace spillway::cli {
namespace {

struct Options {
  std::string config;
  std::uint64_t gates = 0;
  double duration = 0;
  std::string speed;
  std::uint64_t seed = 0;
  std::string replay;
  std::vector<std::string> define;
  bool json = false;
  DataFolder data;
};

}  // namespace

Action define_run(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("CONFIG", options->config, "Configuration file of the set-up")->required()->type_name("FILE");
  auto* gates = app.add_option("--gates", options->gates, "End at the begin of on-gate N + 1")->type_name("N");
  app.add_option("--duration", options->duration, "End after so much data time")->type_name("SECONDS")->excludes(gates);
  app.add_option("--speed", options->speed, "realtime, max, or a factor of real time")->type_name("SPEED");
  app.add_option("--seed", options->seed, "Seed of everything that is drawn at random")->type_name("N");
  app.add_option("--replay", options->replay, "Recorded file that the front ends play")->type_name("PATH");
  app.add_option("--define", options->define, "Override a key of the configuration; may be given several times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_flag("--json", options->json, "Print one JSON object on standard output (docs/json.md)");
  options->data.add_to(app);
  return [options](Call& call) -> int {
    call.out.flush();
    become("spillway-run-control", call.arguments);
  };
}

}  // namespace spillway::cli
