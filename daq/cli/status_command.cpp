#include <algorithm>
#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"
#include "daq/cli/command.hpp"
#include "daq/cli/data_folder.hpp"
#include "daq/cli/query.hpp"
#include "daq/cli/status_text.hpp"

namespace spillway::cli {
namespace {

struct StatusOptions {
  DataFolder data;
  bool json = false;
};

std::vector<storage::RunLine> active_runs(const DataFolder& data) {
  std::vector<storage::RunLine> active;
  if (!data.has_catalogue()) return active;
  for (auto& line : data.open().runs()) {
    if (line.alive && !line.query_endpoint.empty()) active.push_back(line);
  }
  return active;
}

/// A run that ends while it is asked does not answer any more, and that is no fault.
bool still_active(const DataFolder& data, std::uint64_t run) {
  const auto active = active_runs(data);
  return std::any_of(active.begin(), active.end(), [&](const auto& line) { return line.run == run; });
}

int status(const StatusOptions& options, Call& call) {
  v1::Query query;
  query.set_status(true);
  nlohmann::ordered_json object = {{"runs", nlohmann::ordered_json::array()},
                                   {"silent", nlohmann::ordered_json::array()}};
  int result = kOk;
  std::size_t shown = 0;
  for (const auto& line : active_runs(options.data)) {
    try {
      const v1::QueryReply reply = ask(line.query_endpoint, query);
      if (!reply.error().empty()) throw Error(reply.error());
      object["runs"].push_back(status_json(reply.status()));
      if (!options.json) print_status(reply.status(), call.out);
      ++shown;
    } catch (const Error& error) {
      if (!still_active(options.data, line.run)) continue;
      object["silent"].push_back({{"run", line.run}, {"message", error.what()}});
      if (!options.json) call.err << fmt::format("run {} of {}: {}\n", line.run, line.setup, error.what());
      result = kWrong;
    }
  }
  if (options.json) {
    call.out << object.dump(2) << '\n';
  } else if (shown == 0 && result == kOk) {
    call.out << fmt::format("no run is under way in {}; `spillway runs` lists those that ended\n",
                            options.data.path().string());
  }
  return result;
}

struct StopOptions {
  DataFolder data;
  std::string run;
  bool json = false;
};

int stop(const StopOptions& options, Call& call) {
  const auto active = active_runs(options.data);
  auto found = active.end();
  if (options.run == "latest") {
    if (active.empty()) throw Error("no run is under way; `spillway status` says what is");
    found = active.end() - 1;
  } else {
    const auto line = find_run(options.data.open(), options.run);
    found = std::find_if(active.begin(), active.end(), [&](const auto& one) { return one.run == line.run; });
    if (found == active.end()) {
      throw Error(fmt::format("run {} is not under way ({}); `spillway status` lists those that are", line.run,
                              line.condition == "RUNNING" ? "its run control is gone" : line.condition));
    }
  }
  v1::Query query;
  query.set_stop(true);
  const v1::QueryReply reply = ask(found->query_endpoint, query);
  if (!reply.error().empty()) throw Error(fmt::format("run {} cannot be stopped: {}", found->run, reply.error()));
  if (options.json) {
    call.out << nlohmann::ordered_json({{"ok", true}, {"run", found->run}}).dump(2) << '\n';
  } else {
    call.out << fmt::format("run {} is stopping; it drains first, and `spillway show {}` will say how it ended\n",
                            found->run, found->run);
  }
  return kOk;
}

}  // namespace

Action define_status(CLI::App& app) {
  auto options = std::make_shared<StatusOptions>();
  options->data.add_to(app);
  app.add_flag("--json", options->json,
               "Print one JSON object: runs [...], and those that did not answer in silent [...]");
  return [options](Call& call) { return status(*options, call); };
}

Action define_stop(CLI::App& app) {
  auto options = std::make_shared<StopOptions>();
  app.add_option("RUN", options->run, "Number of the run, or `latest`: the newest that is under way")->required();
  options->data.add_to(app);
  app.add_flag("--json", options->json, "Print one JSON object: ok, run");
  return [options](Call& call) { return stop(*options, call); };
}

}  // namespace spillway::cli
