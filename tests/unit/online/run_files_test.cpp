#include "monitoring/online/run_files.hpp"

#include <fstream>

#include "tests/unit/online/written_run.hpp"

namespace spillway::online {
namespace {

namespace fs = std::filesystem;

class RunFilesTest : public test::WrittenRun {
 protected:
  CountsLine look() {
    files_.look();
    while (files_.step()) {
    }
    EXPECT_EQ(files_.error(), "");
    return feed_.counts().counts().front();
  }

  EventFeed feed_{config_, setup_};
  RunFiles files_{folder_, 7, feed_};
};

TEST_F(RunFilesTest, WaitsForTheFirstFile) {
  EXPECT_EQ(look().on, 0U);
  EXPECT_FALSE(files_.finished());
}

TEST_F(RunFilesTest, FollowsAFileWhileItIsWritten) {
  open_part(0);
  commit();
  EXPECT_EQ(look().on, 0U);
  for (std::uint64_t id = 0; id < 6; ++id) {
    write_gate(id);
    commit();
    EXPECT_EQ(look().on, id / 2 + 1);
  }
  EXPECT_DOUBLE_EQ(look().pot, 3e12);
  write_dead(model::DeadReason::kVeto, setup_.epoch.ns, (setup_.epoch + seconds(1)).ns);
  commit();
  EXPECT_EQ(look().on, 0U);
}

TEST_F(RunFilesTest, GoesOnThroughAllPartsToTheRunsBooks) {
  open_part(0);
  for (std::uint64_t id = 0; id < 4; ++id) write_gate(id);
  commit();
  EXPECT_EQ(look().on, 2U);
  write_gate(4);
  close_part(false);
  EXPECT_EQ(look().on, 3U);
  EXPECT_FALSE(files_.finished());
  open_part(1);
  for (std::uint64_t id = 5; id < 200; ++id) write_gate(id);
  commit();
  EXPECT_EQ(look().on, 100U);
  close_part(true);
  const CountsLine line = look();
  EXPECT_TRUE(files_.finished());
  EXPECT_EQ(line.on, 100U);
  EXPECT_EQ(line.off, 0U);
  EXPECT_EQ(line.live_on.ns, 400'000);
  EXPECT_EQ(line.data_time, setup_.epoch + seconds(1));
  EXPECT_EQ(feed_.counters().at("fragments"), 200U);
}

TEST_F(RunFilesTest, RebuildsEverythingAfterARestartAndFromClosedFiles) {
  open_part(0);
  for (std::uint64_t id = 0; id < 9; ++id) write_gate(id);
  close_part(false);
  open_part(1);
  for (std::uint64_t id = 9; id < 13; ++id) write_gate(id);
  write_dead(model::DeadReason::kPrescale, setup_.epoch.ns, (setup_.epoch + microseconds(2)).ns);
  commit();
  (void)look();
  close_part(true);
  const CountsLine live = look();

  EventFeed fresh(config_, setup_);
  RunFiles again(folder_, 7, fresh);
  while (again.step()) {
  }
  EXPECT_TRUE(again.finished());
  const CountsLine restarted = fresh.counts().counts().front();
  const CountsLine recomputed =
      recompute({folder_ / storage::event_file_name(7, 1), folder_ / storage::event_file_name(7, 0)}, config_).front();
  for (const CountsLine& line : {restarted, recomputed}) {
    EXPECT_EQ(line.on, live.on);
    EXPECT_EQ(line.off, live.off);
    EXPECT_EQ(line.live_on, live.live_on);
    EXPECT_EQ(line.pot, live.pot);
    EXPECT_EQ(line.excess_low, live.excess_low);
    EXPECT_EQ(line.data_time, live.data_time);
  }
}

TEST_F(RunFilesTest, GoesOnBehindADamagedFileAndTakesWhatBothHoldOnce) {
  open_part(0);
  for (std::uint64_t id = 0; id < 6; ++id) write_gate(id);
  commit();
  EXPECT_EQ(look().on, 3U);
  open_part(1);  // and nobody writes part 0 any more
  for (std::uint64_t id = 3; id < 10; ++id) write_gate(id);
  commit();
  EXPECT_EQ(look().on, 5U);
  EXPECT_EQ(files_.part(), 1U);
  close_part(true);
  const CountsLine line = look();
  EXPECT_TRUE(files_.finished());
  EXPECT_EQ(line.on, 5U);
  EXPECT_DOUBLE_EQ(line.pot, 5e12);
  EXPECT_EQ(feed_.counters().at("fragments"), 10U);
}

TEST_F(RunFilesTest, EndsWithoutBooksWhenToldThatNoFileFollows) {
  open_part(0);
  write_gate(0);
  close_part(false);
  (void)look();
  EXPECT_FALSE(files_.finished());
  files_.no_more_files();
  (void)look();
  EXPECT_TRUE(files_.finished());
}

TEST_F(RunFilesTest, SaysWhatIsWrongWithAFileAndTriesAgain) {
  const fs::path path = folder_ / (storage::event_file_name(7, 0) + ".writing");
  std::ofstream(path) << "this is no HDF5";
  files_.look();
  EXPECT_FALSE(files_.step());
  EXPECT_EQ(files_.errors_in_a_row(), 1U);
  EXPECT_NE(files_.error().find(path.filename().string()), std::string::npos);
  fs::remove(path);
  open_part(0);
  write_gate(0);
  commit();
  EXPECT_EQ(look().on, 1U);
  EXPECT_EQ(files_.errors_in_a_row(), 0U);
}

}  // namespace
}  // namespace spillway::online
