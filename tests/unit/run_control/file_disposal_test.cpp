#include "daq/run_control/file_disposal.hpp"

#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daq/base/error.hpp"
#include "daq/storage/event_file.hpp"
#include "tests/unit/transport/support.hpp"

namespace spillway::run_control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Starts nothing, and remembers what it was asked to.
class FakeLauncher final : public Launcher {
 public:
  void start(const ProcessSpec& spec) override {
    if (broken) throw Error("there is no such program");
    verified.push_back(std::filesystem::path(spec.arguments.at(1)).filename().string());
  }
  std::vector<Ended> ended() override { return {}; }
  void signal(const std::string&, int) override {}
  [[nodiscard]] bool runs(const std::string&) const override { return false; }

  bool broken = false;
  std::vector<std::string> verified;
};

class Disposal : public ::testing::Test {
 protected:
  Disposal() {
    for (std::uint32_t part = 0; part < 3; ++part) std::ofstream(file(part)) << "events";
  }
  std::filesystem::path file(std::uint32_t part) const { return folder_.path() / storage::event_file_name(7, part); }
  /// Verifies what is due, all well.
  void verify_all() {
    while (disposal_.tick()) disposal_.ended({kVerifyProcess, "ended with status 0", 0, true});
  }
  std::set<int> left() const {
    std::set<int> parts;
    for (int part = 0; part < 3; ++part) {
      if (exists(file(static_cast<std::uint32_t>(part)))) parts.insert(part);
    }
    return parts;
  }

  test::SocketFolder folder_;
  FakeLauncher launcher_;
  Supervisor supervisor_{launcher_};
  FileDisposal disposal_{false, 7, {"", folder_.path(), folder_.path(), ""}, supervisor_};
};

TEST_F(Disposal, DeletesWhatTheOnlineStageHasReadAndAtTheEndTheRest) {
  disposal_.online_reads(2);
  verify_all();
  EXPECT_THAT(left(), ElementsAre(2));
  disposal_.run_over(true);
  verify_all();
  EXPECT_THAT(left(), IsEmpty());
  EXPECT_THAT(disposal_.problems(), IsEmpty());
  EXPECT_THAT(disposal_.text(), HasSubstr("3 event files"));
}

TEST_F(Disposal, KeepsWhatAnOnlineStageThatGaveNoCountsHasNotRead) {
  disposal_.online_reads(1);
  verify_all();
  disposal_.run_over(false);
  verify_all();
  EXPECT_THAT(left(), ElementsAre(1, 2));
  EXPECT_THAT(disposal_.problems(), ElementsAre(HasSubstr("_0001.h5 and those behind it are kept")));
}

TEST_F(Disposal, SaysOnceWhatCountsLackHoweverOftenTheOnlineStageDied) {
  disposal_.online_lost();
  EXPECT_THAT(disposal_.problems(), IsEmpty()) << "nothing was deleted yet";
  disposal_.online_reads(1);
  verify_all();
  disposal_.online_lost();
  disposal_.online_lost();
  EXPECT_THAT(disposal_.problems(), ElementsAre(HasSubstr("after 1 event file had been deleted")));
}

TEST_F(Disposal, KeepsForTheNextOnlineStageWhatIsBeingVerifiedWhenOneIsLost) {
  disposal_.online_reads(1);
  ASSERT_TRUE(disposal_.tick());
  disposal_.online_lost();
  verify_all();
  disposal_.ended({kVerifyProcess, "ended with status 0", 0, true});
  EXPECT_THAT(left(), ElementsAre(0, 1, 2));
  disposal_.online_reads(1);
  verify_all();
  EXPECT_THAT(left(), ElementsAre(1, 2));
  EXPECT_THAT(disposal_.problems(), IsEmpty()) << "nothing is lacking";
}

TEST_F(Disposal, KeepsAFileThatDoesNotVerifyAndGoesOnWithTheNext) {
  disposal_.online_reads(2);
  ASSERT_TRUE(disposal_.tick());
  disposal_.ended({kVerifyProcess, "ended with status 1", 0, false});
  verify_all();
  EXPECT_THAT(left(), ElementsAre(0, 2));
  EXPECT_THAT(disposal_.problems(), ElementsAre(HasSubstr("its verification ended with status 1")));
}

TEST_F(Disposal, KeepsEverythingWhereNothingCanBeVerified) {
  launcher_.broken = true;
  disposal_.run_over(true);
  EXPECT_FALSE(disposal_.tick());
  EXPECT_FALSE(disposal_.tick());
  EXPECT_THAT(left(), ElementsAre(0, 1, 2));
  EXPECT_THAT(disposal_.problems(), ElementsAre(HasSubstr("unverified: there is no such program")));
}

}  // namespace
}  // namespace spillway::run_control
