#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"
#include "daq/cli/command.hpp"
#include "daq/cli/plot/svg_plot.hpp"
#include "daq/cli/template_file.hpp"
#include "detectors/statistics/template_fit.hpp"

namespace spillway::cli {
namespace {

using statistics::Interval;
using statistics::Template;
using statistics::TemplateFit;

struct Options {
  std::string data;
  std::string signal;
  std::vector<std::string> backgrounds;
  std::string plot;
  bool json = false;
};

struct Background {
  std::string file;
  double sigma = std::numeric_limits<double>::infinity();
};

/// "FILE" or "FILE:SIGMA"; a colon that no number follows belongs to the name.
Background background(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return {text};
  Background result{text.substr(0, colon)};
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data() + colon + 1, end, result.sigma);
  if (failed != std::errc{} || stop != end) return {text};
  if (!(result.sigma > 0) || !std::isfinite(result.sigma)) {
    throw Error(
        fmt::format("--background {}: the uncertainty is {}; give a part of the template's sum above 0, such as "
                    "{}:0.05, or none to leave it free",
                    text, result.sigma, result.file));
  }
  return result;
}

struct Input {
  TemplateFile data;
  std::vector<TemplateFile> files;  ///< signal, then backgrounds
  std::vector<Template> templates;
};

void add(Input& input, const std::string& file, double sigma) {
  input.files.push_back(read_template(file));
  const TemplateFile& part = input.files.back();
  require_same_bins(input.data, part);
  if (!(part.sum > 0) || !std::isfinite(part.sum)) {
    throw Error(fmt::format("{}: its counts sum to {}; a template must expect something, so leave it out or fill it",
                            file, part.sum));
  }
  input.templates.push_back({part.counts, sigma});
}

Input read(const Options& options) {
  if (options.backgrounds.size() >= statistics::kMaxTemplates) {
    throw Error(fmt::format("{} backgrounds; at most {} can be fitted at once, so add up those that belong together",
                            options.backgrounds.size(), statistics::kMaxTemplates - 1));
  }
  Input input;
  input.data = read_template(options.data);
  add(input, options.signal, std::numeric_limits<double>::infinity());
  for (const std::string& text : options.backgrounds) {
    const Background part = background(text);
    add(input, part.file, part.sigma);
  }
  for (std::size_t i = 0; i < input.data.bins(); ++i) {
    double expected = 0;
    for (const Template& part : input.templates) expected += part.counts[i];
    if (input.data.counts[i] > 0 && expected == 0) {
      throw Error(
          fmt::format("{}:{}: {} counts in a bin where no template expects any; leave the bin out of all files, "
                      "or add the background that fills it",
                      input.data.name, input.data.lines[i], input.data.counts[i]));
    }
  }
  return input;
}

/// The bins' projection on one coordinate: a point at each of its values, between neighbours an edge half way.
struct Projection {
  std::vector<double> centres;
  std::vector<double> edges;
  std::vector<double> project(const TemplateFile& file, std::size_t column, std::span<const double> counts) const {
    std::vector<double> sums(centres.size());
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const double x = file.coordinates[i * (file.columns - 1) + column];
      const auto at = std::lower_bound(centres.begin(), centres.end(), x) - centres.begin();
      sums[static_cast<std::size_t>(at)] += counts[i];
    }
    return sums;
  }
};

Projection projection(const TemplateFile& file, std::size_t column) {
  std::set<double> values;
  for (std::size_t i = 0; i < file.bins(); ++i) values.insert(file.coordinates[i * (file.columns - 1) + column]);
  Projection result{{values.begin(), values.end()}, {}};
  const auto& centres = result.centres;
  const std::size_t n = centres.size();
  const double first = n > 1 ? centres[1] - centres[0] : 1;
  const double last = n > 1 ? centres[n - 1] - centres[n - 2] : 1;
  result.edges.push_back(centres.front() - first / 2);
  for (std::size_t i = 1; i < n; ++i) result.edges.push_back((centres[i - 1] + centres[i]) / 2);
  result.edges.push_back(centres.back() + last / 2);
  return result;
}

std::string stem(const TemplateFile& file) {
  return std::filesystem::path(file.name).stem().string();
}

