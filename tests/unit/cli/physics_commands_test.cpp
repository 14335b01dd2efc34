#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "daq/cli/command.hpp"
#include "tests/unit/cli/folder.hpp"

namespace spillway::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

std::string read(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

json json_of(std::vector<std::string> words) {
  words.emplace_back("--json");
  const Outcome outcome = spillway(words);
  EXPECT_EQ(outcome.status, kOk) << outcome.err;
  return json::parse(outcome.out);
}

TEST(ExpectEss, GivesSixDetectorsWithTheirBins) {
  const json object = json_of({"expect", "ess"});
  EXPECT_EQ(object["facility"], "ess");
  ASSERT_EQ(object["detectors"].size(), 6U);
  const json& csi = object["detectors"][0];
  EXPECT_EQ(csi["name"], "csi");
  EXPECT_NEAR(csi["events_per_year"].get<double>(), 8405, 100);
  EXPECT_EQ(csi["threshold_kevnr"], 1.0);
  EXPECT_EQ(csi["e_max_kevnr"], 46.1);
  ASSERT_EQ(csi["bins"].size(), 20U);
  for (const char* key : {"low_kevnr", "high_kevnr", "nu_mu", "nu_e", "anti_nu_mu", "background"}) {
    EXPECT_TRUE(csi["bins"][0][key].is_number()) << key;
  }
}

TEST(ExpectEss, DistanceAndTimeScaleWhatTheyShould) {
  const json near = json_of({"expect", "ess", "--detector", "ge", "--distance-m", "10", "--years", "1"});
  const json usual = json_of({"expect", "ess", "--detector", "ge"});
  const auto rate = [](const json& object) { return object["detectors"][0]["events_per_year"].get<double>(); };
  const auto bin = [](const json& object, const char* key) {
    return object["detectors"][0]["bins"][5][key].get<double>();
  };
  EXPECT_NEAR(rate(near) / rate(usual), 4, 1e-9);
  EXPECT_NEAR(bin(near, "nu_e") / bin(usual, "nu_e"), 4.0 / 3, 1e-9);
  EXPECT_NEAR(bin(near, "background") / bin(usual, "background"), 1.0 / 3, 1e-9);
}

TEST(ExpectEss, ShowsThePapersRateBesideOurs) {
  EXPECT_THAT(spillway({"expect", "ess"}).out, AllOf(HasSubstr("8476"), HasSubstr("8405"), HasSubstr("table 1")));
}

TEST(SensitivityEss, OneParameterOfOneDetectorIsARange) {
  const json object = json_of({"sensitivity", "ess", "--parameter", "sin2w", "--detector", "csi"});
  EXPECT_EQ(object["detector"], "csi");
  EXPECT_EQ(object["parameter"], "sin2w");
  EXPECT_EQ(object["delta_chi2"], 2.706);
  EXPECT_NEAR(object["high"].get<double>() - object["best"].get<double>(), 0.032, 0.0013);
  const json moment = json_of({"sensitivity", "ess", "--parameter", "mu_numu", "--detector", "ar"});
  EXPECT_EQ(moment["low"], 0.0);
  EXPECT_NEAR(moment["high"].get<double>(), 9, 0.54);
}

TEST(SensitivityEss, AllDetectorsAreAListOfResults) {
  const json object = json_of({"sensitivity", "ess", "--parameter", "r_ee"});
  ASSERT_EQ(object["results"].size(), 7U);
  EXPECT_EQ(object["results"][6]["detector"], "xe+ar");
}

TEST(SensitivityEss, NonStandardInteractionsAreClosedPolygons) {
  const json object = json_of({"sensitivity", "ess", "--parameter", "nsi", "--detector", "ar"});
  ASSERT_EQ(object["contours"].size(), 2U);
  EXPECT_GT(object["contours"][0].size(), 100U);
  EXPECT_EQ(object["contours"][0][0].size(), 2U);
  EXPECT_LT(object["eps_ee"][0], 0);
  EXPECT_GT(object["eps_mumu"][1], 0.4);
}

TEST(SensitivityEss, ChiSquareAtAPointIsWhatTheRangeSays) {
  const json range = json_of({"sensitivity", "ess", "--parameter", "r_mumu", "--detector", "ge"});
  for (const char* end : {"low", "high"}) {
    // --at=VALUE, because a negative number behind a blank would look like an option.
    const json point = json_of({"sensitivity", "ess", "--parameter", "r_mumu", "--detector", "ge",
                                "--at=" + std::to_string(range[end].get<double>())});
    EXPECT_NEAR(point["chi2"].get<double>(), 2.706, 1e-3);
  }
  const json point = json_of({"sensitivity", "ess", "--parameter", "nsi", "--detector", "si", "--at", "-0.05,0.1"});
  EXPECT_EQ(point["at"], (json{-0.05, 0.1}));
  EXPECT_GT(point["chi2"].get<double>(), 0);
}

TEST(SensitivityEss, TheFirstPowerOfTheTransitionRadiusIsAChoice) {
  const auto high = [](const char* power) {
    return json_of({"sensitivity", "ess", "--parameter", "r_emu", "--detector", "si", "--r-emu-power", power})["high"]
        .get<double>();
  };
  EXPECT_NEAR(high("1"), 11, 0.66);
  EXPECT_GT(high("2"), 20);
}

TEST(PhysicsCommands, RefuseWhatMakesNoSenseAndSayWhatWould) {
  struct Refusal {
    std::vector<std::string> words;
    const char* remedy;
  };
  for (const auto& [words, remedy] : {
           Refusal{{"expect", "ess", "--detector", "nai"}, "choose among csi"},
           Refusal{{"expect", "ess", "--distance-m", "-3"}, "between 1 and 10000 metres"},
           Refusal{{"expect", "ess", "--distance-m", "0"}, "between 1 and 10000 metres"},
           Refusal{{"expect", "ess", "--years", "nan"}, "between 0.001 and 1000 years"},
           Refusal{{"expect", "ess", "--plot", "/nowhere/at/all.svg"}, "/nowhere/at/all.svg"},
           Refusal{{"expect"}, "--help"},
           Refusal{{"sensitivity", "ess", "--parameter", "mass"}, "choose among sin2w"},
           Refusal{{"sensitivity", "ess", "--detector", "csi+nai"}, "choose among csi"},
           Refusal{{"sensitivity", "ess", "--years", "-1"}, "between 0.001 and 1000 years"},
           Refusal{{"sensitivity", "ess", "--parameter", "nsi", "--at", "1"}, "--at EPS_EE,EPS_MUMU"},
           Refusal{{"sensitivity", "ess", "--parameter", "sin2w", "--at", "1,2"}, "--at VALUE"},
           Refusal{{"sensitivity", "ess", "--at", "1"}, "--parameter"},
           Refusal{{"sensitivity", "ess", "--parameter", "r_emu", "--r-emu-power", "3"}, "printed formula"},
           Refusal{{"sensitivity", "ess", "--pulls", "none"}, "`shared` or `separate`"},
       }) {
    const Outcome outcome = spillway(words);
    EXPECT_EQ(outcome.status, kUsage) << words.back();
    EXPECT_THAT(outcome.out, IsEmpty()) << words.back();
    EXPECT_THAT(outcome.err, HasSubstr(remedy)) << words.back();
  }
}

TEST(PhysicsCommands, PlotsAreWrittenWithAxesAndUnits) {
  const Folder folder;
  const std::string file = folder / "figure.svg";
  EXPECT_EQ(spillway({"expect", "ess", "--detector", "csi", "--plot", file}).status, kOk);
  EXPECT_THAT(read(file), AllOf(HasSubstr("<svg"), HasSubstr("Recoil energy (keV_nr)"), HasSubstr("√background")));
  EXPECT_EQ(spillway({"sensitivity", "ess", "--parameter", "nsi", "--detector", "xe+ar", "--plot", file}).status, kOk);
  EXPECT_THAT(read(file), AllOf(HasSubstr("ε_ee"), HasSubstr("tpc_ar"), HasSubstr("xe+ar")));
  EXPECT_EQ(spillway({"sensitivity", "ess", "--parameter", "r_ee", "--detector", "ge", "--plot", file}).status, kOk);
  EXPECT_THAT(read(file), AllOf(HasSubstr("Δχ²"), HasSubstr("cm²")));
}

TEST(ExpectFacilities, TellsTheSourcesApart) {
  const json object = json_of({"expect", "facilities"});
  EXPECT_GE(object["facilities"].size(), 4U);
  EXPECT_THAT(spillway({"expect", "facilities"}).out, AllOf(HasSubstr("lhc_dump"), HasSubstr("S/sqrt(B)")));
}

}  // namespace
}  // namespace spillway::cli
