#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"
#include "daq/cli/template_file.hpp"
#include "tests/unit/cli/folder.hpp"

namespace spillway::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string write(const Folder& folder, const std::string& name, const std::string& text) {
  std::ofstream(folder / name) << text;
  return folder / name;
}

/// What is said of data, signal and one background.
Outcome fit(const Folder& folder, const std::string& data, const std::string& signal, const std::string& background,
            const std::string& sigma = "") {
  return spillway({"fit-templates", "--data", write(folder, "data.txt", data), "--signal",
                   write(folder, "signal.txt", signal), "--background",
                   write(folder, "background.txt", background) + sigma, "--json"});
}

TEST(FitTemplates, FindsTheSumsOfDisjointTemplates) {
  const Folder folder;
  const Outcome outcome = fit(folder, "# energy counts\n1 10\n2 20\n\n", "1 3\n2 0\n", "1\t0\r\n2\t5\r\n", ":0.5");
  ASSERT_EQ(outcome.status, kOk) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_NEAR(json["signal"]["events"], 10, 1e-4);
  EXPECT_EQ(json["backgrounds"].size(), 1U);
  EXPECT_EQ(json["backgrounds"][0]["file"], folder / "background.txt");
  EXPECT_LT(json["signal"]["low"], 10);
  EXPECT_GT(json["signal"]["high"], 10);
}

TEST(FitTemplates, RefusesWhatIsWrongWithFileLineAndRemedy) {
  const Folder folder;
  const struct {
    const char* data;
    const char* signal;
    const char* background;
    const char* sigma;
    const char* file;
    const char* says;
  } kCases[] = {
      {"1 10\n2 x\n", "1 1\n2 1\n", "1 1\n2 1\n", "", "data.txt:2", "`x` is no number"},
      {"1 10\n2 nan\n", "1 1\n2 1\n", "1 1\n2 1\n", "", "data.txt:2", "no number"},
      {"1 10\n2 -3\n", "1 1\n2 1\n", "1 1\n2 1\n", "", "data.txt:2", "not negative"},
      {"1 10\n2 3 4\n", "1 1\n2 1\n", "1 1\n2 1\n", "", "data.txt:2", "same columns"},
      {"10\n3\n", "1 1\n2 1\n", "1 1\n2 1\n", "", "data.txt:1", "one column"},
      {"", "1 1\n2 1\n", "1 1\n2 1\n", "", "data.txt", "holds no bin"},
      {"1 10\n1 3\n", "1 1\n2 1\n", "1 1\n2 1\n", "", "data.txt:2", "once"},
      {"1 10\n2 3\n", "1 1\n2 1\n3 1\n", "1 1\n2 1\n", "", "signal.txt", "same bins"},
      {"1 10\n2 3\n", "1 1\n2.5 1\n", "1 1\n2 1\n", "", "signal.txt:2", "same bins"},
      {"1 10\n2 3\n", "1 1\n2 1\n", "1 0\n2 0\n", "", "background.txt", "must expect something"},
      {"1 10\n2 3\n", "1 1\n2 0\n", "1 1\n2 0\n", "", "data.txt:2", "no template expects"},
      {"1 10\n2 3\n", "1 1\n2 1\n", "1 1\n2 1\n", ":0", "background.txt", "above 0"},
      {"1 10\n2 3\n", "1 1\n2 1\n", "1 1\n2 1\n", ":-1", "background.txt", "above 0"},
  };
  for (const auto& wrong : kCases) {
    const Outcome outcome = fit(folder, wrong.data, wrong.signal, wrong.background, wrong.sigma);
    EXPECT_EQ(outcome.status, kUsage) << wrong.says;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr(wrong.file), HasSubstr(wrong.says)));
    EXPECT_EQ(outcome.out, "");
  }
  EXPECT_THAT(spillway({"fit-templates", "--data", folder / "no", "--signal", folder / "no"}).err,
              HasSubstr("no file"));
}

TEST(FitTemplates, DamagedBytesAreShownAsPrintableText) {
  try {
    (void)parse_template("x.txt", std::string("1 2\n\xff\x1b[31m 3\n"));
    FAIL() << "parsed";
  } catch (const Error& error) {
    EXPECT_STREQ(std::string(error.what()).substr(0, 21).c_str(), "x.txt:2: `??[31m` is ");
  }
  EXPECT_THROW((void)parse_template("x.txt", "1 1e999\n"), Error);
  EXPECT_THROW((void)parse_template("x.txt", std::string(1000, '1') + std::string("\0 2", 3)), Error);
}

TEST(FitTemplates, DrawsWhatItFits) {
  const Folder folder;
  ASSERT_EQ(fit(folder, "1 10\n2 20\n", "1 3\n2 1\n", "1 1\n2 5\n").status, kOk);
  const Outcome outcome = spillway({"fit-templates", "--data", folder / "data.txt", "--signal", folder / "signal.txt",
                                    "--background", folder / "background.txt", "--plot", folder / "fit.svg"});
  EXPECT_EQ(outcome.status, kOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("significance"));
  EXPECT_TRUE(std::filesystem::exists(folder / "fit.svg"));
}

// COHERENT, arXiv:2006.12669 (analysis A): 159 +- 43 CEvNS events.
TEST(FitTemplates, FindsThePublishedCevnsOnArgon) {
  const char* data = std::getenv("SPILLWAY_TEST_DATA");
  const std::string folder = std::string(data == nullptr ? "" : data) + "/cenns10/";
  if (data == nullptr || !std::filesystem::exists(folder + "datanobkgsub.txt")) {
    GTEST_SKIP() << "SPILLWAY_TEST_DATA does not name a folder with cenns10/datanobkgsub.txt";
  }
  const Outcome outcome =
      spillway({"fit-templates", "--data", folder + "datanobkgsub.txt", "--signal", folder + "cevnspdf.txt",
                "--background", folder + "bkgpdf.txt:0.013", "--background", folder + "brnpdf.txt:0.32", "--background",
                folder + "delbrnpdf.txt:0.33", "--json"});
  ASSERT_EQ(outcome.status, kOk) << outcome.err;
  const auto signal = nlohmann::json::parse(outcome.out)["signal"];
  EXPECT_NEAR(signal["events"], 159, 10);
  const double half_width = (signal["high"].get<double>() - signal["low"].get<double>()) / 2;
  EXPECT_NEAR(half_width, 43, 0.15 * 43);
}

}  // namespace
}  // namespace spillway::cli
