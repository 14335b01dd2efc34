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

json json_of(std::vector<std::string> words) {
  words.emplace_back("--json");
  const Outcome outcome = spillway(words);
  EXPECT_EQ(outcome.status, kOk) << outcome.err;
  return json::parse(outcome.out);
}

double half_width(const json& parameter) {
  return (parameter["high"].get<double>() - parameter["low"].get<double>()) / 2;
}

TEST(ExpectLevel, GivesRatesPerDumpAndTheirSpectra) {
  const json object = json_of({"expect", "level"});
  EXPECT_EQ(object["facility"], "level");
  const json& rates = object["per_dump"];
  EXPECT_NEAR(rates["nue_ar"].get<double>(), 1.6, 0.016);
  EXPECT_NEAR(rates["cevns_per_ton"].get<double>(), 0.16, 0.008);
  for (const char* name : {"nue_ar", "anti_nue_ar", "nux_ar"}) {
    double sum = 0;
    for (const json& bin : object["spectra"][name]) {
      EXPECT_NEAR(bin["high_mev"].get<double>() - bin["low_mev"].get<double>(), 2, 1e-12);
      sum += bin["events"].get<double>();
    }
    EXPECT_NEAR(sum, rates[name].get<double>(), 1e-9) << name;
  }
  EXPECT_EQ(object["spectra"]["cevns"][0]["low_kevnr"], 20);
  EXPECT_EQ(object["spectra"]["cevns"][0]["high_kevnr"], 60);
}

TEST(ExpectLevel, TheFluxFallsWithTheDistanceSquaredAndTheNeutronsFaster) {
  const json near = json_of({"expect", "level"})["per_dump"];
  const json far = json_of({"expect", "level", "--distance-m", "30"})["per_dump"];
  for (const char* name : {"nue_ar", "cevns_per_ton", "nux_ar_kaon_line"}) {
    EXPECT_NEAR(near[name].get<double>() / far[name].get<double>(), 4, 1e-9) << name;
  }
  EXPECT_LT(far["neutrons_per_cm2"].get<double>(), 1e-20);
}

TEST(ExpectLevel, OtherPositionsAreThePapersRates) {
  EXPECT_EQ(json_of({"expect", "level", "--position", "A"})["per_dump"]["cc_numu"], 51);
  EXPECT_EQ(json_of({"expect", "level", "--position", "B"})["per_dump"]["nue_ar"], 1.8);
}

TEST(SensitivityLevel, NuEOnArgonHasRangesAndClosedContours) {
  const json object = json_of({"sensitivity", "level", "--fit", "nue_ar", "--exposure", "100"});
  EXPECT_EQ(object["fit"], "nue_ar");
  EXPECT_EQ(object["exposure_ton_years"], 100);
  EXPECT_EQ(object["systematics"], true);
  EXPECT_NEAR(half_width(object["parameters"]["gamma"]), 0.10, 0.005);
  for (const char* percent : {"95", "99"}) {
    ASSERT_EQ(object["contours"][percent].size(), 1U);
    EXPECT_GT(object["contours"][percent][0].size(), 20U);
    EXPECT_EQ(object["contours"][percent][0][0].size(), 2U);
  }
}

TEST(SensitivityLevel, CevnsNormalisationDependsOnSystematicsAndDistance) {
  const auto width = [](const char* systematics, const char* distance) {
    return half_width(json_of({"sensitivity", "level", "--fit", "cevns_norm", "--exposure", "30", "--systematics",
                               systematics, "--distance-m", distance})["parameters"]["R"]);
  };
  EXPECT_NEAR(width("on", "15"), 0.060, 0.04 * 0.060);
  EXPECT_NEAR(width("off", "15"), 0.029, 0.02 * 0.029);
  EXPECT_NEAR(width("off", "18"), 0.027, 0.02 * 0.027);
}

TEST(SensitivityLevel, TheShapeHasRegionsAndABand) {
  const json object = json_of({"sensitivity", "level", "--fit", "cevns_shape", "--exposure", "30"});
  EXPECT_EQ(object["regions"].size(), 6U);
  for (const char* name : {"R", "gamma_1", "E_thr", "gamma_2"}) {
    const json& parameter = object["parameters"][name];
    EXPECT_LT(parameter["low"].get<double>(), parameter["high"].get<double>()) << name;
  }
  EXPECT_TRUE(object["sampler"]["converged"].get<bool>());
  EXPECT_GT(object["band"].size(), 50U);
}

TEST(SensitivityLevel, DrawsEachFit) {
  const Folder folder;
  for (const char* fit : {"nue_ar", "cevns_norm"}) {
    const std::string file = folder / (std::string(fit) + ".svg");
    const Outcome outcome = spillway({"sensitivity", "level", "--fit", fit, "--exposure", "30", "--plot", file});
    EXPECT_EQ(outcome.status, kOk) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("arXiv:2104.12785"));
    EXPECT_TRUE(std::filesystem::exists(file));
  }
  EXPECT_EQ(spillway({"expect", "level", "--plot", folder / "expect.svg"}).status, kOk);
  EXPECT_TRUE(std::filesystem::exists(folder / "expect.svg"));
}

TEST(Level, WhatMakesNoSenseIsRefusedWithARemedy) {
  const struct {
    std::vector<std::string> words;
    const char* says;
  } kCases[] = {
      {{"expect", "level", "--position", "D"}, "choose A"},
      {{"expect", "level", "--distance-m", "-3"}, "positive"},
      {{"expect", "level", "--position", "A", "--distance-m", "30"}, "position C"},
      {{"sensitivity", "level", "--fit", "nue", "--exposure", "1"}, "choose nue_ar"},
      {{"sensitivity", "level", "--fit", "nue_ar", "--exposure", "-1"}, "positive"},
      {{"sensitivity", "level", "--fit", "nue_ar", "--exposure", "nan"}, "positive"},
      {{"sensitivity", "level", "--fit", "nue_ar", "--exposure", "1e300"}, "between"},
      {{"sensitivity", "level", "--fit", "nue_ar", "--exposure", "1", "--systematics", "maybe"}, "on or off"},
      {{"sensitivity", "level", "--fit", "nue_ar", "--exposure", "1", "--distance-m", "17"}, "15 is position C"},
      {{"sensitivity", "level", "--fit", "cevns_shape", "--exposure", "1", "--shape", "round"}, "printed"},
  };
  for (const auto& wrong : kCases) {
    const Outcome outcome = spillway(wrong.words);
    EXPECT_EQ(outcome.status, kUsage) << wrong.says;
    EXPECT_THAT(outcome.err, HasSubstr(wrong.says));
    EXPECT_THAT(outcome.out, IsEmpty());
  }
}

}  // namespace
}  // namespace spillway::cli
