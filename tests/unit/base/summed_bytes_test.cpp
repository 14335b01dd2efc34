#include "daq/base/summed_bytes.hpp"

#include <gtest/gtest.h>

#include "daq/base/crc32c.hpp"

namespace spillway {
namespace {

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 37 >> 3U);
  return bytes;
}

TEST(SummedBytes, AreCopiedWithTheChecksumThatTheyHave) {
  for (const CopySumming copy : copy_summing_ways()) {
    for (const std::size_t size : {0U, 1U, 7U, 1'023U, 1'024U, 1'281U, 7'200U, 8'191U, 8'192U, 8'193U, 100'000U}) {
      const Bytes from = pattern(size);
      Bytes to(size + 2, std::byte{0xee});
      EXPECT_EQ(copy(std::span(to).subspan(1), from, 0), crc32c_by_table(from)) << size;
      EXPECT_TRUE(std::equal(from.begin(), from.end(), to.begin() + 1)) << size;
      EXPECT_EQ(to.front(), std::byte{0xee}) << size;
      EXPECT_EQ(to.back(), std::byte{0xee}) << size;
    }
  }
}

TEST(SummedBytes, ContinueAChecksum) {
  const Bytes all = pattern(50'000);
  Bytes to(all.size());
  const auto first = copy_summing(to, ByteView(all).first(20'001));
  EXPECT_EQ(copy_summing(std::span(to).subspan(20'001), ByteView(all).subspan(20'001), first), crc32c(all));
  EXPECT_EQ(to, all);
}

TEST(SummedBytes, AreSummedByWhoeverHasOnlyBytes) {
  const Bytes bytes = pattern(100);
  const SummedBytes summed = bytes;
  EXPECT_EQ(summed.crc32c, crc32c(bytes));
  EXPECT_EQ(SummedBytes().crc32c, crc32c({}));
}

}  // namespace
}  // namespace spillway
