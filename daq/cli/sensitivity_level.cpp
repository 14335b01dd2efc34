#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/whole_number.hpp"
#include "daq/cli/level_plots.hpp"
#include "daq/cli/physics_commands.hpp"
#include "daq/cli/positive.hpp"
#include "daq/storage/text.hpp"
#include "detectors/physics/level/beam_dump.hpp"
#include "detectors/physics/level/published.hpp"

namespace spillway::cli {
namespace {

namespace level = physics::level;
using nlohmann::ordered_json;
using statistics::Interval;

struct Options {
  std::string fit;
  double exposure_ton_years = 0;
  std::string systematics = "on";
  double distance_m = level::kPositionC_m;
  std::string shape = "fitted";
  std::uint64_t seed = 1;
  std::string plot;
  bool json = false;

  [[nodiscard]] bool with_systematics() const { return systematics == "on"; }
};

void check(const Options& options) {
  require_positive(options.exposure_ton_years, "--exposure", "ton-years");
  if (options.exposure_ton_years > 1e9 || options.exposure_ton_years < 1e-3) {
    throw Error(
        fmt::format("--exposure is {:g} ton-years; give something between 0.001 and 1e9", options.exposure_ton_years));
  }
  if (options.systematics != "on" && options.systematics != "off") {
    throw Error(fmt::format("--systematics is `{}`; say on or off", options.systematics));
  }
  if (options.distance_m != level::kPositionC_m && options.distance_m != level::kPositionFar_m) {
    throw Error(
        fmt::format("--distance-m is {:g}; 15 is position C, 18 lies behind 3 m more of shielding, and other "
                    "places have no known background",
                    options.distance_m));
  }
  if (options.shape != "fitted" && options.shape != "printed") {
    throw Error(
        fmt::format("--shape is `{}`; `fitted` follows eq. 4.2, `printed` has the paper's parameters", options.shape));
  }
}

ordered_json head(const Options& options) {
  return {{"fit", options.fit},
          {"exposure_ton_years", options.exposure_ton_years},
          {"systematics", options.with_systematics()},
          {"distance_m", options.distance_m}};
}

ordered_json range_json(const level::Range& range) {
  return {{"best", range.best}, {"low", range.interval.low}, {"high", range.interval.high}};
}

ordered_json region_json(const statistics::Contours& contours) {
  return contours.polygons;
}

void print_ranges(const Options& options, const std::vector<std::pair<std::string, level::Range>>& ranges, Call& call) {
  call.out << fmt::format("{} at {:g} t yr and {:g} m, {}\n\n", options.fit, options.exposure_ton_years,
                          options.distance_m,
                          options.with_systematics() ? "5 % flux and 10 % K/pi uncertainty" : "statistics only");
  storage::Table table({"parameter", "best", "low", "high", "half width", "paper"});
  for (const auto& [name, range] : ranges) {
    const auto published = level::published_width(options.fit, name, options.exposure_ton_years, options.distance_m,
                                                  options.with_systematics());
    table.add({name, fmt::format("{:.4f}", range.best), fmt::format("{:.4f}", range.interval.low),
               fmt::format("{:.4f}", range.interval.high), fmt::format("{:.4f}", range.half_width()),
               std::string(published ? published->printed : "-")});
  }
  table.print(call.out);
}

constexpr const char* kPaper =
    "\nRanges: profiled chi2 within 1 of the minimum, of data that are as expected.\n"
    "Paper: Kelly et al., arXiv:2104.12785, ";

constexpr std::array<std::pair<int, double>, 2> kLevels = {std::pair{95, statistics::kDeltaChi2Of95_2d},
                                                           std::pair{99, statistics::kDeltaChi2Of99_2d}};

int fit_nue(const Options& options, Call& call) {
  const level::NuArgonFit fit(options.exposure_ton_years, options.distance_m, options.with_systematics());
  const std::vector<double> observed = fit.asimov();
  const auto result = fit.fit(observed);
  if (!result) throw Error("the fit did not converge; take a larger --exposure");
  std::vector<Region> regions;
  if (options.json || !options.plot.empty()) {
    for (const auto& [percent, delta] : kLevels) regions.push_back({percent, fit.contours(observed, *result, delta)});
  }
  if (!options.plot.empty()) {
    write_svg(options.plot, plot_nue_fit(regions, options.exposure_ton_years, options.with_systematics()));
  }
  if (options.json) {
    ordered_json object = head(options);
    object["parameters"] = {{"R", range_json(result->r)}, {"gamma", range_json(result->gamma)}};
    for (const Region& region : regions) {
      object["contours"][std::to_string(region.percent)] = region_json(region.contours);
    }
    call.out << object.dump(2) << '\n';
    return kOk;
  }
  print_ranges(options, {{"R", result->r}, {"gamma", result->gamma}}, call);
  call.out << kPaper << "table 2.\n";
  return kOk;
}

int fit_norm(const Options& options, Call& call) {
  const level::CevnsNormFit fit(options.exposure_ton_years, options.distance_m, options.with_systematics());
  const auto result = fit.fit(fit.asimov());
  if (!result) throw Error("the fit did not converge; take a larger --exposure");
  if (!options.plot.empty()) write_svg(options.plot, plot_norm_fit(fit, *result, options.exposure_ton_years));
  if (options.json) {
    ordered_json object = head(options);
    object["parameters"] = {{"R", range_json(result->r)}};
    call.out << object.dump(2) << '\n';
    return kOk;
  }
  print_ranges(options, {{"R", result->r}}, call);
  call.out << kPaper << "section 4.2.3 and appendix B.\n";
  return kOk;
}

std::vector<double> band_energies() {
  std::vector<double> energies;
  for (double energy = 15; energy <= 120; energy += 1.5) energies.push_back(energy);
  return energies;
}

std::vector<ShapePair> shape_pairs(const statistics::Samples& samples) {
  std::vector<ShapePair> pairs;
  for (std::size_t x = 0; x < level::kShapeParameters; ++x) {
    for (std::size_t y = x + 1; y < level::kShapeParameters; ++y) {
      const statistics::Box box{level::kShapePriors[x].range, level::kShapePriors[y].range};
      auto regions = statistics::credible_regions(samples.column(x), samples.column(y), box, std::array{0.95, 0.99});
      pairs.push_back({x, y, {{95, std::move(regions[0])}, {99, std::move(regions[1])}}});
    }
  }
  return pairs;
}

ordered_json shape_json(const Options& options, const level::ShapeSet& truth, const statistics::Samples& samples,
                        const std::vector<ShapePair>& pairs, const std::vector<level::BandPoint>& band) {
  const std::array best = {truth.shape.normalisation, truth.shape.gamma1, truth.shape.threshold_mev,
                           truth.shape.gamma2};
  ordered_json object = head(options);
  object["shape"] = options.shape;
  object["sigma0_cm2"] = truth.sigma0_cm2;
  for (std::size_t k = 0; k < level::kShapeParameters; ++k) {
    const std::string name(level::kShapePriors[k].name);
    const std::vector<double> values = samples.column(k);
    const Interval inner = statistics::credible_interval(values, 0.6827);
    object["parameters"][name] = {{"best", best[k]}, {"low", inner.low}, {"high", inner.high}};
    for (const int percent : {95, 99}) {
      const Interval interval = statistics::credible_interval(values, percent / 100.0);
      object["credible"][name][std::to_string(percent)] = {interval.low, interval.high};
    }
    object["prior"][name] = {level::kShapePriors[k].range.low, level::kShapePriors[k].range.high};
  }
  object["regions"] = ordered_json::array();
  for (const ShapePair& pair : pairs) {
    ordered_json region = {{"x", level::kShapePriors[pair.x].name}, {"y", level::kShapePriors[pair.y].name}};
    for (const Region& part : pair.regions) {
      region["contours"][std::to_string(part.percent)] = region_json(part.contours);
    }
    object["regions"].push_back(std::move(region));
  }
  object["band"] = ordered_json::array();
  for (const level::BandPoint& point : band) {
    object["band"].push_back({{"energy_mev", point.energy_mev},
                              {"truth_cm2", point.truth_cm2},
                              {"one_sigma_cm2", {point.one_sigma.low, point.one_sigma.high}},
                              {"three_sigma_cm2", {point.three_sigma.low, point.three_sigma.high}}});
  }
  object["sampler"] = {
      {"seed", options.seed},   {"samples", samples.size()},        {"effective_samples", samples.effective_size()},
      {"r_hat", samples.r_hat}, {"acceptance", samples.acceptance}, {"converged", samples.converged}};
  return object;
}

void print_shape(const Options& options, const statistics::Samples& samples, const std::vector<level::BandPoint>& band,
                 std::ostream& out) {
  out << fmt::format("sigma = R sigma_0 (E / 100 MeV)^gamma_1 (1 - E_thr / E)^gamma_2, {:g} t yr at {:g} m\n\n",
                     options.exposure_ton_years, options.distance_m);
  storage::Table table({"parameter", "68 % low", "high", "95 % low", "high", "prior"});
  for (std::size_t k = 0; k < level::kShapeParameters; ++k) {
    const auto& prior = level::kShapePriors[k];
    const std::vector<double> values = samples.column(k);
    const Interval inner = statistics::credible_interval(values, 0.6827);
    const Interval outer = statistics::credible_interval(values, 0.95);
    table.add({std::string(prior.name), fmt::format("{:.3f}", inner.low), fmt::format("{:.3f}", inner.high),
               fmt::format("{:.3f}", outer.low), fmt::format("{:.3f}", outer.high),
               fmt::format("{:g} ... {:g}", prior.range.low, prior.range.high)});
  }
  table.print(out);
  out << "\nAllowed cross section, 1e-40 cm2\n\n";
  storage::Table sigma({"MeV", "truth", "1 sigma", "3 sigma"});
  for (std::size_t i = 10; i < band.size(); i += 10) {
    const auto range = [](const Interval& interval) {
      return fmt::format("{:.3g} ... {:.3g}", interval.low * 1e40, interval.high * 1e40);
    };
    sigma.add({fmt::format("{:g}", band[i].energy_mev), fmt::format("{:.3g}", band[i].truth_cm2 * 1e40),
               range(band[i].one_sigma), range(band[i].three_sigma)});
  }
  sigma.print(out);
  out << fmt::format("\n{} samples worth {:.0f} independent ones, largest R-hat {:.4f}\n", samples.size(),
                     samples.effective_size(), *std::max_element(samples.r_hat.begin(), samples.r_hat.end()));
}

int fit_shape(const Options& options, Call& call) {
  const level::ShapeSet truth = options.shape == "fitted" ? level::kFittedShape : level::kPrintedShape;
  const level::CevnsShapeFit fit(truth, options.exposure_ton_years, options.distance_m, options.with_systematics());
  const statistics::Samples samples = fit.sample({.steps = 4000, .seed = options.seed});
  const std::vector<level::BandPoint> band = level::allowed_band(fit, samples, band_energies());
  std::vector<ShapePair> pairs;
  if (options.json || !options.plot.empty()) pairs = shape_pairs(samples);
  if (!options.plot.empty()) {
    write_svg(options.plot, plot_shape_fit(pairs, band, truth.shape, options.exposure_ton_years), 3);
  }
  if (options.json) {
    call.out << shape_json(options, truth, samples, pairs, band).dump(2) << '\n';
  } else {
    print_shape(options, samples, band, call.out);
  }
  if (samples.converged) return kOk;
  call.err << "spillway sensitivity: the sampler has not converged; take the regions as a sketch, or try another "
              "--seed\n";
  return kWrong;
}

struct Fit {
  std::string_view name;
  int (*run)(const Options& options, Call& call);
};
constexpr std::array kFits = {Fit{"nue_ar", fit_nue}, Fit{"cevns_norm", fit_norm}, Fit{"cevns_shape", fit_shape}};

int sensitivity_level(const Options& options, Call& call) {
  check(options);
  for (const Fit& fit : kFits) {
    if (fit.name == options.fit) return fit.run(options, call);
  }
  throw Error(
      fmt::format("--fit is `{}`; choose nue_ar (R and gamma of nu_e on argon), cevns_norm (one factor on "
                  "CEvNS) or cevns_shape (its four parameters)",
                  options.fit));
}

}  // namespace

Action define_sensitivity_level(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--fit", options->fit, "nue_ar, cevns_norm or cevns_shape")->required()->type_name("NAME");
  app.add_option("--exposure", options->exposure_ton_years, "Mass times time")->required()->type_name("TON_YEARS");
  app.add_option("--systematics", options->systematics, "on (5 % flux, 10 % kaons per pion) or off")
      ->type_name("WORD")
      ->capture_default_str();
  app.add_option("--distance-m", options->distance_m, "15, or 18 behind more shielding (CEvNS without background)")
      ->type_name("M")
      ->capture_default_str();
  app.add_option("--shape", options->shape, "True parameters of cevns_shape: fitted (to eq. 4.2) or printed")
      ->type_name("WORD")
      ->capture_default_str();
  app.add_option("--seed", options->seed, "Of the sampler of cevns_shape")
      ->type_name("N")
      ->check(WholeNumber{})
      ->capture_default_str();
  app.add_option("--plot", options->plot, "Draw contours, the profile or regions and band")->type_name("FILE.svg");
  app.add_flag("--json", options->json,
               "Print one JSON object: fit, exposure_ton_years, systematics, parameters, contours");
  return [options](Call& call) { return sensitivity_level(*options, call); };
}

}  // namespace spillway::cli
