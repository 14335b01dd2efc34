#include "readout/request_book.hpp"

#include <gtest/gtest.h>

namespace spillway::readout {
namespace {

DataRequest request(std::uint64_t decision, std::int64_t begin, std::int64_t end) {
  return {decision, 0, {{begin}, {end}}};
}

TEST(RequestBook, HandsOutARequestOnceForEachStreamWhenItsWindowIsComplete) {
  RequestBook book(2);
  EXPECT_TRUE(book.add(request(0, 10, 20)));
  EXPECT_EQ(book.due(0, {19}), nullptr);
  ASSERT_NE(book.due(0, {20}), nullptr);
  EXPECT_EQ(*book.due(0, {20}), request(0, 10, 20));
  book.answered(0);
  EXPECT_EQ(book.due(0, Timestamp::max()), nullptr);
  EXPECT_EQ(book.open(), 1U);
  ASSERT_NE(book.due(1, Timestamp::max()), nullptr);
  EXPECT_EQ(*book.due(1, Timestamp::max()), request(0, 10, 20));
  book.answered(1);
  EXPECT_EQ(book.open(), 0U);
}

TEST(RequestBook, DoesNotLetALongWindowHoldUpAShortOne) {
  RequestBook book(1);
  book.add(request(0, 0, 1000));
  book.add(request(1, 0, 10));
  ASSERT_NE(book.due(0, {50}), nullptr);
  EXPECT_EQ(*book.due(0, {50}), request(1, 0, 10));
  book.answered(0);
  EXPECT_EQ(book.due(0, {50}), nullptr);
}

TEST(RequestBook, RefusesADecisionThatHasAskedBefore) {
  RequestBook book(1);
  book.add(request(4, 0, 10));
  EXPECT_FALSE(book.add(request(4, 0, 10)));
  EXPECT_EQ(book.refused(), (Counters{{"repeated_request", 1}}));
  EXPECT_EQ(book.open(), 1U);
}

TEST(RequestBook, EndsWhenTold) {
  RequestBook book(1);
  EXPECT_FALSE(book.ended());
  book.end();
  EXPECT_TRUE(book.ended());
}

}  // namespace
}  // namespace spillway::readout
