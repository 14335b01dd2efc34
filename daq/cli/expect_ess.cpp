#include <algorithm>
#include <memory>
#include <ostream>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/cli/ess_plots.hpp"
#include "daq/cli/physics_commands.hpp"
#include "daq/cli/positive.hpp"
#include "daq/storage/text.hpp"
#include "detectors/physics/ess/published.hpp"
#include "detectors/physics/ess/setups.hpp"

namespace spillway::cli {
namespace {

namespace ess = physics::ess;
using physics::Flavour;

struct Options {
  double distance_m = 20;
  double years = 3;
  std::string detector = "all";
  std::string plot;
  bool json = false;
};

struct Expected {
  ess::Run run;
  double recoils_per_year = 0;
  std::vector<ess::Bin> bins;
};

std::vector<std::string> detectors_of(const Options& options) {
  if (options.detector != "all") return {options.detector};
  return {ess::kDetectorNames.begin(), ess::kDetectorNames.end()};
}

std::vector<Expected> expect(const Options& options) {
  require_within(options.distance_m, 1, 1e4, "--distance-m", "metres");
  require_within(options.years, 1e-3, 1e3, "--years", "years");
  const ess::Exposure exposure{.years = options.years, .distance_m = options.distance_m};
  std::vector<ess::Run> runs;
  for (const std::string& name : detectors_of(options)) {
    for (const ess::Run& run : ess::runs_of(name, exposure)) runs.push_back(run);
  }
  std::vector<Expected> all;
  all.reserve(runs.size());
  for (const ess::Run& run : runs) {
    all.push_back(
        {run, ess::recoils_per_year(run.detector, options.distance_m), ess::expected_bins(run.detector, run.exposure)});
  }
  return all;
}

double signal(const ess::Bin& bin, Flavour flavour) {
  return bin.signal[physics::index_of(flavour)];
}

void print_json(const Options& options, const std::vector<Expected>& all, std::ostream& out) {
  nlohmann::ordered_json object = {
      {"facility", "ess"}, {"distance_m", options.distance_m}, {"acceptance", ess::Exposure{}.acceptance}};
  object["detectors"] = nlohmann::ordered_json::array();
  for (const Expected& expected : all) {
    nlohmann::ordered_json bins = nlohmann::ordered_json::array();
    for (const ess::Bin& bin : expected.bins) {
      bins.push_back({{"low_kevnr", bin.low_kevnr},
                      {"high_kevnr", bin.high_kevnr},
                      {"nu_mu", signal(bin, Flavour::kNuMu)},
                      {"nu_e", signal(bin, Flavour::kNuE)},
                      {"anti_nu_mu", signal(bin, Flavour::kAntiNuMu)},
                      {"background", bin.background}});
    }
    object["detectors"].push_back({{"name", expected.run.detector.name},
                                   {"events_per_year", expected.recoils_per_year},
                                   {"threshold_kevnr", expected.run.detector.threshold_kevnr},
                                   {"e_max_kevnr", expected.run.detector.max_recoil_kevnr},
                                   {"years", expected.run.exposure.years},
                                   {"bins", bins}});
  }
  out << object.dump(2) << '\n';
}

void print_rates(const Options& options, const std::vector<Expected>& all, std::ostream& out) {
  const bool as_published = options.distance_m == ess::Exposure{}.distance_m;
  storage::Table table({"detector", "target", "kg", "above keV_nr", "recoils/year", "paper", "off by", "what"});
  for (const Expected& expected : all) {
    const ess::Detector& detector = expected.run.detector;
    std::string paper = "-";
    std::string difference = "-";
    if (const double rate = ess::published_rate(detector.name); as_published && rate > 0) {
      paper = fmt::format("{:.0f}", rate);
      difference = fmt::format("{:+.1f} %", 100 * (expected.recoils_per_year / rate - 1));
    }
    table.add({std::string(detector.name), std::string(detector.nucleus.name), fmt::format("{:g}", detector.mass_kg),
               fmt::format("{:g}", detector.threshold_kevnr), fmt::format("{:.0f}", expected.recoils_per_year), paper,
               difference, std::string(detector.meaning)});
  }
  out << fmt::format("CEvNS recoils per year at {:g} m, all of them accepted\n\n", options.distance_m);
  table.print(out);
  out << "\nPaper: Baxter et al., JHEP 02 (2020) 123, table 1. Its form factors other than that of CsI are tabulated\n"
         "ones, which Helm's with the parameters of Lewin and Smith follow to 1 ... 3 %.\n";
}

void print_bins(const Expected& expected, std::ostream& out) {
  out << fmt::format("\n{}: counts in {:g} years, 80 % accepted\n\n", expected.run.detector.meaning,
                     expected.run.exposure.years);
  storage::Table table({"from keV_nr", "to", "nu_mu", "nu_e", "anti_nu_mu", "background"});
  for (const ess::Bin& bin : expected.bins) {
    table.add({fmt::format("{:.2f}", bin.low_kevnr), fmt::format("{:.2f}", bin.high_kevnr),
               fmt::format("{:.2f}", signal(bin, Flavour::kNuMu)), fmt::format("{:.2f}", signal(bin, Flavour::kNuE)),
               fmt::format("{:.2f}", signal(bin, Flavour::kAntiNuMu)), fmt::format("{:.1f}", bin.background)});
  }
  table.print(out);
}

void draw(const Options& options, const std::vector<Expected>& all) {
  std::vector<ess::Run> runs;
  runs.reserve(all.size());
  for (const Expected& expected : all) runs.push_back(expected.run);
  std::vector<SvgPlot> panels;
  for (const ess::Run& run : runs) {
    if (!run.detector.counts_only()) panels.push_back(plot_counts(run));
  }
  if (panels.empty() || runs.size() > 1) panels.push_back(plot_rates_above_threshold(runs));
  write_svg(options.plot, panels, std::min<std::size_t>(panels.size(), 2));
}

int expect_ess(const Options& options, Call& call) {
  const std::vector<Expected> all = expect(options);
  if (!options.plot.empty()) draw(options, all);
  if (options.json) {
    print_json(options, all, call.out);
    return kOk;
  }
  print_rates(options, all, call.out);
  if (options.detector != "all") {
    for (const Expected& expected : all) print_bins(expected, call.out);
  }
  return kOk;
}

}  // namespace

Action define_expect_ess(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--detector", options->detector, "csi, si, xe, ge, ar, c3f8, another gas of the TPC, or all")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--distance-m", options->distance_m, "Distance from the target")
      ->type_name("M")
      ->capture_default_str();
  app.add_option("--years", options->years, "Time behind the counts of the bins")
      ->type_name("YEARS")
      ->capture_default_str();
  app.add_option("--plot", options->plot, "Draw the counts, and the rates above a threshold")->type_name("FILE.svg");
  app.add_flag("--json", options->json, "Print one JSON object");
  return [options](Call& call) { return expect_ess(*options, call); };
}

}  // namespace spillway::cli
