#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <ostream>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/cli/ess_plots.hpp"
#include "daq/cli/physics_commands.hpp"
#include "daq/cli/positive.hpp"
#include "daq/storage/text.hpp"
#include "detectors/physics/ess/published.hpp"
#include "detectors/physics/ess/sensitivity.hpp"
#include "detectors/physics/ess/setups.hpp"

namespace spillway::cli {
namespace {

namespace ess = physics::ess;
using nlohmann::ordered_json;

constexpr std::string_view kNsi = "nsi";
constexpr std::string_view kXenonAndArgon = "xe+ar";

struct Options {
  std::string parameter = "all";
  std::string detector = "all";
  double years = 3;
  double distance_m = 20;
  std::string pulls = "shared";
  int r_emu_power = 2;
  std::vector<double> at;
  std::string plot;
  bool json = false;

  [[nodiscard]] ess::TransitionPower power() const {
    return r_emu_power == 1 ? ess::TransitionPower::kFirst : ess::TransitionPower::kSecond;
  }
};

void check(const Options& options) {
  require_within(options.years, 1e-3, 1e3, "--years", "years");
  require_within(options.distance_m, 1, 1e4, "--distance-m", "metres");
  if (options.r_emu_power != 1 && options.r_emu_power != 2) {
    throw Error(fmt::format("--r-emu-power is {}; 2 is the printed formula, 1 what the published ranges were made with",
                            options.r_emu_power));
  }
  if (options.pulls != "shared" && options.pulls != "separate") {
    throw Error(fmt::format("--pulls is `{}`; joined detectors have `shared` or `separate` ones", options.pulls));
  }
  if (!std::all_of(options.at.begin(), options.at.end(), [](double value) { return std::isfinite(value); })) {
    throw Error("--at needs finite numbers");
  }
  if (options.at.empty()) return;
  if (!options.plot.empty()) throw Error("one point makes no plot; leave out --at or --plot");
  if (options.parameter == "all") throw Error("--at needs the --parameter that it is a value of");
  const std::size_t wanted = options.parameter == kNsi ? 2 : 1;
  if (options.at.size() != wanted) {
    throw Error(fmt::format("--at has {} numbers, but {} has {}; write {}", options.at.size(), options.parameter,
                            wanted, wanted == 2 ? "--at EPS_EE,EPS_MUMU" : "--at VALUE"));
  }
}

/// Those of table 3 that were asked for; none for non-standard interactions.
std::vector<ess::Parameter> parameters_of(const Options& options) {
  if (options.parameter == kNsi) return {};
  std::vector<ess::Parameter> chosen;
  std::string names;
  for (const ess::Parameter& parameter : ess::kParameters) {
    if (options.parameter == "all" || options.parameter == parameter.name) chosen.push_back(parameter);
    names += fmt::format("{}, ", parameter.name);
  }
  if (chosen.empty()) {
    throw Error(fmt::format("there is no parameter `{}`; choose among {}nsi, or leave it out for all of table 3",
                            options.parameter, names));
  }
  return chosen;
}

std::vector<std::string> detectors_of(const Options& options) {
  if (options.detector != "all") return {options.detector};
  std::vector<std::string> names(ess::kDetectorNames.begin(), ess::kDetectorNames.end());
  names.emplace_back(kXenonAndArgon);
  return names;
}

ess::Measurement measurement_of(const Options& options, const std::string& detector, bool magnetic_moment) {
  const ess::Exposure exposure{.years = options.years, .distance_m = options.distance_m};
  return ess::Measurement(ess::runs_of(detector, exposure, magnetic_moment),
                          options.pulls == "shared" ? ess::Pulls::kShared : ess::Pulls::kSeparate);
}

void print_json(const Options& options, std::vector<ordered_json> results, std::ostream& out) {
  if (results.size() == 1 && options.detector != "all") {
    out << results.front().dump(2) << '\n';
  } else {
    out << ordered_json{{"results", std::move(results)}}.dump(2) << '\n';
  }
}

// One point

int chi2_at_a_point(const Options& options, const std::vector<ess::Parameter>& parameters, Call& call) {
  std::vector<ordered_json> results;
  for (const std::string& detector : detectors_of(options)) {
    const bool magnetic = options.parameter == ess::kMuNumu.name;
    const ess::Measurement measurement = measurement_of(options, detector, magnetic);
    const double chi2 = parameters.empty()
                            ? ess::chi2_of_nsi(measurement, options.at[0], options.at[1])
                            : ess::chi2_of(measurement, parameters.front(), options.at[0], options.power());
    results.push_back({{"detector", detector}, {"parameter", options.parameter}, {"at", options.at}, {"chi2", chi2}});
  }
  if (options.json) {
    print_json(options, std::move(results), call.out);
    return kOk;
  }
  storage::Table table({"detector", options.parameter, "chi2"});
  for (const ordered_json& result : results) {
    table.add({result["detector"].get<std::string>(), fmt::format("{}", fmt::join(options.at, ", ")),
               fmt::format("{:.4f}", result["chi2"].get<double>())});
  }
  table.print(call.out);
  return kOk;
}

// Non-standard interactions

/// Three regions to a panel (Fig. 12); beside two gases together each alone (Fig. 14).
void draw(const Options& options, const std::vector<NamedRegion>& regions) {
  constexpr std::size_t kPerPanel = 3;
  std::vector<SvgPlot> panels;
  std::vector<NamedRegion> panel;
  const auto finish = [&] {
    if (!panel.empty()) panels.push_back(plot_nsi(panel, options.years));
    panel.clear();
  };
  for (const NamedRegion& region : regions) {
    if (region.name == kXenonAndArgon) {
      finish();
      for (const char* gas : {"xe", "tpc_ar"}) {
        panel.push_back({gas, ess::nsi_region(measurement_of(options, gas, false))});
      }
    }
    panel.push_back(region);
    if (panel.size() == kPerPanel) finish();
  }
  finish();
  write_svg(options.plot, panels, panels.size());
}

int nsi(const Options& options, Call& call) {
  std::vector<ordered_json> results;
  std::vector<NamedRegion> regions;
  storage::Table table({"detector", "eps_ee from", "to", "eps_mumu from", "to", "area", "ring", "barrier"});
  for (const std::string& detector : detectors_of(options)) {
    const ess::Measurement measurement = measurement_of(options, detector, false);
    const statistics::Contours region = ess::nsi_region(measurement);
    const auto& [ee, mumu] = region.extent;
    const bool one_nucleus = measurement.parts().size() == 1;
    const double barrier = one_nucleus ? ess::nsi_ring_barrier(measurement) : 0;
    table.add({detector, fmt::format("{:.3f}", ee.low), fmt::format("{:.3f}", ee.high), fmt::format("{:.3f}", mumu.low),
               fmt::format("{:.3f}", mumu.high), fmt::format("{:.4f}", region.area()),
               !one_nucleus                              ? "none"
               : barrier < statistics::kDeltaChi2Of90_2d ? "whole"
                                                         : "broken",
               one_nucleus ? fmt::format("{:.2f}", barrier) : "-"});
    results.push_back({{"detector", detector},
                       {"parameter", kNsi},
                       {"best", {0.0, 0.0}},
                       {"delta_chi2", statistics::kDeltaChi2Of90_2d},
                       {"eps_ee", {ee.low, ee.high}},
                       {"eps_mumu", {mumu.low, mumu.high}},
                       {"area", region.area()},
                       {"ring_barrier", one_nucleus ? ordered_json(barrier) : ordered_json()},
                       {"contours", region.polygons}});
    regions.push_back({detector, region});
  }
  if (!options.plot.empty()) draw(options, regions);
  if (options.json) {
    print_json(options, std::move(results), call.out);
    return kOk;
  }
  call.out << fmt::format("Non-standard interactions with up quarks, 90 % C.L. (delta chi2 = {}), {:g} years\n\n",
                          statistics::kDeltaChi2Of90_2d, options.years);
  table.print(call.out);
  call.out << fmt::format(
      "\nThe total rate alone allows a ring (Baxter et al., JHEP 02 (2020) 123, eq. 4.8); the barrier is the chi2\n"
      "that has to be climbed on the way around it. Where it is above {} the spectrum has broken the ring. In\n"
      "the paper's Fig. 12 that are CsI and in part xenon, which is marginal. Two gases have rings of different\n"
      "sizes, so xe+ar has less than half the area of either (Fig. 14; `--detector tpc_ar` is argon alone).\n",
      statistics::kDeltaChi2Of90_2d);
  return kOk;
}

// Table 3

/// The weak mixing angle's ends are given as differences to its value.
std::string in_words(const ess::Parameter& parameter, double low, double high, double sin2_theta_w) {
  if (parameter.name == ess::kSin2w.name) {
    return fmt::format("{:+.1f} {:+.1f}", 1e3 * (high - sin2_theta_w), 1e3 * (low - sin2_theta_w));
  }
  if (parameter.not_negative) return fmt::format("< {:.1f}", high);
  return fmt::format("{:.1f} ... {:.1f}", low, high);
}

void print_notes(const Options& options, std::ostream& out) {
  out << fmt::format(
      "\n90 % C.L. (delta chi2 = {}), {:g} years at {:g} m. Paper: Baxter et al., JHEP 02 (2020) 123, table 3\n"
      "(3 years at 20 m). sin2w is given by the differences to its value in 0.001; radii are profiled over the\n"
      "other two.\n",
      statistics::kDeltaChi2Of90_1d, options.years, options.distance_m);
  if (options.parameter == ess::kRemu.name || options.parameter == "all") {
    out << (options.r_emu_power == 1
                ? "r_emu: with |Q_emu| to the first power in eq. 4.12, which is what the paper's ranges follow from.\n"
                : "r_emu: with |Q_emu|^2, as eq. 4.12 is printed; the paper's ranges come out with the first power,\n"
                  "`--r-emu-power 1`.\n");
  }
  if (options.detector == "all" || options.detector == kXenonAndArgon) {
    out << "xe+ar: the paper's ranges come out under no reading of its text. Its sin2w reaches farther down than\n"
           "up, while a pull that multiplies the signal leaves more room above, 1 / (1 - x) against 1 / (1 + x).\n";
  }
}

struct Profiled {
  std::string detector;
  ess::Measurement measurement;
  ess::Range range;
};

/// chi2 of each over all their ranges and a little more.
SvgPlot plot_of(const Options& options, const ess::Parameter& parameter, const std::vector<Profiled>& all) {
  constexpr int kPoints = 120;
  constexpr double kBeyond = 0.15;
  double low = parameter.standard;
  double high = parameter.standard;
  for (const Profiled& one : all) {
    low = std::min(low, one.range.low);
    high = std::max(high, one.range.high);
  }
  const double margin = kBeyond * (high - low);
  if (!parameter.not_negative) low -= margin;
  high += margin;
  std::vector<NamedProfile> profiles;
  for (const Profiled& one : all) {
    profiles.push_back({one.detector, {}});
    for (int i = 0; i <= kPoints; ++i) {
      const double value = std::lerp(low, high, static_cast<double>(i) / kPoints);
      profiles.back().chi2.push_back({value, ess::chi2_of(one.measurement, parameter, value, options.power())});
    }
  }
  return plot_profiles(parameter, profiles);
}

int ranges(const Options& options, const std::vector<ess::Parameter>& parameters, Call& call) {
  std::vector<ordered_json> results;
  std::vector<SvgPlot> panels;
  storage::Table table({"parameter", "detector", "ours", "paper", "in"});
  for (const ess::Parameter& parameter : parameters) {
    std::vector<Profiled> profiled;
    for (const std::string& detector : detectors_of(options)) {
      const ess::Measurement measurement = measurement_of(options, detector, parameter.name == ess::kMuNumu.name);
      const ess::Range range = ess::range_of(measurement, parameter, options.power());
      results.push_back({{"detector", detector},
                         {"parameter", parameter.name},
                         {"best", range.best},
                         {"low", range.low},
                         {"high", range.high},
                         {"delta_chi2", statistics::kDeltaChi2Of90_1d}});
      if (!options.plot.empty()) profiled.push_back({detector, measurement, range});
      const auto paper = ess::published_range(detector, parameter.name);
      table.add({std::string(parameter.name), detector, in_words(parameter, range.low, range.high, parameter.standard),
                 paper ? in_words(parameter, paper->low, paper->high, ess::kPublishedSin2ThetaW) : "-",
                 std::string(parameter.unit)});
    }
    if (!options.plot.empty()) panels.push_back(plot_of(options, parameter, profiled));
  }
  if (!options.plot.empty()) write_svg(options.plot, panels, std::min<std::size_t>(panels.size(), 2));
  if (options.json) {
    print_json(options, std::move(results), call.out);
    return kOk;
  }
  table.print(call.out);
  print_notes(options, call.out);
  return kOk;
}

int sensitivity_ess(const Options& options, Call& call) {
  check(options);
  const std::vector<ess::Parameter> parameters = parameters_of(options);
  if (!options.at.empty()) return chi2_at_a_point(options, parameters, call);
  return parameters.empty() ? nsi(options, call) : ranges(options, parameters, call);
}

}  // namespace

Action define_sensitivity_ess(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--parameter", options->parameter, "sin2w, mu_numu, r_ee, r_mumu, r_emu, nsi, or all but the last")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--detector", options->detector,
                 "csi, si, xe, ge, ar, c3f8; xe+ar (the TPC half the time with each gas); several joined by +; or all")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--years", options->years, "Time of data taking")->type_name("YEARS")->capture_default_str();
  app.add_option("--distance-m", options->distance_m, "Distance from the target")
      ->type_name("M")
      ->capture_default_str();
  app.add_option("--at", options->at, "Print chi2 at this value of the parameter, or at these two of nsi")
      ->type_name("X[,Y]")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--r-emu-power", options->r_emu_power,
                 "Power of |Q_emu| in the coupling: 2 as printed, 1 as in the published ranges")
      ->type_name("1|2")
      ->capture_default_str();
  app.add_option("--pulls", options->pulls, "Of joined detectors: shared or separate")
      ->type_name("HOW")
      ->capture_default_str();
  app.add_option("--plot", options->plot, "Draw the regions, or chi2 over the parameter")->type_name("FILE.svg");
  app.add_flag("--json", options->json, "Print one JSON object");
  return [options](Call& call) { return sensitivity_ess(*options, call); };
}

}  // namespace spillway::cli
