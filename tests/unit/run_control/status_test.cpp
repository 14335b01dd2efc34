#include <gmock/gmock.h>

#include "daq/base/error.hpp"
#include "daq/run_control/options.hpp"
#include "daq/run_control/progress.hpp"
#include "daq/run_control/status_board.hpp"
#include "daq/run_control/summary.hpp"

namespace spillway::run_control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

v1::Report beat(const std::string& process) {
  v1::Report report;
  report.set_process(process);
  report.mutable_heartbeat()->set_state("running");
  report.mutable_heartbeat()->set_next_in_ms(500);
  return report;
}

v1::Report readout(std::uint64_t accepted) {
  auto report = beat("readout.a.0");
  auto& totals = *report.mutable_heartbeat()->add_streams();
  totals.set_stream("a/0");
  totals.set_sent(100);  // what the front end told it
  totals.set_accepted(accepted);
  (*totals.mutable_lost())["sequence_gap"] = 2;
  return report;
}

class Board : public ::testing::Test {
 protected:
  v1::RunStatus status() {
    v1::RunStatus status;
    status.set_run(4);
    status.set_begin_ns(1'000'000'000);
    status.set_state("running");
    status.set_speed(1);
    board_.fill(status, now_);
    return status;
  }
  Instant now_{std::chrono::hours(1)};
  StatusBoard board_;
};

TEST_F(Board, PutsTogetherWhatServicesSay) {
  auto trigger = beat("trigger");
  (*trigger.mutable_heartbeat()->mutable_counters())["gates.bench.on"] = 10;
  (*trigger.mutable_heartbeat()->mutable_counters())["gates.bench.off"] = 9;
  (*trigger.mutable_heartbeat()->mutable_counters())["gates_dropped.bench.off_touches_on"] = 1;
  (*trigger.mutable_heartbeat()->mutable_counters())["late_pulses.bench"] = 3;
  (*trigger.mutable_heartbeat()->mutable_counters())["decisions"] = 19;
  (*trigger.mutable_heartbeat()->mutable_counters())["decisions_acknowledged"] = 17;
  (*trigger.mutable_heartbeat()->mutable_gauges())["horizon_s"] = 2.5;
  auto front_end = beat("front_end.f");
  front_end.mutable_heartbeat()->add_streams()->set_stream("a/0");
  front_end.mutable_heartbeat()->mutable_streams(0)->set_sent(100);
  (*front_end.mutable_heartbeat()->mutable_gauges())["lag_s"] = 0.5;
  for (const auto& report : {trigger, front_end, readout(90)}) board_.take(report, now_);

  const auto shown = status();
  ASSERT_EQ(shown.gates_size(), 1);
  EXPECT_EQ(shown.gates(0).facility(), "bench");
  EXPECT_EQ(shown.gates(0).on(), 10U);
  EXPECT_EQ(shown.gates(0).off(), 9U);
  EXPECT_EQ(shown.gates(0).dropped().at("off_touches_on"), 1U);
  EXPECT_EQ(shown.gates(0).late_pulses(), 3U);
  EXPECT_EQ(shown.data_time_ns(), 3'500'000'000);
  EXPECT_EQ(shown.decisions_made(), 19U);
  EXPECT_EQ(shown.decisions_acknowledged(), 17U);
  ASSERT_EQ(shown.streams_size(), 1);
  EXPECT_EQ(shown.streams(0).sent(), 100U);
  EXPECT_EQ(shown.streams(0).accepted(), 90U);
  EXPECT_EQ(shown.lag_s(), 0.5);
  EXPECT_EQ(shown.services_size(), 3);
}

TEST_F(Board, KeepsWhatADeadReadoutHadCounted) {
  board_.take(readout(90), now_);
  board_.lost("readout.a.0");
  board_.take(readout(5), now_);
  EXPECT_EQ(status().streams(0).accepted(), 95U);
  EXPECT_EQ(status().streams(0).lost().at("sequence_gap"), 4U);
}

TEST_F(Board, RemarksOnceOnSilenceAndOnReturn) {
  board_.take(beat("trigger"), now_);
  now_ += std::chrono::seconds(2);
  EXPECT_THAT(board_.remarks(now_), IsEmpty());
  now_ += std::chrono::seconds(2);
  EXPECT_THAT(board_.remarks(now_), ElementsAre("trigger has been silent for 4 s"));
  EXPECT_THAT(board_.remarks(now_), IsEmpty());
  board_.take(beat("trigger"), now_);
  EXPECT_THAT(board_.remarks(now_), ElementsAre("trigger is back"));
}

TEST_F(Board, RemarksOnceThatTheRunLags) {
  auto report = beat("front_end.f");
  (*report.mutable_heartbeat()->mutable_gauges())["lag_s"] = 1.5;
  board_.take(report, now_);
  EXPECT_THAT(board_.remarks(now_), ElementsAre(HasSubstr("lags 1.5 s behind")));
  EXPECT_THAT(board_.remarks(now_), IsEmpty());
}

TEST_F(Board, KeepsTheNewestAlarms) {
  for (int i = 0; i < 60; ++i) board_.add_alarm(std::to_string(i));
  EXPECT_EQ(status().alarms_size(), 50);
  EXPECT_EQ(status().alarms(49), "59");
}

TEST_F(Board, MakesAProgressLine) {
  auto trigger = beat("trigger");
  (*trigger.mutable_heartbeat()->mutable_counters())["gates.bench.on"] = 10;
  (*trigger.mutable_heartbeat()->mutable_gauges())["horizon_s"] = 2.5;
  auto& wait = *trigger.mutable_heartbeat()->add_waits();
  wait.set_link("decisions");
  wait.set_bytes(2'000'000);
  wait.set_seconds(3);
  const auto before = status();
  board_.take(trigger, now_);
  board_.take(readout(90), now_);
  const std::string line = progress_line(status(), before, 2);
  for (const char* part : {"run 4 running 2.5 s", "bench: 10 on, 0 off", "5.0 gates/s", "45.0 frames/s", "lag 0.0 s",
                           "lost 2", "waits: decisions 3 s (2.0 MB)"}) {
    EXPECT_THAT(line, HasSubstr(part));
  }
}

TEST(ProgressOutput, AFullDiskBehindStandardErrorDoesNotEndTheRun) {
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  std::setvbuf(full, nullptr, _IONBF, 0);
  Progress progress(full);
  EXPECT_NO_THROW(progress.say("alarm: the disk is full"));
  EXPECT_NO_THROW(progress.show({}, Instant{std::chrono::hours(1)}));
  std::fclose(full);
}

class SummaryTest : public ::testing::Test {
 protected:
  SummaryTest() {
    outcome_.report.emplace();
    outcome_.report->set_digest("abc");
    outcome_.report->add_files("/data/run000001/run000001.h5");
    outcome_.report->set_end_ns(2'000'000'000);
    outcome_.counts.emplace(1);
    outcome_.counts->at(0).set_detector("a");
    outcome_.counts->at(0).set_on(51);
  }
  [[nodiscard]] model::RunSummary summary() const { return summarize(outcome_, 1, "bench", Timestamp{0}, {"left"}); }
  Outcome outcome_;
};

TEST_F(SummaryTest, IsCompleteWithoutFaults) {
  EXPECT_EQ(summary().condition, model::Condition::kComplete);
  EXPECT_THAT(summary().reasons, IsEmpty());
  EXPECT_EQ(summary().digest, "abc");
  EXPECT_EQ(summary().counts.at(0).on, 51U);
}

TEST_F(SummaryTest, StaysCompleteWhenOnlyTheCountsAreMissing) {
  outcome_.counts.reset();
  outcome_.remarks = {"online stage gave no counts"};
  EXPECT_EQ(summary().condition, model::Condition::kComplete);
  EXPECT_THAT(summary().reasons, ElementsAre("online stage gave no counts"));
  EXPECT_THAT(summary().counts, IsEmpty());
}

TEST_F(SummaryTest, IsIncompleteWhenAnythingIsMissing) {
  outcome_.report->add_missing("a/0: 3 frames lost (sequence_gap)");
  EXPECT_EQ(summary().condition, model::Condition::kIncomplete);
  outcome_.report->clear_missing();
  outcome_.faults = {"trigger was killed by signal 9"};
  EXPECT_EQ(summary().condition, model::Condition::kIncomplete);
  EXPECT_THAT(summary().reasons, ElementsAre("trigger was killed by signal 9"));
}

TEST_F(SummaryTest, NamesTheFilesThatAreThereWhenTheBuilderClosedNoBooks) {
  outcome_.report.reset();
  EXPECT_EQ(summary().condition, model::Condition::kIncomplete);
  EXPECT_THAT(summary().files, ElementsAre("left"));
  EXPECT_THAT(summary().reasons, ElementsAre("the event builder closed no books"));
}

TEST_F(SummaryTest, IsAbortedOnTheUsersWish) {
  outcome_.aborted = true;
  outcome_.faults = {"aborted by the user"};
  EXPECT_EQ(summary().condition, model::Condition::kAborted);
}

TEST(Speed, IsRealtimeMaxOrAFactorThatTheClocksCanKeep) {
  EXPECT_EQ(parse_speed("realtime"), 1.0);
  EXPECT_EQ(parse_speed("max"), 0.0);
  EXPECT_EQ(parse_speed("2.5"), 2.5);
  EXPECT_EQ(parse_speed("1e-3"), 1e-3);
  EXPECT_EQ(parse_speed("1e6"), 1e6);
  for (const char* bad :
       {"", "fast", "0", "-1", "nan", "inf", "1x", "0.000999", "1e-300", "1000001", "1e308", "1e999"}) {
    try {
      static_cast<void>(parse_speed(bad));
      ADD_FAILURE() << "accepted: " << bad;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("must be realtime, max or a factor from 0.001 to 1000000")) << bad;
    }
  }
}

}  // namespace
}  // namespace spillway::run_control
