#include "daq/base/whole_number.hpp"

#include <gtest/gtest.h>

namespace spillway {
namespace {

TEST(WholeNumber, TakesAllOf64BitsFromItsLeast) {
  EXPECT_EQ(WholeNumber{}("0"), "");
  EXPECT_EQ(WholeNumber{1}("1"), "");
  EXPECT_EQ(WholeNumber{1}("18446744073709551615"), "");
  EXPECT_EQ(WholeNumber{1}("0"), "must be a whole number from 1 to 18446744073709551615, not 0");
}

TEST(WholeNumber, RefusesWhatWouldWrapAroundOrBeCutOff) {
  for (const char* text : {"", "-1", "+1", "18446744073709551616", "1e3", "0x10", "1.0", " 1", "1 ", "seven"}) {
    EXPECT_NE(WholeNumber{}(text), "") << text;
  }
}

}  // namespace
}  // namespace spillway
