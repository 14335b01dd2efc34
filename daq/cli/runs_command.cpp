#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"
#include "daq/cli/command.hpp"
#include "daq/cli/data_folder.hpp"
#include "daq/storage/text.hpp"

namespace spillway::cli {
namespace {

struct RunsOptions {
  DataFolder data;
  bool json = false;
};

int list_runs(const RunsOptions& options, Call& call) {
  std::vector<storage::RunLine> lines;
  if (options.data.has_catalogue()) lines = options.data.open().runs();
  if (options.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto& line : lines) {
      list.push_back(
          {{"run", line.run},
           {"setup", line.setup},
           {"condition", line.condition},
           {"started", line.started_utc},
           {"ended", line.ended_utc.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(line.ended_utc)},
           {"digest", line.digest}});
    }
    call.out << list.dump(2) << '\n';
    return kOk;
  }
  if (lines.empty()) {
    call.out << fmt::format("no run in {} yet; `spillway run CONFIG` takes one\n", options.data.path().string());
    return kOk;
  }
  storage::Table table({"run", "set-up", "condition", "started", "ended", "digest"});
  for (const auto& line : lines) {
    table.add({std::to_string(line.run), line.setup, describe_condition(line), line.started_utc,
               line.ended_utc.empty() ? "-" : line.ended_utc, line.digest.empty() ? "-" : line.digest.substr(0, 16)});
  }
  table.print(call.out);
  return kOk;
}

struct CommentOptions {
  DataFolder data;
  std::string run;
  std::string text;
  bool json = false;
};

int comment(const CommentOptions& options, Call& call) {
  if (options.text.find_first_not_of(" \t\n") == std::string::npos) {
    throw Error("the comment is empty; give its text in quotes behind the run");
  }
  storage::Catalogue catalogue = options.data.open(false);
  const auto line = find_run(catalogue, options.run);
  catalogue.add_comment(line.run, options.text);
  if (options.json) {
    call.out << nlohmann::ordered_json({{"ok", true}, {"run", line.run}, {"comment", options.text}}).dump(2) << '\n';
  } else {
    call.out << fmt::format("noted with run {}\n", line.run);
  }
  return kOk;
}

}  // namespace

Action define_runs(CLI::App& app) {
  auto options = std::make_shared<RunsOptions>();
  options->data.add_to(app);
  app.add_flag("--json", options->json, "Print a JSON list of {run, setup, condition, started, ended, digest}");
  return [options](Call& call) { return list_runs(*options, call); };
}

Action define_comment(CLI::App& app) {
  auto options = std::make_shared<CommentOptions>();
  app.add_option("RUN", options->run, "Number of the run, or `latest`")->required();
  app.add_option("TEXT", options->text, "What is to be noted")->required();
  options->data.add_to(app);
  app.add_flag("--json", options->json, "Print one JSON object: ok, run, comment");
  return [options](Call& call) { return comment(*options, call); };
}

}  // namespace spillway::cli
