#include "daq/run_control/conductor.hpp"

#include "tests/unit/run_control/orchestra.hpp"

namespace spillway::run_control {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(Orchestra, ConfiguresWhenEverybodyIsThere) {
  for (const auto& process : {"event_builder", "trigger", "readout.a.0", "online"}) hello(process);
  EXPECT_THAT(sent(), IsEmpty());
  hello("front_end.f");
  EXPECT_THAT(sent(), UnorderedElementsAre("event_builder configure", "trigger configure", "readout.a.0 configure",
                                           "online configure", "front_end.f configure"));
  EXPECT_EQ(conductor_.state(), "idle");
}

TEST_F(Orchestra, ConnectsEverybodyWithTheEndpointsOfAll) {
  greet_all();
  reply_to_all({{"event_builder", {{"decisions", "ipc://d"}}}, {"trigger", {{"pulses.f", "ipc://p"}}}});
  ASSERT_EQ(sends_.size(), 5U);
  for (const Send& send : sends_) {
    EXPECT_EQ(send.command.connect().endpoints().at("decisions"), "ipc://d");
    EXPECT_EQ(send.command.connect().endpoints().at("pulses.f"), "ipc://p");
  }
}

TEST_F(Orchestra, StartsReceiversBeforeSendersOneAfterTheOther) {
  greet_all();
  reply_to_all();
  reply_to_all();
  std::vector<std::string> order;
  while (conductor_.phase() == Phase::kArming) {
    ASSERT_EQ(sends_.size(), 1U);
    order.push_back(sends_.front().process);
    reply_to_all();
  }
  EXPECT_THAT(order, ElementsAre("event_builder", "trigger", "readout.a.0", "online", "front_end.f"));
  EXPECT_EQ(conductor_.phase(), Phase::kRunning);
  EXPECT_EQ(conductor_.state(), "running");
}

TEST_F(Orchestra, StopsAllWhenTheTriggerHasFixedTheEnd) {
  run();
  run_end(1000);
  EXPECT_EQ(conductor_.state(), "stopping");
  ASSERT_EQ(sends_.size(), 5U);
  for (const Send& send : sends_) EXPECT_EQ(send.command.stop().end_ns(), 1000);
  EXPECT_EQ(conductor_.outcome().end, Timestamp{1000});
}

TEST_F(Orchestra, EndsCompleteWhenBuilderFrontEndAndOnlineHaveFinished) {
  run();
  run_end(1000);
  builder_finished();
  EXPECT_EQ(conductor_.phase(), Phase::kClosing);
  tick();
  EXPECT_EQ(conductor_.phase(), Phase::kClosing);
  online_finished(51, 0);
  front_end_finished({{"out_of_order", 3}});
  tick();
  EXPECT_EQ(conductor_.phase(), Phase::kLeaving);
  EXPECT_THAT(sent(), Contains("event_builder exit"));
  die_all("ended with status 0");
  tick();
  EXPECT_TRUE(conductor_.done());
  const Outcome& outcome = conductor_.outcome();
  EXPECT_THAT(outcome.faults, IsEmpty());
  EXPECT_THAT(outcome.remarks, IsEmpty());
  EXPECT_EQ(outcome.counts->at(0).on(), 51U);
  EXPECT_EQ(outcome.input_skipped.at("out_of_order"), 3U);
}

TEST_F(Orchestra, AsksTheTriggerAloneToEndTheRun) {
  run();
  conductor_.end_run(now_);
  collect();
  EXPECT_THAT(sent(), ElementsAre("trigger end_run"));
  conductor_.end_run(now_);
  collect();
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(Orchestra, KeepsAWishToEndUntilItRuns) {
  greet_all();
  reply_to_all();
  reply_to_all();
  ASSERT_EQ(conductor_.phase(), Phase::kArming);
  conductor_.end_run(now_);
  collect_more();
  while (conductor_.phase() == Phase::kArming) reply_to_all();
  EXPECT_THAT(sent(), ElementsAre("trigger end_run"));
}

TEST_F(Orchestra, PausesAndResumesAll) {
  run();
  conductor_.pause();
  collect();
  EXPECT_EQ(sends_.size(), 5U);
  EXPECT_EQ(conductor_.state(), "paused");
  conductor_.resume();
  collect();
  EXPECT_THAT(sent(), Contains("trigger resume"));
  EXPECT_EQ(conductor_.state(), "running");
}

TEST_F(Orchestra, AbortsOnTheUsersWishAndKillsWhoStaysForTwoSeconds) {
  run();
  conductor_.abort("no beam today", now_);
  collect();
  EXPECT_EQ(sends_.size(), 5U);
  EXPECT_TRUE(sends_.front().command.abort().by_user());
  EXPECT_TRUE(conductor_.outcome().aborted);
  die("trigger", "ended with status 0");
  EXPECT_THAT(kills_, IsEmpty());
  pass(std::chrono::milliseconds(2100));
  EXPECT_THAT(kills_, UnorderedElementsAre("event_builder", "readout.a.0", "online", "front_end.f"));
  die_all("was killed by signal 9");
  EXPECT_FALSE(conductor_.done());
  pass(std::chrono::milliseconds(600));
  EXPECT_TRUE(conductor_.done());
}

TEST_F(Orchestra, GivesTheBuilderTimeToCloseItsFileWhenAnotherServiceDied) {
  run();
  die("trigger", "was killed by signal 9");
  EXPECT_EQ(conductor_.phase(), Phase::kAborting);
  EXPECT_FALSE(conductor_.outcome().aborted);
  EXPECT_THAT(conductor_.outcome().faults, ElementsAre("trigger was killed by signal 9"));
  EXPECT_THAT(sent(),
              UnorderedElementsAre("event_builder abort", "readout.a.0 abort", "online abort", "front_end.f abort"));
  EXPECT_FALSE(sends_.front().command.abort().by_user());
  for (const auto& process : {"readout.a.0", "online", "front_end.f"}) die(process, "ended with status 0");
  pass(std::chrono::seconds(5));
  EXPECT_THAT(kills_, IsEmpty());
  builder_finished();
  die("event_builder", "ended with status 0");
  tick();
  EXPECT_TRUE(conductor_.done());
  EXPECT_TRUE(conductor_.outcome().report);
}

TEST_F(Orchestra, BreaksOffWhenTheBuilderDies) {
  run();
  die("event_builder", "was killed by signal 9");
  EXPECT_EQ(conductor_.phase(), Phase::kAborting);
  die_all("ended with status 0");
  pass(std::chrono::milliseconds(600));
  EXPECT_TRUE(conductor_.done());
  EXPECT_FALSE(conductor_.outcome().report);
}

TEST_F(Orchestra, RestartsAReadoutAndBringsItBackIn) {
  run();
  const std::uint64_t old_boot = conductor_.boot_of("readout.a.0");
  die("readout.a.0", "was killed by signal 9");
  EXPECT_THAT(restarts_, ElementsAre("readout.a.0"));
  EXPECT_THAT(sent(), UnorderedElementsAre("event_builder peer_lost", "trigger peer_lost", "online peer_lost",
                                           "front_end.f peer_lost"));
  EXPECT_EQ(sends_.front().command.peer_lost().boot_id(), old_boot);
  reply_to_all({{"trigger", {{"primitives.readout.a.0", "ipc://fresh"}}}});
  EXPECT_THAT(sent(), IsEmpty());

  hello("readout.a.0");
  EXPECT_NE(conductor_.boot_of("readout.a.0"), old_boot);
  EXPECT_THAT(sent(), ElementsAre("readout.a.0 configure"));
  reply_to_all({{"readout.a.0", {{"frames.f.readout.a.0", "ipc://new"}}}});
  EXPECT_THAT(sent(), UnorderedElementsAre("readout.a.0 connect", "event_builder connect", "trigger connect",
                                           "online connect", "front_end.f connect"));
  for (const Send& send : sends_) {
    EXPECT_EQ(send.command.connect().endpoints().at("primitives.readout.a.0"), "ipc://fresh");
    EXPECT_EQ(send.command.connect().endpoints().at("frames.f.readout.a.0"), "ipc://new");
  }
  reply_to_all();
  EXPECT_THAT(sent(), ElementsAre("readout.a.0 start"));
  reply_to_all();
  EXPECT_EQ(conductor_.phase(), Phase::kRunning);
  EXPECT_THAT(conductor_.outcome().faults, ElementsAre(HasSubstr("readout.a.0 restarted")));
}

TEST_F(Orchestra, ConnectsARestartedReadoutOnlyWhenTheOthersHaveFreshEndpoints) {
  run();
  die("readout.a.0", "was killed by signal 9");
  const auto others = std::exchange(sends_, {});
  hello("readout.a.0");
  reply_to_all();
  EXPECT_THAT(sent(), IsEmpty());
  sends_ = others;
  reply_to_all();
  EXPECT_THAT(sent(), Contains("readout.a.0 connect"));
}

TEST_F(Orchestra, TellsAReadoutThatJoinsLateThatTheRunEnds) {
  run();
  die("readout.a.0", "was killed by signal 9");
  reply_to_all();
  run_end(5000);
  hello("readout.a.0");
  reply_to_all();
  reply_to_all();
  reply_to_all();
  ASSERT_THAT(sent(), Contains("readout.a.0 stop"));
  EXPECT_EQ(sends_.back().command.stop().end_ns(), 5000);
}

TEST_F(Orchestra, IgnoresWhatADeadProcessHadStillSaid) {
  run();
  v1::Report late;
  late.mutable_alarm()->set_text("from the grave");
  late.set_process("readout.a.0");
  late.set_boot_id(conductor_.boot_of("readout.a.0"));
  die("readout.a.0", "was killed by signal 9");
  hello("readout.a.0");
  alarms_.clear();
  conductor_.take(late, now_);
  collect();
  EXPECT_THAT(alarms_, IsEmpty());
}

TEST_F(Orchestra, RestartsTheOnlineStageWithoutAFault) {
  run();
  die("online", "was killed by signal 9");
  EXPECT_THAT(restarts_, ElementsAre("online"));
  EXPECT_THAT(sent(), IsEmpty());
  hello("online");
  reply_to_all();
  EXPECT_THAT(sent(), ElementsAre("online connect"));
  reply_to_all();
  reply_to_all();
  EXPECT_THAT(conductor_.outcome().faults, IsEmpty());
}

TEST_F(Orchestra, RestartsTheOnlineStageEvenWhileItCounts) {
  run();
  run_end(10);
  builder_finished();
  front_end_finished({});
  die("online", "was killed by signal 11");
  EXPECT_THAT(restarts_, ElementsAre("online"));
  hello("online");
  reply_to_all();
  reply_to_all();
  reply_to_all();
  EXPECT_THAT(sent(), ElementsAre("online stop"));
  online_finished(3, 4);
  tick();
  EXPECT_EQ(conductor_.phase(), Phase::kLeaving);
  EXPECT_THAT(conductor_.outcome().faults, IsEmpty());
}

TEST_F(Orchestra, EndsWithoutCountsWhenTheOnlineStageGivesNone) {
  run();
  run_end(10);
  builder_finished();
  front_end_finished({});
  pass(std::chrono::seconds(59));
  EXPECT_EQ(conductor_.phase(), Phase::kClosing);
  pass(std::chrono::seconds(2));
  EXPECT_EQ(conductor_.phase(), Phase::kLeaving);
  EXPECT_THAT(conductor_.outcome().remarks, ElementsAre("online stage gave no counts"));
  EXPECT_THAT(conductor_.outcome().faults, IsEmpty());
}

TEST_F(Orchestra, KnowsFromHeartbeatsWhatWasOnDiskWhenBuilderAndTriggerDied) {
  run();
  v1::Report beat;
  (*beat.mutable_heartbeat()->mutable_counters())["decisions"] = 9;
  (*beat.mutable_heartbeat()->mutable_counters())["decisions_acknowledged"] = 7;
  say("trigger", beat);
  die("event_builder", "was killed by signal 9");
  die("trigger", "was killed by signal 9");
  EXPECT_EQ(conductor_.outcome().decisions_made, 9U);
  EXPECT_EQ(conductor_.outcome().decisions_acknowledged, 7U);
}

TEST_F(Orchestra, GivesUpAReadoutThatKeepsDying) {
  run();
  for (int i = 0; i < 9 && conductor_.phase() == Phase::kRunning; ++i) {
    die("readout.a.0", "ended with status 1");
    hello("readout.a.0");
  }
  EXPECT_EQ(conductor_.phase(), Phase::kAborting);
  EXPECT_THAT(conductor_.outcome().faults, Contains(HasSubstr("times in a row")));
}

TEST_F(Orchestra, ReplacesAReadoutThatReportsAnError) {
  run();
  v1::Report beat;
  beat.mutable_heartbeat()->set_state("error");
  say("readout.a.0", beat);
  say("readout.a.0", beat);
  EXPECT_THAT(all_kills_, ElementsAre("readout.a.0"));
}

TEST_F(Orchestra, BreaksOffWhenTheTriggerReportsAnErrorAndSaysWhich) {
  run();
  v1::Report alarm;
  alarm.mutable_alarm()->set_text("clock ran backwards");
  say("trigger", alarm);
  v1::Report beat;
  beat.mutable_heartbeat()->set_state("error");
  say("trigger", beat);
  EXPECT_EQ(conductor_.phase(), Phase::kAborting);
  EXPECT_THAT(conductor_.outcome().faults, ElementsAre("trigger failed: clock ran backwards"));
}

TEST_F(Orchestra, RefusesToRunWhenAServiceRefusesItsConfiguration) {
  greet_all();
  reply("trigger", "bench.toml:4: trigger.a.prescale: must be 1 or more");
  EXPECT_EQ(conductor_.outcome().setup_error, "trigger: bench.toml:4: trigger.a.prescale: must be 1 or more");
  EXPECT_EQ(conductor_.phase(), Phase::kLeaving);
  EXPECT_THAT(sent(), Contains("trigger exit"));
  pass(std::chrono::milliseconds(2100));
  EXPECT_EQ(kills_.size(), 5U);
  die_all("was killed by signal 9");
  tick();
  EXPECT_TRUE(conductor_.done());
}

TEST_F(Orchestra, NamesWhoDidNotStartIn15Seconds) {
  for (const auto& process : {"event_builder", "trigger", "online", "front_end.f"}) hello(process);
  pass(std::chrono::seconds(16));
  EXPECT_THAT(conductor_.outcome().setup_error, HasSubstr("readout.a.0 did not answer within 15 s"));
  EXPECT_THAT(all_kills_, ElementsAre("readout.a.0"));
}

TEST_F(Orchestra, FailsWhenAServiceDiesTwiceWhileItIsSetUp) {
  greet_all();
  die("trigger", "ended with status 1");
  EXPECT_THAT(restarts_, ElementsAre("trigger"));
  die("trigger", "ended with status 1");
  EXPECT_THAT(conductor_.outcome().setup_error, HasSubstr("trigger ended with status 1"));
}

TEST_F(Orchestra, FailsWhenAServiceDiesToWhichOthersAreConnected) {
  greet_all();
  reply_to_all();
  die("readout.a.0", "was killed by signal 9");
  EXPECT_THAT(conductor_.outcome().setup_error, HasSubstr("readout.a.0 was killed by signal 9"));
}

TEST_F(Orchestra, StartsAServiceAgainThatDiesBeforeOthersAreConnectedToIt) {
  hello("event_builder");
  die("event_builder", "was killed by signal 9");
  EXPECT_THAT(restarts_, ElementsAre("event_builder"));
  greet_all();
  die("readout.a.0", "was killed by signal 9");
  EXPECT_THAT(restarts_, ElementsAre("readout.a.0"));
  hello("readout.a.0");
  EXPECT_THAT(sent(), ElementsAre("readout.a.0 configure"));
}

TEST_F(Orchestra, SetsUpTheOnlineStageAgainWhileOthersAreConnected) {
  greet_all();
  reply_to_all();
  const std::vector<Send> connects = sends_;
  die("online", "was killed by signal 9");
  EXPECT_THAT(restarts_, ElementsAre("online"));
  for (const Send& connect : connects) {
    if (connect.process != "online") reply_to(connect, "");
  }
  hello("online");
  EXPECT_THAT(sent(), ElementsAre("online configure"));
  reply_to_all();
  EXPECT_THAT(sent(), ElementsAre("online connect"));
  while (conductor_.phase() < Phase::kRunning && !sends_.empty()) reply_to_all();
  EXPECT_EQ(conductor_.phase(), Phase::kRunning);
  EXPECT_THAT(conductor_.outcome().faults, IsEmpty());
}

TEST_F(Orchestra, AbortsOnCtrlCBeforeItRuns) {
  hello("trigger");
  conductor_.end_run(now_);
  collect();
  EXPECT_TRUE(conductor_.outcome().aborted);
  EXPECT_THAT(sent(), ElementsAre("trigger abort"));
  EXPECT_THAT(kills_, UnorderedElementsAre("event_builder", "readout.a.0", "online", "front_end.f"));
}

TEST(BackoffTest, DoublesFrom100MsTo2SAndForgetsAfterTenSecondsOfLife) {
  Backoff backoff;
  Instant now{};
  std::vector<int> delays;
  for (int i = 0; i < 7; ++i) {
    const Instant at = backoff.next(now);
    delays.push_back(static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(at - now).count()));
    now = at + std::chrono::milliseconds(5);
  }
  EXPECT_THAT(delays, ElementsAre(100, 200, 400, 800, 1600, 2000, 2000));
  now += std::chrono::seconds(11);
  EXPECT_EQ(backoff.next(now) - now, std::chrono::milliseconds(100));
  EXPECT_EQ(backoff.in_a_row(), 1U);
}

}  // namespace
}  // namespace spillway::run_control
