#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "daq/base/error.hpp"
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

// Run control lives in a room above this one, so it is run as what it is: a process.
[[noreturn]] void become_run_control(const std::vector<std::string>& arguments) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "spillway-run-control";
  std::vector<std::string> words = {program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  throw Error(fmt::format("{} cannot be started: {}; it belongs beside `spillway`, build or install it there",
                          program.string(), std::strerror(errno)));
}

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
    become_run_control(call.arguments);
  };
}

}  // namespace spillway::cli
