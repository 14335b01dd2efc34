#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "daq/storage/catalogue.hpp"
#include "tests/unit/cli/folder.hpp"

namespace spillway::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A data folder with one finished run, whose one event file holds 5 bytes.
class CatalogueCommands : public testing::Test {
 protected:
  void SetUp() override {
    storage::Catalogue catalogue(folder_.path());
    run_ = catalogue.begin_run(new_run("bench"));
    const auto run_folder = storage::run_folder(folder_.path(), run_);
    std::filesystem::create_directories(run_folder);
    file_ = run_folder / "run000001_0000.h5";
    std::ofstream(file_) << "12345";
    model::RunSummary summary;
    summary.run = run_;
    summary.setup = "bench";
    summary.condition = model::Condition::kComplete;
    summary.digest = "abcdef";
    summary.gates["bench"].on = 7;
    catalogue.end_run(summary);
  }
  [[nodiscard]] Outcome command(std::vector<std::string> words) const {
    words.insert(words.end(), {"--data", folder_.path().string()});
    return spillway(words);
  }

  Folder folder_;
  std::uint64_t run_ = 0;
  std::filesystem::path file_;
};

TEST_F(CatalogueCommands, RunsAreListed) {
  const auto list = nlohmann::json::parse(command({"runs", "--json"}).out);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["run"], run_);
  EXPECT_EQ(list[0]["condition"], "COMPLETE");
  EXPECT_THAT(command({"runs"}).out, AllOf(HasSubstr("bench"), HasSubstr("COMPLETE"), HasSubstr("abcdef")));
}

TEST_F(CatalogueCommands, ARunIsShownWithItsComments) {
  EXPECT_EQ(command({"comment", "latest", "new cable, channel 0"}).status, kOk);
  EXPECT_THAT(command({"show", "1"}).out, AllOf(HasSubstr("COMPLETE"), HasSubstr("new cable, channel 0")));
  const auto object = nlohmann::json::parse(command({"show", "1", "--json"}).out);
  EXPECT_EQ(object["digest"], "abcdef");
  EXPECT_EQ(object["gates"]["bench"]["on"], 7);
  EXPECT_EQ(object["comments"][0]["text"], "new cable, channel 0");
  EXPECT_EQ(command({"show", "1", "--config"}).out, "[setup]\n");
}

TEST_F(CatalogueCommands, ARunThatDoesNotExistIsAnError) {
  for (const std::string name : {"2", "99999999999999999999999", "newest"}) {
    const Outcome outcome = command({"show", name});
    EXPECT_EQ(outcome.status, kUsage);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr(name), HasSubstr("spillway runs")));
  }
  EXPECT_EQ(command({"comment", "1", "  "}).status, kUsage);
}

TEST_F(CatalogueCommands, NothingIsUnderWay) {
  EXPECT_THAT(command({"status"}).out, HasSubstr("no run is under way"));
  EXPECT_THAT(nlohmann::json::parse(command({"status", "--json"}).out)["runs"], IsEmpty());
  const Outcome outcome = command({"stop", "1"});
  EXPECT_EQ(outcome.status, kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("not under way"));
  EXPECT_EQ(command({"stop", "latest"}).status, kUsage);
}

TEST_F(CatalogueCommands, PruneDeletesOnlyWithoutDryRunAndKeepsTheRunInTheCatalogue) {
  auto object = nlohmann::json::parse(command({"prune", "--keep-bytes", "4", "--dry-run", "--json"}).out);
  EXPECT_EQ(object["deleted"][0]["file"], file_.string());
  EXPECT_TRUE(std::filesystem::exists(file_));
  EXPECT_EQ(command({"prune", "--keep-bytes", "1KiB"}).status, kOk);
  EXPECT_TRUE(std::filesystem::exists(file_));
  const Outcome outcome = command({"prune", "--keep-bytes", "4"});
  EXPECT_EQ(outcome.status, kOk);
  EXPECT_THAT(outcome.out, HasSubstr(file_.string()));
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_EQ(nlohmann::json::parse(command({"show", "1", "--json"}).out)["digest"], "abcdef");
  const Outcome verified = command({"verify", "1", "--json"});
  EXPECT_EQ(verified.status, kWrong);
  EXPECT_THAT(nlohmann::json::parse(verified.out)["complaints"].dump(), HasSubstr("run 1"));
}

TEST_F(CatalogueCommands, PruneForgetsFilesOfADataFolderThatWasMoved) {
  {
    storage::Catalogue catalogue(folder_.path());
    model::RunSummary summary = catalogue.summary(run_).value();
    summary.files = {"/where/it/was/run000001/run000001_0000.h5"};
    catalogue.end_run(summary);
  }
  EXPECT_EQ(command({"prune", "--keep-bytes", "0"}).status, kOk);
  EXPECT_THAT(nlohmann::json::parse(command({"show", "1", "--json"}).out)["files"], IsEmpty());
}

TEST_F(CatalogueCommands, ARunThatIsUnderWayIsShownWithoutBooks) {
  storage::Catalogue(folder_.path()).begin_run(new_run("bench"));
  EXPECT_THAT(command({"show", "2"}).out, AllOf(HasSubstr("run 2 of bench: RUNNING"), Not(HasSubstr("1970"))));
}

TEST_F(CatalogueCommands, PruneLeavesARunningRunAlone) {
  storage::Catalogue catalogue(folder_.path());
  const std::uint64_t running = catalogue.begin_run(new_run("bench"));
  catalogue.set_endpoints(running, "ipc:///nowhere/query", "ipc:///nowhere/status");
  const auto folder = storage::run_folder(folder_.path(), running);
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "run000002_0000.h5") << "1234567890";
  std::ofstream(folder / "run000002_0001.h5.writing") << "1234567890";
  const Outcome outcome = command({"prune", "--keep-bytes", "0"});
  EXPECT_EQ(outcome.status, kWrong);
  EXPECT_THAT(outcome.err, HasSubstr("under way"));
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_TRUE(std::filesystem::exists(folder / "run000002_0000.h5"));
  EXPECT_TRUE(std::filesystem::exists(folder / "run000002_0001.h5.writing"));
}

TEST(EmptyDataFolder, SaysSo) {
  const Folder folder;
  EXPECT_EQ(spillway({"runs", "--data", folder.path().string()}).status, kOk);
  EXPECT_EQ(spillway({"runs", "--data", folder.path().string(), "--json"}).out, "[]\n");
  EXPECT_EQ(spillway({"status", "--data", folder.path().string()}).status, kOk);
  EXPECT_EQ(spillway({"show", "1", "--data", folder.path().string()}).status, kUsage);
  EXPECT_EQ(spillway({"verify", "1", "--data", folder.path().string()}).status, kWrong);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace spillway::cli
