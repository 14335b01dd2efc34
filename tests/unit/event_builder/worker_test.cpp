#include "daq/event_builder/worker.hpp"

#include <poll.h>

#include <stdexcept>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway::event_builder {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

void nothing() {}

bool readable(int file, int longest_ms) {
  pollfd item{file, POLLIN, 0};
  return ::poll(&item, 1, longest_ms) == 1;
}

TEST(Worker, RunsJobsInTheirOrderAndWhatFollowsOnTheThreadThatOwnsIt) {
  Worker worker;
  std::vector<int> done;
  std::vector<int> followed;
  const auto owner = std::this_thread::get_id();
  for (int i = 0; i < 3; ++i) {
    worker.post(
        [&, i] {
          EXPECT_NE(std::this_thread::get_id(), owner);
          done.push_back(i);
        },
        [&, i] {
          EXPECT_EQ(std::this_thread::get_id(), owner);
          followed.push_back(i);
        });
  }
  EXPECT_FALSE(worker.idle());
  worker.wait();
  EXPECT_TRUE(worker.idle());
  EXPECT_THAT(done, ElementsAre(0, 1, 2));
  EXPECT_THAT(followed, ElementsAre(0, 1, 2));
}

TEST(Worker, WakesWhoeverPollsIt) {
  Worker worker;
  EXPECT_FALSE(readable(worker.event(), 0));
  worker.post(nothing, nothing);
  EXPECT_TRUE(readable(worker.event(), 10'000));
  worker.wait();
  EXPECT_FALSE(readable(worker.event(), 0));
}

TEST(Worker, AfterAFailureNothingFollows) {
  Worker worker;
  std::vector<int> followed;
  worker.post([] { throw std::runtime_error("no disk"); }, [&] { followed.push_back(0); });
  EXPECT_THROW(worker.wait(), std::runtime_error);
  worker.post(nothing, [&] { followed.push_back(1); });
  EXPECT_THROW(worker.wait(), std::runtime_error);
  EXPECT_THAT(followed, IsEmpty());
}

TEST(Worker, FinishesWhatWasPostedBeforeItGoes) {
  int done = 0;
  {
    Worker worker;
    for (int i = 0; i < 10; ++i) worker.post([&] { ++done; }, nothing);
  }
  EXPECT_EQ(done, 10);
}

TEST(Worker, WhatFollowsMayPostAgain) {
  Worker worker;
  int done = 0;
  worker.post(nothing, [&] { worker.post([&] { ++done; }, nothing); });
  worker.wait();
  worker.wait();
  EXPECT_EQ(done, 1);
}

}  // namespace
}  // namespace spillway::event_builder
