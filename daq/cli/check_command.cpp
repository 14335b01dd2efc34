#include <filesystem>
#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/config.hpp"
#include "daq/cli/command.hpp"
#include "daq/cli/setup_text.hpp"
#include "detectors/registry.hpp"

namespace spillway::cli {
namespace {

struct Options {
  std::string config;
  std::vector<std::string> define;
  std::string replay;
  bool json = false;
};

struct Fault {
  std::string file;
  std::uint32_t line = 0;
  std::string key;
  std::string message;
};

int report(const Fault& fault, bool json, Call& call) {
  if (json) {
    const nlohmann::ordered_json object = {
        {"ok", false},
        {"error", {{"file", fault.file}, {"line", fault.line}, {"key", fault.key}, {"message", fault.message}}}};
    call.out << object.dump(2) << '\n';
  } else {
    call.err << fault.message << '\n';
  }
  return kWrong;
}

int check(const Options& options, Call& call) {
  try {
    if (!options.replay.empty() && !std::filesystem::exists(options.replay)) {
      return report(
          {options.replay, 0, "--replay",
           fmt::format("{}: there is no such file or folder; name the recorded file to play", options.replay)},
          options.json, call);
    }
    const Config config = Config::load(options.config, options.define);
    const model::Setup setup = detectors::load_setup(config);
    if (options.json) {
      nlohmann::ordered_json object = {{"ok", true}};
      object["setup"] = setup_json(setup);
      object["error"] = nullptr;
      call.out << object.dump(2) << '\n';
    } else {
      call.out << fmt::format("{}: ok\n", options.config);
      print_setup(setup, call.out);
    }
    return kOk;
  } catch (const ConfigError& error) {
    return report({error.file(), error.line(), error.key(), error.what()}, options.json, call);
  } catch (const Error& error) {
    return report({options.config, 0, "", error.what()}, options.json, call);
  }
}

}  // namespace

Action define_check(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("CONFIG", options->config, "Configuration file")->required()->type_name("FILE");
  app.add_option("--define", options->define, "Override a key of the configuration; may be given several times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--replay", options->replay, "Recorded file that the front ends would play")->type_name("PATH");
  app.add_flag("--json", options->json, "Print one JSON object: ok, setup, error {file, line, key, message}");
  return [options](Call& call) { return check(*options, call); };
}

}  // namespace spillway::cli
