#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tests/bench/bench_case.hpp"
#include "tests/bench/measure.hpp"

using namespace spillway::bench;

namespace {

struct Row {
  BenchCase of;
  bool equal = false;
  double compression = 0;
  Measured measured;
};

Row run(const BenchCase& bench_case) {
  const Trial trial = bench_case.prepare();
  Row row{bench_case, trial.equal(), trial.compression, {}};
  if (row.equal) row.measured = measure(trial);
  return row;
}

void print_head() {
  fmt::print("{:<36} {:<5} {:<7} {:<10} {:>10} {:>10} {:>10} {:>7} {:>9} {:>6} {:>10} {}\n", "case", "set", "working",
             "unit", "ours", "baseline", "limit", "ratio", "of limit", "rounds", "compressed", "equal");
}

void print(const Row& row) {
  const Measured& m = row.measured;
  fmt::print("{:<36} {:<5} {:<7} {:<10} {:>10.4g} {:>10.4g} {:>10.4g} {:>7.2f} {:>8.0f}% {:>6} {:>10} {}\n",
             row.of.name, row.of.set, row.of.working_set, row.of.unit, m.ours, m.baseline, m.limit, m.ratio,
             100 * m.fraction_of_limit, m.rounds, row.compression > 0 ? fmt::format("{:.3f}", row.compression) : "",
             row.equal ? "yes" : "NO");
  if (!std::isnan(m.ours_us_per_frame) && row.equal) {
    fmt::print("{:<61} {:>10.3g} {:>10.3g} {:>10.3g}\n", "  processor time, us/frame", m.ours_us_per_frame,
               m.baseline_us_per_frame, m.limit_us_per_frame);
  }
  std::fflush(stdout);
}

nlohmann::ordered_json json_of(const Row& row) {
  const Measured& m = row.measured;
  nlohmann::ordered_json json = {{"case", row.of.name}, {"set", row.of.set}, {"working_set", row.of.working_set},
                                 {"unit", row.of.unit}, {"ours", m.ours},    {"baseline", m.baseline},
                                 {"limit", m.limit},    {"ratio", m.ratio},  {"fraction_of_limit", m.fraction_of_limit},
                                 {"rounds", m.rounds},  {"equal", row.equal}};
  if (row.compression > 0) json["compression"] = row.compression;
  if (!std::isnan(m.ours_us_per_frame)) {
    json["us_per_frame"] = {
        {"ours", m.ours_us_per_frame}, {"baseline", m.baseline_us_per_frame}, {"limit", m.limit_us_per_frame}};
  }
  return json;
}

int bench(const std::string& filter, bool json) {
  const std::regex wanted(filter);
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  bool all_equal = true;
  bool any = false;
  for (const BenchCase& bench_case : bench_cases()) {
    if (!std::regex_search(bench_case.name, wanted)) continue;
    if (!any && !json) print_head();
    any = true;
    const Row row = run(bench_case);
    all_equal = all_equal && row.equal;
    if (json) {
      rows.push_back(json_of(row));
    } else {
      print(row);
    }
  }
  if (json) fmt::print("{}\n", nlohmann::ordered_json{{"rows", rows}}.dump(2));
  if (!any) fmt::print(stderr, "spillway-bench: no case matches \"{}\"\n", filter);
  if (!all_equal) fmt::print(stderr, "spillway-bench: outputs differ; such a row has no figures\n");
  return any && all_equal ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures our code, a plain baseline and the physical limit in turn, on the same data.",
               "spillway-bench");
  std::string filter;
  bool json = false;
  app.add_option("--filter", filter, "Only cases whose names match")->type_name("REGEX");
  app.add_flag("--json", json, "Print one JSON object: rows");
  CLI11_PARSE(app, argc, argv);
  try {
    return bench(filter, json);
  } catch (const std::exception& error) {
    fmt::print(stderr, "spillway-bench: {}\n", error.what());
    return 2;
  }
}
