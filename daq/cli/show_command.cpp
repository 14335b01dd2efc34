#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/cli/command.hpp"
#include "daq/cli/data_folder.hpp"
#include "daq/storage/summary_text.hpp"

namespace spillway::cli {
namespace {

struct Options {
  DataFolder data;
  std::string run;
  bool json = false;
  bool config = false;
};

using TimedTexts = std::vector<std::pair<std::string, std::string>>;

nlohmann::ordered_json to_json(const TimedTexts& texts) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& [time, text] : texts) list.push_back({{"time", time}, {"text", text}});
  return list;
}

int show_json(const storage::Catalogue& catalogue, const storage::RunLine& line, Call& call) {
  model::RunSummary bare;
  bare.run = line.run;
  bare.setup = line.setup;
  const auto summary = catalogue.summary(line.run);
  nlohmann::ordered_json object = storage::to_json(summary.value_or(bare));
  object["condition"] = line.condition;
  object["setup"] = line.setup;
  object["started"] = line.started_utc;
  object["ended"] = line.ended_utc.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(line.ended_utc);
  object["comments"] = to_json(catalogue.comments(line.run));
  object["alarms"] = to_json(catalogue.alarms(line.run));
  call.out << object.dump(2) << '\n';
  return kOk;
}

int show(const Options& options, Call& call) {
  const storage::Catalogue catalogue = options.data.open();
  const auto line = find_run(catalogue, options.run);
  if (options.config) {
    call.out << catalogue.config_text(line.run);
    return kOk;
  }
  if (options.json) return show_json(catalogue, line, call);
  const auto summary = catalogue.summary(line.run);
  if (summary && summary->condition != model::Condition::kRunning) {
    call.out << storage::summary_text(*summary);
  } else {
    call.out << fmt::format("run {} of {}: {}; its summary is stored when it has ended\n", line.run, line.setup,
                            describe_condition(line));
  }
  call.out << fmt::format("\nstarted    {}\nended      {}\n", line.started_utc,
                          line.ended_utc.empty() ? "not yet" : line.ended_utc);
  for (const auto& [time, text] : catalogue.alarms(line.run)) call.out << fmt::format("alarm      {} {}\n", time, text);
  for (const auto& [time, text] : catalogue.comments(line.run))
    call.out << fmt::format("comment    {} {}\n", time, text);
  return kOk;
}

}  // namespace

Action define_show(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("RUN", options->run, "Number of the run, or `latest`")->required();
  options->data.add_to(app);
  auto* json = app.add_flag("--json", options->json, "Print one JSON object, as `run --json` does (docs/json.md)");
  app.add_flag("--config", options->config, "Print the configuration that the run was taken with")->excludes(json);
  return [options](Call& call) { return show(*options, call); };
}

}  // namespace spillway::cli
