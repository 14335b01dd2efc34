#include <algorithm>
#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/cli/level_plots.hpp"
#include "daq/cli/physics_commands.hpp"
#include "daq/cli/positive.hpp"
#include "daq/storage/text.hpp"
#include "detectors/physics/level/beam_dump.hpp"

namespace spillway::cli {
namespace {

namespace level = physics::level;
using nlohmann::ordered_json;

struct Options {
  std::string position = "C";
  double distance_m = 0;  ///< 0: the position's own
  std::string plot;
  bool json = false;
};

/// A row of the paper's table 1, ours beside it where it can be calculated.
struct Rate {
  const char* name;
  const char* meaning;
  double events = 0;
  double paper = 0;
  bool calculated = true;
  const char* note = "";
};

struct Expected {
  double distance_m = 0;
  std::vector<Rate> rates;
  LevelSpectra spectra;
  level::CevnsRate cevns;
  double kaon_line = 0;
};

constexpr const char* kEntered = "entered from table 1: its FLUKA spectrum is not printed";

level::PublishedRates position_of(const Options& options) {
  const auto published = level::published_rates(options.position);
  if (!published) {
    throw Error(fmt::format("--position is `{}`; choose A (on the beam's axis), B (14 degrees off) or C (across it)",
                            options.position));
  }
  return *published;
}

Expected at_position_c(const level::PublishedRates& paper, double distance_m) {
  Expected result;
  result.distance_m = distance_m;
  result.spectra = level_spectra(distance_m);
  const LevelSpectra& spectra = result.spectra;
  const double ratio = level::flux_ratio(distance_m);
  result.cevns = level::cevns_rate();
  for (double* part : {&result.cevns.pions, &result.cevns.ke3, &result.cevns.kaon_line}) *part *= ratio;
  result.kaon_line = ratio * level::neutral_current_of_kaon_line();
  const auto sum = [](const level::NuArgonSpectrum& spectrum) {
    return spectrum.pion_events() + spectrum.kaon_events();
  };
  result.rates = {
      {"nue_ar", "nu_e 40Ar -> e- 40K*, 100 t", sum(spectra.nue), paper.nue_ar, true, "9 % from Ke3"},
      {"anti_nue_ar", "anti-nu_e 40Ar -> e+ 40Cl*, 100 t", sum(spectra.anti_nue), paper.anti_nue_ar, true,
       "anti-nu_e taken as 10 % of the nu_e; the paper's FLUKA flux is not printed"},
      {"nux_ar", "nu 40Ar -> nu 40Ar*, 100 t", sum(spectra.neutral_current), paper.nux_ar, true,
       "without the 235.5 MeV line, which adds about 0.02; 0.042 comes out with neither"},
      {"cevns_per_ton", "CEvNS above 20 keV_nr, 1 t", result.cevns.total(), paper.cevns_per_ton, true,
       "with Ke3 and the 235.5 MeV line"},
      {"cc_nue", "nu_e, anti-nu_e quasi-elastic, 100 t", paper.cc_nue * ratio, paper.cc_nue, false, kEntered},
      {"cc_numu", "nu_mu, anti-nu_mu quasi-elastic, 100 t", paper.cc_numu * ratio, paper.cc_numu, false,
       "entered from table 1, which table 2 contradicts"},
  };
  return result;
}

Expected at_other_position(const level::PublishedRates& paper) {
  Expected result;
  result.distance_m = paper.distance_m;
  result.rates = {
      {"nue_ar", "nu_e 40Ar -> e- 40K*, 100 t", paper.nue_ar, paper.nue_ar, false, kEntered},
      {"anti_nue_ar", "anti-nu_e 40Ar -> e+ 40Cl*, 100 t", paper.anti_nue_ar, paper.anti_nue_ar, false, kEntered},
      {"nux_ar", "nu 40Ar -> nu 40Ar*, 100 t", paper.nux_ar, paper.nux_ar, false, kEntered},
      {"cevns_per_ton", "CEvNS, 1 t", paper.cevns_per_ton, paper.cevns_per_ton, false, kEntered},
      {"cc_nue", "nu_e, anti-nu_e below 10 GeV, 100 t", paper.cc_nue, paper.cc_nue, false, kEntered},
      {"cc_numu", "nu_mu, anti-nu_mu below 10 GeV, 100 t", paper.cc_numu, paper.cc_numu, false, kEntered},
      {"cc_nutau", "nu_tau, anti-nu_tau below 10 GeV, 100 t", paper.cc_nutau, paper.cc_nutau, false, kEntered},
  };
  return result;
}

Expected expect(const Options& options) {
  const level::PublishedRates paper = position_of(options);
  const double distance = options.distance_m == 0 ? paper.distance_m : options.distance_m;
  require_positive(distance, "--distance-m", "metres");
  if (options.position == "C") return at_position_c(paper, distance);
  if (distance != paper.distance_m) {
    throw Error(
        fmt::format("--distance-m: at position {} only the paper's {:g} m are known; leave it out, or take "
                    "position C",
                    options.position, paper.distance_m));
  }
  if (!options.plot.empty()) {
    throw Error(fmt::format("--plot: the spectra of position {} are not known; take position C", options.position));
  }
  return at_other_position(paper);
}

ordered_json energy_bins(const level::NuArgonSpectrum& spectrum) {
  ordered_json bins = ordered_json::array();
  for (std::size_t i = 0; i < spectrum.pions.size(); ++i) {
    bins.push_back({{"low_mev", spectrum.edges_mev[i]},
                    {"high_mev", spectrum.edges_mev[i + 1]},
                    {"events", spectrum.pions[i].events + spectrum.kaons[i].events}});
  }
  return bins;
}

ordered_json recoil_bins(const level::CevnsSpectrum& spectrum) {
  ordered_json bins = ordered_json::array();
  for (std::size_t i = 0; i < spectrum.pions.size(); ++i) {
    bins.push_back({{"low_kevnr", spectrum.edges_kevnr[i]},
                    {"high_kevnr", spectrum.edges_kevnr[i + 1]},
                    {"events", spectrum.pions[i] + spectrum.ke3[i] + spectrum.kaon_line[i]}});
  }
  return bins;
}

void print_json(const Options& options, const Expected& expected, std::ostream& out) {
  ordered_json object = {{"facility", "level"}, {"position", options.position}, {"distance_m", expected.distance_m}};
  ordered_json notes = ordered_json::object();
  for (const Rate& rate : expected.rates) {
    object["per_dump"][rate.name] = rate.events;
    object["paper"][rate.name] = rate.paper;
    notes[rate.name] = rate.note;
  }
  if (options.position == "C") {
    object["per_dump"]["nux_ar_kaon_line"] = expected.kaon_line;
    object["per_dump"]["nue_ar_from_kaons"] = expected.spectra.nue.kaon_events();
    object["per_dump"]["neutrons_per_cm2"] = level::neutrons_per_cm2_dump(expected.distance_m);
    object["spectra"] = {{"nue_ar", energy_bins(expected.spectra.nue)},
                         {"anti_nue_ar", energy_bins(expected.spectra.anti_nue)},
                         {"nux_ar", energy_bins(expected.spectra.neutral_current)},
                         {"cevns", recoil_bins(expected.spectra.cevns)}};
  }
  object["notes"] = std::move(notes);
  out << object.dump(2) << '\n';
}

void print_table(const Options& options, const Expected& expected, std::ostream& out) {
  out << fmt::format("Events per dump at position {}, {:g} m from the dump\n\n", options.position, expected.distance_m);
  const bool as_published = expected.distance_m == position_of(options).distance_m;
  storage::Table table({"events", "ours", "paper", "what", "note"});
  for (const Rate& rate : expected.rates) {
    table.add({rate.name, rate.calculated || !as_published ? fmt::format("{:.4g}", rate.events) : "-",
               as_published ? fmt::format("{:g}", rate.paper) : "-", rate.meaning, rate.note});
  }
  table.print(out);
  if (options.position == "C") {
    out << fmt::format(
        "\nCEvNS: {:.4f} from pions, {:.4f} from Ke3, {:.4f} from the 235.5 MeV line. Neutral current of that line: "
        "{:.3f}.\nNeutrons: {:.1e} /cm2/dump behind borated concrete. Cosmic muons: {:.3f} a dump, {:.1f} in a readout "
        "of {:g} ms, of which {:g} stay.\n",
        expected.cevns.pions, expected.cevns.ke3, expected.cevns.kaon_line, expected.kaon_line,
        level::neutrons_per_cm2_dump(expected.distance_m), level::kCosmicMuonRate_hz * 86e-6,
        level::kCosmicMuonRate_hz * level::kDriftReadout_ms / 1000, level::kDriftReadout_ms,
        level::kCosmicMuonRejection);
  }
  out << "Paper: Kelly et al., arXiv:2104.12785, table 1.\n";
}

int expect_level(const Options& options, Call& call) {
  const Expected expected = expect(options);
  if (!options.plot.empty()) write_svg(options.plot, plot_spectra(expected.spectra, expected.distance_m), 2);
  options.json ? print_json(options, expected, call.out) : print_table(options, expected, call.out);
  return kOk;
}

}  // namespace

Action define_expect_level(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--position", options->position, "A, B or C, where the detector stands")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--distance-m", options->distance_m, "Distance from the dump [15 at position C]")->type_name("M");
  app.add_option("--plot", options->plot, "Draw the spectra of the paper's figure 6")->type_name("FILE.svg");
  app.add_flag("--json", options->json,
               "Print one JSON object: facility, position, distance_m, per_dump, paper, spectra, notes");
  return [options](Call& call) { return expect_level(*options, call); };
}

}  // namespace spillway::cli
