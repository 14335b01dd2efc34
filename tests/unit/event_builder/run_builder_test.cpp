#include "daq/event_builder/run_builder.hpp"

#include <unistd.h>

#include <filesystem>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daq/proto/convert.hpp"
#include "daq/storage/verify.hpp"
#include "detectors/frame_codec.hpp"
#include "tests/unit/event_builder/builder_bench.hpp"

namespace spillway::event_builder {
namespace {

namespace fs = std::filesystem;
using test::decision;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kBoot = 7;

class RunBuilderTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("spillway_builder_" + std::to_string(getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::unique_ptr<RunBuilder> start(const std::string& name = "run") {
    fs::create_directories(folder_ / name);
    storage::RunInfo info = storage::describe(setup_);
    info.run = 1;
    auto builder = std::make_unique<RunBuilder>(setup_, folder_ / name, info);
    builder->start();
    return builder;
  }

  static v1::Decisions decisions(std::uint32_t detector, std::uint64_t id, std::uint64_t boot = kBoot) {
    v1::Decisions message;
    v1::Decision& made = *message.add_decisions();
    made = proto::to_proto(decision(detector, id));
    for (int i = 0; i < (detector == 0 ? 2 : 1); ++i) made.add_boots(boot);
    made.set_sent_wall_ns(1);
    return message;
  }

  Arrival fragment(const std::string& stream, std::uint64_t id, std::uint64_t boot = kBoot,
                   std::size_t payload_bytes = 0) {
    const std::uint32_t detector = stream.starts_with("a") ? 0 : 1;
    if (payload_bytes == 0) payload_bytes = 10 + id % 50;
    return test::arrival(detector, stream, id, boot, Bytes(payload_bytes, static_cast<std::byte>(id)),
                         [this] { ++released_; });
  }

  static v1::TriggerEnd trigger_end(std::uint64_t decisions_of_a, std::uint64_t decisions_of_b) {
    v1::TriggerEnd end;
    end.set_end_ns(100'000);
    end.add_decisions(decisions_of_a);
    end.add_decisions(decisions_of_b);
    return end;
  }

  static v1::RunReport finish(RunBuilder& builder) {
    EXPECT_TRUE(builder.write(SIZE_MAX));
    EXPECT_TRUE(builder.complete());
    test::commit(builder);
    return builder.close(model::Condition::kIncomplete);
  }

  static std::vector<std::string> complaints(const v1::RunReport& report) {
    return storage::verify({report.files().begin(), report.files().end()}, {}).complaints;
  }

  model::Setup setup_ = test::setup();
  fs::path folder_;
  int released_ = 0;
};

TEST_F(RunBuilderTest, WritesARunThatVerifies) {
  auto builder = start();
  for (std::uint64_t id = 0; id < 5; ++id) {
    builder->add(decisions(0, id));
    for (const char* stream : {"a/0", "a/1"}) builder->add(fragment(stream, id));
  }
  builder->add(trigger_end(5, 0));
  const v1::RunReport report = finish(*builder);
  EXPECT_THAT(report.missing(), IsEmpty());
  EXPECT_EQ(report.decisions_acknowledged(), 5U);
  EXPECT_GT(report.latency_by_detector().at("a").p99_ms(), 0);
  EXPECT_EQ(released_, 10);
  EXPECT_EQ(report.files_size(), 1);
  EXPECT_THAT(complaints(report), IsEmpty());
}

TEST_F(RunBuilderTest, GivesTheSameDigestInWhateverOrderMessagesOfDifferentLinksCome) {
  std::vector<std::string> digests;
  for (unsigned seed = 0; seed < 8; ++seed) {
    std::mt19937 random(seed);
    auto builder = start("run" + std::to_string(seed));
    // Three links: decisions, and fragments of two processes.
    std::array<std::uint64_t, 3> next{};
    while (next[0] < 20 || next[1] < 20 || next[2] < 20) {
      const auto link = std::uniform_int_distribution<std::size_t>(0, 2)(random);
      if (next[link] == 20) continue;
      const std::uint64_t id = next[link]++;
      if (link == 0) {
        builder->add(decisions(0, id));
      } else {
        builder->add(fragment(link == 1 ? "a/0" : "a/1", id));
      }
      if (std::bernoulli_distribution(0.3)(random)) {
        ASSERT_TRUE(builder->write(SIZE_MAX));
        test::commit(*builder);
      }
    }
    builder->add(trigger_end(20, 0));
    const v1::RunReport report = finish(*builder);
    EXPECT_THAT(report.missing(), IsEmpty());
    EXPECT_THAT(complaints(report), IsEmpty());
    digests.push_back(report.digest());
  }
  for (const std::string& digest : digests) EXPECT_EQ(digest, digests.front());
}

TEST_F(RunBuilderTest, WritesWhatIsPromptBeforeWindowsOfGatedDetectors) {
  using What = RunBuilder::What;
  setup_.detectors[0].gated = true;
  auto builder = start();
  builder->add(decisions(0, 0));
  for (const char* stream : {"a/0", "a/1"}) builder->add(fragment(stream, 0, kBoot, 100'000));
  builder->add(decisions(1, 0));
  builder->add(fragment("b/0", 0));
  ASSERT_TRUE(builder->write(SIZE_MAX, UINT64_MAX, What::kPrompt));
  EXPECT_TRUE(builder->large_due());
  builder->end(builder->begin_journal().value(), 2);
  EXPECT_THAT(builder->durable(), testing::ElementsAre(0, 1));
  // One of them at a time.
  ASSERT_TRUE(builder->write(0, 1));
  EXPECT_EQ(builder->counters().at("fragments"), 2U);
  builder->add(trigger_end(1, 1));
  const v1::RunReport report = finish(*builder);
  EXPECT_THAT(report.missing(), IsEmpty());
  EXPECT_THAT(complaints(report), IsEmpty());
}

TEST_F(RunBuilderTest, AcknowledgesADecisionOnlyWhenAllOfItIsOnDisk) {
  auto builder = start();
  builder->add(decisions(0, 0));
  builder->add(fragment("a/0", 0));
  ASSERT_TRUE(builder->write(SIZE_MAX));
  test::commit(*builder);
  EXPECT_EQ(builder->durable()[0], 0U);
  builder->add(fragment("a/1", 0));
  ASSERT_TRUE(builder->write(SIZE_MAX));
  EXPECT_EQ(builder->durable()[0], 0U);
  test::commit(*builder);
  EXPECT_EQ(builder->durable()[0], 1U);
}

TEST_F(RunBuilderTest, WhatIsWrittenWhileACommitIsUnderWayWaitsForTheNextOne) {
  auto builder = start();
  const auto add = [&](std::uint64_t id) {
    builder->add(decisions(0, id));
    for (const char* stream : {"a/0", "a/1"}) builder->add(fragment(stream, id));
    ASSERT_TRUE(builder->write(SIZE_MAX));
  };
  add(0);
  const auto commit = builder->begin_flush();
  EXPECT_THAT(commit.files, testing::SizeIs(1));
  add(1);
  builder->end(commit, 2);
  EXPECT_EQ(builder->durable()[0], 1U);
  test::commit(*builder);
  EXPECT_EQ(builder->durable()[0], 2U);
}

TEST_F(RunBuilderTest, SmallEventsAreDurableInTheJournalWhileALargeOneIsFlushed) {
  using Way = RunBuilder::Way;
  auto builder = start();
  const auto add = [&](std::uint64_t id, std::size_t bytes) {
    builder->add(decisions(0, id));
    for (const char* stream : {"a/0", "a/1"}) builder->add(fragment(stream, id, kBoot, bytes));
    ASSERT_TRUE(builder->write(SIZE_MAX));
  };
  add(0, 100);
  EXPECT_TRUE(builder->any_complete(Way::kJournal));
  EXPECT_FALSE(builder->any_complete(Way::kFlush));
  auto journal = builder->begin_journal();
  ASSERT_TRUE(journal.has_value());
  builder->end(*journal, 2);
  EXPECT_EQ(builder->durable()[0], 1U);

  add(1, 100'000);
  EXPECT_FALSE(builder->any_complete(Way::kJournal));
  EXPECT_TRUE(builder->any_complete(Way::kFlush));
  journal = builder->begin_journal();
  ASSERT_TRUE(journal.has_value());
  builder->end(*journal, 2);
  EXPECT_EQ(builder->durable()[0], 1U) << "the journal has not the payload";

  const auto flush = builder->begin_flush();
  add(2, 100);
  journal = builder->begin_journal();
  ASSERT_TRUE(journal.has_value());
  builder->end(*journal, 2);
  EXPECT_EQ(builder->durable()[0], 1U) << "the one before it is not on disk";
  builder->end(flush, 2);
  EXPECT_EQ(builder->durable()[0], 2U);
  journal = builder->begin_journal();
  ASSERT_TRUE(journal.has_value());
  builder->end(*journal, 2);
  EXPECT_EQ(builder->durable()[0], 3U);
}

TEST_F(RunBuilderTest, RollsOverWithoutChangingDigestOrBooks) {
  const auto run = [&](const std::string& name) {
    auto builder = start(name);
    for (std::uint64_t id = 0; id < 10; ++id) {
      builder->add(decisions(0, id));
      builder->add(fragment("a/0", id));
      // The other stream lags: files stay open until their last fragment is in.
      if (id >= 3) builder->add(fragment("a/1", id - 3));
      EXPECT_TRUE(builder->write(SIZE_MAX));
      test::commit(*builder);
    }
    for (std::uint64_t id = 7; id < 10; ++id) builder->add(fragment("a/1", id));
    builder->add(trigger_end(10, 0));
    const v1::RunReport report = finish(*builder);
    EXPECT_THAT(report.missing(), IsEmpty());
    EXPECT_THAT(complaints(report), IsEmpty());
    return report;
  };
  const v1::RunReport one = run("one");
  setup_.storage.roll_over_bytes = 1;
  const v1::RunReport many = run("many");
  EXPECT_EQ(one.files_size(), 1);
  EXPECT_EQ(many.files_size(), 10);
  EXPECT_EQ(one.digest(), many.digest());
  ASSERT_EQ(one.livetime_size(), many.livetime_size());
  for (int i = 0; i < one.livetime_size(); ++i) {
    EXPECT_EQ(one.livetime(i).SerializeAsString(), many.livetime(i).SerializeAsString());
  }
}

TEST_F(RunBuilderTest, WritesTheClockOfEachStreamIntoEveryFile) {
  setup_.storage.roll_over_bytes = 1;
  for (model::Detector& detector : setup_.detectors) detector.clock = {0, test::at(500), 1, 1000};
  auto builder = start();
  for (std::uint64_t id = 0; id < 3; ++id) {
    builder->add(decisions(1, id));
    builder->add(fragment("b/0", id));
  }
  builder->add(trigger_end(0, 3));
  const v1::RunReport report = finish(*builder);
  ASSERT_EQ(report.files_size(), 3);
  for (const std::string& file : report.files()) {
    const auto clocks = storage::EventFileReader(file).clocks();
    ASSERT_EQ(clocks.size(), 3U);
    for (std::uint32_t stream = 0; stream < clocks.size(); ++stream) {
      EXPECT_EQ(clocks[stream].stream, stream);
      const detectors::ClockSegment clock{clocks[stream].first_tick,
                                          {clocks[stream].tai_ns},
                                          clocks[stream].ns_numerator,
                                          clocks[stream].ns_denominator};
      EXPECT_EQ(clock.to_tai(2'000'000), test::at(2'500));
    }
  }
}

TEST_F(RunBuilderTest, BooksTheFragmentsThatADeadProcessOwed) {
  auto builder = start();
  builder->add(decisions(0, 0));
  builder->add(decisions(0, 1));
  builder->add(fragment("a/0", 0));
  builder->peer_lost("readout.a.0", kBoot, {"a/0", "a/1"});
  builder->add(decisions(0, 2, kBoot + 1));
  builder->add(fragment("a/0", 2, kBoot + 1));
  builder->add(fragment("a/1", 2, kBoot + 1));
  builder->add(trigger_end(3, 0));
  const v1::RunReport report = finish(*builder);
  EXPECT_THAT(report.missing(), Contains("readout.a.0 restarted"));
  EXPECT_EQ(report.streams(0).missing().at("restart"), 1U);
  EXPECT_EQ(report.streams(1).missing().at("restart"), 2U);
  EXPECT_EQ(report.streams(0).built(), 2U);
  EXPECT_THAT(complaints(report), IsEmpty());
}

TEST_F(RunBuilderTest, CountsAndRefusesWhatWasNotAskedFor) {
  auto builder = start();
  builder->add(decisions(0, 0));
  for (int i = 0; i < 2; ++i) builder->add(fragment("a/0", 0));
  builder->add(fragment("a/1", 0));
  builder->add(fragment("b/0", 5));
  builder->add(fragment("a/7", 0));
  builder->add(fragment("a/1", 0, kBoot + 1));
  builder->add(trigger_end(1, 0));
  const v1::RunReport report = finish(*builder);
  EXPECT_THAT(report.missing(), IsEmpty());
  EXPECT_EQ(builder->counters().at("fragments_refused.duplicate"), 2U);
  EXPECT_EQ(builder->counters().at("fragments_refused.unknown_stream"), 1U);
  EXPECT_EQ(builder->counters().at("fragments_refused.unasked"), 1U) << "of a decision that never came";
  EXPECT_EQ(released_, 6);
}

TEST_F(RunBuilderTest, BooksAReplyThatContradictsItselfAsMissing) {
  auto builder = start();
  builder->add(decisions(1, 0));
  Arrival bad = fragment("b/0", 0);
  bad.fragment.set_crc32c(bad.fragment.crc32c() + 1);
  builder->add(std::move(bad));
  builder->add(trigger_end(0, 1));
  const v1::RunReport report = finish(*builder);
  EXPECT_EQ(report.streams(2).missing().at("bad_crc"), 1U);
  EXPECT_THAT(report.missing(), Contains(HasSubstr("bad_crc")));
  EXPECT_EQ(released_, 1);
  EXPECT_THAT(complaints(report), IsEmpty());
}

TEST_F(RunBuilderTest, ClosesAnAbortedRunWithWhatItHas) {
  auto builder = start();
  builder->add(decisions(0, 0));
  builder->add(decisions(0, 1));
  builder->add(fragment("a/0", 0));
  builder->add(fragment("a/1", 0));
  ASSERT_TRUE(builder->write(SIZE_MAX));
  test::commit(*builder);
  builder->give_up("trigger died", "aborted");
  ASSERT_TRUE(builder->write(SIZE_MAX));
  const v1::RunReport report = builder->close(model::Condition::kIncomplete);
  EXPECT_THAT(report.missing(), Contains("trigger died"));
  EXPECT_THAT(report.missing(), Contains(HasSubstr("the trigger did not close the run")));
  EXPECT_EQ(report.end_ns(), 1100);
  EXPECT_EQ(report.decisions_made(), 2U);
  EXPECT_EQ(report.decisions_acknowledged(), 1U);
  EXPECT_EQ(report.streams(0).missing().at("aborted"), 1U);
  EXPECT_THAT(complaints(report), IsEmpty());
}

TEST_F(RunBuilderTest, SkipsRecordsThatCannotBe) {
  auto builder = start();
  v1::Pulses pulses;
  pulses.add_pulses()->set_facility(9);
  builder->add(pulses);
  v1::Decisions wrong = decisions(0, 3);
  wrong.add_dead()->set_reason(77);
  builder->add(wrong);
  builder->add(trigger_end(0, 0));
  EXPECT_THAT(finish(*builder).missing(), IsEmpty());
  EXPECT_EQ(builder->counters().at("unknown_facility"), 1U);
  EXPECT_EQ(builder->counters().at("bad_decision"), 1U);
  EXPECT_EQ(builder->counters().at("bad_dead_interval"), 1U);
}

/// Decisions [first, first + count) of a, without content, as one message.
model::DecisionTrain empty_train(std::uint64_t first, std::uint64_t count) {
  model::DecisionFolder folder;
  for (std::uint64_t id = first; id < first + count; ++id) {
    model::Decision empty = decision(0, id);
    empty.bits = 0;
    EXPECT_TRUE(folder.extend(empty));
  }
  return folder.train();
}

TEST_F(RunBuilderTest, GivesATrainTheBooksAndTheDigestOfItsDecisions) {
  setup_.detectors[0].primitives = true;
  v1::RunReport reports[2];
  for (const bool in_trains : {false, true}) {
    auto builder = start(in_trains ? "trains" : "singly");
    v1::Decisions message;
    if (in_trains) {
      *message.add_decisions() = proto::to_proto(empty_train(0, 40));
    } else {
      empty_train(0, 40).for_each([&](const model::Decision& d) { *message.add_decisions() = proto::to_proto(d); });
    }
    builder->add(message);
    builder->add(decisions(0, 40));
    for (const char* stream : {"a/0", "a/1"}) builder->add(fragment(stream, 40));
    builder->add(trigger_end(41, 0));
    reports[in_trains ? 1 : 0] = finish(*builder);
    EXPECT_THAT(complaints(reports[in_trains ? 1 : 0]), IsEmpty());
  }
  EXPECT_EQ(reports[0].digest(), reports[1].digest());
  EXPECT_EQ(reports[1].decisions_acknowledged(), 41U);
  EXPECT_EQ(reports[0].livetime(0).SerializeAsString(), reports[1].livetime(0).SerializeAsString());
  EXPECT_EQ(reports[0].gates(0).SerializeAsString(), reports[1].gates(0).SerializeAsString());
}

TEST_F(RunBuilderTest, AcknowledgesATrainOnlyBehindTheOpenDecisionBeforeIt) {
  setup_.detectors[0].primitives = true;
  auto builder = start();
  builder->add(decisions(0, 0));
  v1::Decisions train;
  *train.add_decisions() = proto::to_proto(empty_train(1, 20));
  builder->add(train);
  builder->add(decisions(0, 21));
  builder->add(fragment("a/1", 21));
  builder->add(fragment("a/0", 5));  // nobody asked for it
  EXPECT_TRUE(builder->write(SIZE_MAX));
  test::commit(*builder);
  EXPECT_EQ(builder->durable().at(0), 0U);
  EXPECT_EQ(builder->counters().at("fragments_refused.unasked"), 1U);
  for (const char* stream : {"a/0", "a/1"}) builder->add(fragment(stream, 0));
  EXPECT_TRUE(builder->write(SIZE_MAX));
  test::commit(*builder);
  EXPECT_EQ(builder->durable().at(0), 21U);
  builder->add(fragment("a/0", 21));
  builder->add(trigger_end(22, 0));
  const v1::RunReport report = finish(*builder);
  EXPECT_THAT(report.missing(), IsEmpty());
  EXPECT_EQ(report.decisions_acknowledged(), 22U);
}

TEST_F(RunBuilderTest, RefusesATrainThatCannotBe) {
  setup_.detectors[0].primitives = true;
  auto builder = start();
  v1::Decisions message;
  *message.add_decisions() = proto::to_proto(empty_train(3, 20));  // not the next
  v1::Decision& zero = *message.add_decisions();
  zero = proto::to_proto(empty_train(0, 20));
  zero.mutable_trains(0)->set_period_den(0);
  v1::Decision& endless = *message.add_decisions();
  endless = proto::to_proto(empty_train(0, 20));
  endless.mutable_trains(0)->set_count(std::uint64_t{1} << 40U);
  v1::Decision& backwards = *message.add_decisions();
  backwards = proto::to_proto(empty_train(0, 20));
  backwards.set_window_begin_ns(backwards.window_end_ns());
  v1::Decision& read_out = *message.add_decisions();
  read_out = proto::to_proto(empty_train(0, 20));
  read_out.set_bits(read_out.bits() | model::kReadOut);
  v1::Decision& full = *message.add_decisions();
  full = proto::to_proto(empty_train(0, 20));
  full.set_primitives(1);
  builder->add(message);
  EXPECT_TRUE(builder->write(SIZE_MAX));
  EXPECT_EQ(builder->counters().at("bad_decision"), 6U);
}

TEST_F(RunBuilderTest, KeepsNoMoreToBeHashedThanItsBound) {
  auto builder = start();
  constexpr std::size_t kEach = std::size_t{4} << 20;
  for (std::uint64_t id = 0; id < 48; ++id) {
    builder->add(decisions(1, id));
    builder->add(fragment("b/0", id, kBoot, kEach));
    EXPECT_TRUE(builder->write(SIZE_MAX));
    EXPECT_GE(released_ + 34, static_cast<int>(id)) << "more than 128 MiB and the one at hand are held";
  }
  builder->add(trigger_end(0, 48));
  EXPECT_THAT(finish(*builder).missing(), IsEmpty());
  EXPECT_EQ(released_, 48);
}

TEST_F(RunBuilderTest, RefusesATrainOfPulsesWhereNobodyFoldsThem) {
  auto builder = start();
  v1::Pulses message;
  model::PulseTrain train;
  train.times.count = 3;
  train.times.length = milliseconds(1);
  train.times.period_num = 71'428'571;
  *message.add_pulses() = proto::to_proto(train, 0);
  builder->add(message);
  EXPECT_TRUE(builder->write(SIZE_MAX));
  EXPECT_EQ(builder->counters().at("bad_pulses"), 1U);
}

}  // namespace
}  // namespace spillway::event_builder
