#include "daq/event_builder/event_assembler.hpp"

#include <gtest/gtest.h>

#include "tests/unit/event_builder/builder_bench.hpp"

namespace spillway::event_builder {
namespace {

using test::decision;

constexpr std::uint64_t kBoot = 7;
constexpr std::uint32_t kA0 = 0, kA1 = 1, kB0 = 2;

struct EventAssemblerTest : testing::Test {
  model::Setup setup = test::setup();
  StreamIndex index{setup};
  EventAssembler assembler{index};
  std::vector<std::uint32_t> refused;

  bool ask_a(std::uint64_t id, std::uint64_t boot = kBoot) {
    return assembler.add_decision(decision(0, id), {boot, boot}, 1, 0, refused);
  }
  /// What is settled of a stream, as "3", or "3:restart".
  std::vector<std::string> settle(std::uint32_t stream) {
    std::vector<std::string> settled;
    while (const auto turn = assembler.turn(stream)) {
      settled.push_back(std::to_string(turn->decision->id) + (turn->here ? "" : ":" + std::string(turn->reason)));
      assembler.done(stream);
    }
    return settled;
  }
};

TEST_F(EventAssemblerTest, CompletesADecisionWithItsLastFragment) {
  ASSERT_TRUE(ask_a(0));
  EXPECT_EQ(assembler.offer(kA1, 0, kBoot), Offer::kTaken);
  EXPECT_EQ(settle(kA1), std::vector<std::string>{"0"});
  EXPECT_EQ(assembler.complete(0), 0U);
  EXPECT_EQ(assembler.offer(kA0, 0, kBoot), Offer::kTaken);
  EXPECT_EQ(settle(kA0), std::vector<std::string>{"0"});
  EXPECT_EQ(assembler.complete(0), 1U);
  EXPECT_EQ(assembler.take_complete([](std::uint32_t) { return true; }).size(), 1U);
}

TEST_F(EventAssemblerTest, TakesAFragmentThatComesBeforeItsDecision) {
  EXPECT_EQ(assembler.offer(kA0, 0, kBoot), Offer::kTaken);
  EXPECT_TRUE(settle(kA0).empty());
  ASSERT_TRUE(ask_a(0));
  EXPECT_TRUE(refused.empty());
  EXPECT_EQ(settle(kA0), std::vector<std::string>{"0"});
}

TEST_F(EventAssemblerTest, SettlesTheRepliesOfAStreamInTheOrderOfItsDecisions) {
  ASSERT_TRUE(ask_a(0));
  ASSERT_TRUE(ask_a(1));
  EXPECT_EQ(assembler.offer(kA0, 1, kBoot), Offer::kTaken);
  EXPECT_TRUE(settle(kA0).empty());
  EXPECT_EQ(assembler.offer(kA0, 0, kBoot), Offer::kTaken);
  EXPECT_EQ(settle(kA0), (std::vector<std::string>{"0", "1"}));
}

TEST_F(EventAssemblerTest, CountsOnlyWhatIsCompleteWithoutAHoleAsComplete) {
  ASSERT_TRUE(ask_a(0));
  ASSERT_TRUE(assembler.add_decision(decision(0, 1), {}, 0, 0, refused));
  EXPECT_EQ(assembler.complete(0), 0U);
  for (const std::uint32_t stream : {kA0, kA1}) {
    EXPECT_EQ(assembler.offer(stream, 0, kBoot), Offer::kTaken);
    settle(stream);
  }
  EXPECT_EQ(assembler.complete(0), 2U);
}

TEST_F(EventAssemblerTest, RefusesASecondReplyToOneRequest) {
  ASSERT_TRUE(ask_a(0));
  EXPECT_EQ(assembler.offer(kA0, 0, kBoot), Offer::kTaken);
  EXPECT_EQ(assembler.offer(kA0, 0, kBoot), Offer::kDuplicate);
  settle(kA0);
  EXPECT_EQ(assembler.offer(kA0, 0, kBoot), Offer::kDuplicate);
  assembler.offer(kA1, 0, kBoot) == Offer::kTaken ? settle(kA1) : settle(kA0);
  EXPECT_EQ(assembler.offer(kA1, 0, kBoot), Offer::kDuplicate);
}

TEST_F(EventAssemblerTest, RefusesWhatNobodyAskedFor) {
  ASSERT_TRUE(ask_a(0));
  ASSERT_TRUE(assembler.add_decision(decision(0, 1), {}, 0, 0, refused));
  EXPECT_EQ(assembler.offer(kA0, 1, kBoot), Offer::kUnasked) << "not read out";
  EXPECT_EQ(assembler.offer(kA0, 0, kBoot + 1), Offer::kUnasked) << "asked of another process";
  EXPECT_EQ(assembler.offer(kA0, 1'000'000'000, kBoot), Offer::kUnasked) << "no decision can be so far ahead";
  EXPECT_EQ(assembler.offer(kA0, 1'000'000, kBoot), Offer::kTaken) << "a train may be on its way";
  EXPECT_EQ(assembler.offer(99, 0, kBoot), Offer::kUnknownStream);
}

TEST_F(EventAssemblerTest, ForgetsAnEarlyFragmentThatTurnsOutNotToHaveBeenAskedFor) {
  EXPECT_EQ(assembler.offer(kA0, 0, kBoot), Offer::kTaken);
  EXPECT_EQ(assembler.offer(kA1, 0, kBoot), Offer::kTaken);
  ASSERT_TRUE(assembler.add_decision(decision(0, 0), {kBoot, kBoot + 1}, 0, 0, refused));
  EXPECT_EQ(refused, std::vector<std::uint32_t>{kA1});
  EXPECT_EQ(settle(kA0), std::vector<std::string>{"0"});
  EXPECT_TRUE(settle(kA1).empty());
}

TEST_F(EventAssemblerTest, RefusesADecisionThatIsNotTheNext) {
  EXPECT_FALSE(ask_a(1));
  ASSERT_TRUE(ask_a(0));
  EXPECT_FALSE(ask_a(0));
  EXPECT_FALSE(assembler.add_decision(decision(9, 0), {}, 0, 0, refused));
  EXPECT_FALSE(assembler.add_decision(decision(0, 1), {kBoot}, 0, 0, refused)) << "one boot for two streams";
}

TEST_F(EventAssemblerTest, BooksWhatWasAskedOfADeadProcessAndHasNotComeAsMissing) {
  ASSERT_TRUE(ask_a(0));
  ASSERT_TRUE(ask_a(1));
  ASSERT_TRUE(ask_a(2, kBoot + 1));
  EXPECT_EQ(assembler.offer(kA0, 1, kBoot), Offer::kTaken);
  assembler.supersede(kBoot);
  EXPECT_EQ(settle(kA0), (std::vector<std::string>{"0:restart", "1"}));
  EXPECT_EQ(settle(kA1), (std::vector<std::string>{"0:restart", "1:restart"}));
  EXPECT_EQ(assembler.offer(kA0, 2, kBoot + 1), Offer::kTaken);
  EXPECT_EQ(settle(kA0), std::vector<std::string>{"2"});
  EXPECT_EQ(assembler.open_requests(), 1U);
}

TEST_F(EventAssemblerTest, BooksARequestAskedOfADeadProcessThatIsHeardOfLaterAsMissing) {
  assembler.supersede(kBoot);
  ASSERT_TRUE(ask_a(0));
  EXPECT_EQ(settle(kA0), std::vector<std::string>{"0:restart"});
}

TEST_F(EventAssemblerTest, GivesUpWhatHasNotCome) {
  ASSERT_TRUE(ask_a(0));
  EXPECT_EQ(assembler.offer(kA0, 0, kBoot), Offer::kTaken);
  assembler.give_up("aborted");
  EXPECT_EQ(settle(kA0), std::vector<std::string>{"0"});
  EXPECT_EQ(settle(kA1), std::vector<std::string>{"0:aborted"});
}

TEST_F(EventAssemblerTest, KnowsTheEarliestFileThatWaitsForFragments) {
  EXPECT_FALSE(assembler.earliest_open_part());
  ASSERT_TRUE(assembler.add_decision(decision(0, 0), {kBoot, kBoot}, 0, 3, refused));
  ASSERT_TRUE(assembler.add_decision(decision(1, 0), {kBoot}, 0, 4, refused));
  EXPECT_EQ(assembler.earliest_open_part(), 3U);
  for (const std::uint32_t stream : {kA0, kA1}) {
    EXPECT_EQ(assembler.offer(stream, 0, kBoot), Offer::kTaken);
    settle(stream);
  }
  EXPECT_EQ(assembler.earliest_open_part(), 4U);
  EXPECT_EQ(assembler.offer(kB0, 0, kBoot), Offer::kTaken);
  settle(kB0);
  EXPECT_FALSE(assembler.earliest_open_part());
}

}  // namespace
}  // namespace spillway::event_builder