/// One panel a coordinate: the data, and the fitted templates on top of each other with the signal uppermost.
void plot(const Input& input, const TemplateFit& fit, const std::string& file) {
  std::vector<SvgPlot> panels;
  for (std::size_t column = 0; column + 1 < input.data.columns; ++column) {
    const Projection on = projection(input.data, column);
    SvgPlot panel(fmt::format("{}: projection on column {}", stem(input.data), column + 1),
                  {.label = fmt::format("Coordinate {}", column + 1)}, {.label = "Counts per bin"});
    std::vector<std::vector<double>> stacked;
    std::vector<double> sum(on.centres.size());
    for (std::size_t k = input.templates.size(); k-- > 0;) {
      std::vector<double> part = on.project(input.data, column, input.templates[k].counts);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += part[i] * fit.events[k] / input.files[k].sum;
      stacked.push_back(sum);
    }
    for (std::size_t k = 0; k < input.templates.size(); ++k) {
      panel.histogram(fmt::format("{}: {:.0f}", stem(input.files[k]), fit.events[k]), on.edges,
                      stacked[stacked.size() - 1 - k], {.width = 1.2, .fill = 1});
    }
    std::vector<PlotPoint> points;
    std::vector<double> low;
    std::vector<double> high;
    const std::vector<double> counts = on.project(input.data, column, input.data.counts);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      points.push_back({on.centres[i], counts[i]});
      low.push_back(counts[i] - std::sqrt(counts[i]));
      high.push_back(counts[i] + std::sqrt(counts[i]));
    }
    panel.points(stem(input.data), points, low, high, {.colour = "#000000", .width = 1.4});
    panels.push_back(std::move(panel));
  }
  write_svg(file, panels, std::min<std::size_t>(panels.size(), 2));
}

void print_json(const Input& input, const TemplateFit& fit, Call& call) {
  const auto result = [&](std::size_t k) {
    nlohmann::ordered_json object;
    if (k > 0) object["file"] = input.files[k].name;
    object["events"] = fit.events[k];
    object["low"] = fit.intervals[k].low;
    object["high"] = fit.intervals[k].high;
    return object;
  };
  nlohmann::ordered_json object;
  object["signal"] = result(0);
  object["backgrounds"] = nlohmann::ordered_json::array();
  for (std::size_t k = 1; k < fit.events.size(); ++k) object["backgrounds"].push_back(result(k));
  object["significance"] = fit.significance;
  object["chi2"] = fit.chi2;
  object["ndf"] = fit.ndf;
  object["covariance"] = fit.covariance;
  call.out << object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void print_table(const Input& input, const TemplateFit& fit, Call& call) {
  call.out << fmt::format("{}: {:g} counts in {} bins\n\n", input.data.name, input.data.sum, input.data.bins());
  call.out << fmt::format("{:<24}{:>12}{:>12}{:>12}{:>14}\n", "template", "events", "low", "high", "expected");
  for (std::size_t k = 0; k < fit.events.size(); ++k) {
    const double sigma = input.templates[k].sigma;
    call.out << fmt::format("{:<24}{:>12.1f}{:>12.1f}{:>12.1f}{:>14}\n", stem(input.files[k]), fit.events[k],
                            fit.intervals[k].low, fit.intervals[k].high,
                            std::isinf(sigma)
                                ? fmt::format("{:.1f}", input.files[k].sum)
                                : fmt::format("{:.1f} ± {:.1f}", input.files[k].sum, sigma * input.files[k].sum));
  }
  call.out << fmt::format("\nsignificance {:.2f} σ, chi2/ndf {:.1f}/{}\n", fit.significance, fit.chi2, fit.ndf);
}

int fit_templates_command(const Options& options, Call& call) {
  const Input input = read(options);
  const TemplateFit fit = statistics::fit_templates(input.data.counts, input.templates);
  if (!fit.converged) {
    throw Error(
        "the fit did not converge: the templates do not constrain their sums; look for two of the same shape, "
        "or give a background its uncertainty as FILE:SIGMA");
  }
  options.json ? print_json(input, fit, call) : print_table(input, fit, call);
  if (!options.plot.empty()) plot(input, fit, options.plot);
  return kOk;
}

}  // namespace

Action define_fit_templates(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--data", options->data, "Observed counts: a line a bin, its coordinates and then its counts")
      ->required()
      ->type_name("FILE");
  app.add_option("--signal", options->signal, "Expected counts of the signal in the same bins")
      ->required()
      ->type_name("FILE");
  app.add_option("--background", options->backgrounds,
                 "Expected counts of a background; SIGMA constrains their sum, as a part of it. May be given several "
                 "times")
      ->type_name("FILE[:SIGMA]")
      ->allow_extra_args(false);
  app.add_option("--plot", options->plot, "Draw data and fitted templates on each coordinate")->type_name("FILE.svg");
  app.add_flag("--json", options->json,
               "Print one JSON object: signal, backgrounds, significance, chi2, ndf, covariance");
  return [options](Call& call) { return fit_templates_command(*options, call); };
}

}  // namespace spillway::cli
