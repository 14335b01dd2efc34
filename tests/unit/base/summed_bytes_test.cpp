#include "daq/base/summed_bytes.hpp"

#include <utility>

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

TEST(Crc32cOfStretches, IsThatOfThemEndToEnd) {
  const Bytes all = pattern(300'000);
  Crc32cOfStretches stretches;
  EXPECT_EQ(stretches.sum(), crc32c({}));
  std::size_t end = 0;
  for (const std::size_t size :
       {0U, 1U, 7U, 7'200U, 7'200U, 7'200U, 0U, 0U, 65'536U, 100'001U, 7'200U, 3U, 3U, 2U, 4'097U}) {
    stretches.add(crc32c(ByteView(all).subspan(end, size)), size);
    end += size;
    EXPECT_EQ(stretches.sum(), crc32c(ByteView(all).first(end))) << size;
  }
}

TEST(Crc32cOfStretches, MultipliesAlikeInAllWays) {
  std::uint32_t a = 0x8000'0000;
  std::uint32_t b = 1;
  for (int i = 0; i < 1'000; ++i) {
    const std::uint32_t product = crc32c_product_ways().front()(a, b);
    for (const Crc32cProduct way : crc32c_product_ways()) EXPECT_EQ(way(a, b), product) << a << ' ' << b;
    EXPECT_EQ(crc32c_product_ways().front()(b, a), product);
    a = std::exchange(b, product ^ static_cast<std::uint32_t>(i));
  }
}

TEST(SummedBytes, AreSummedByWhoeverHasOnlyBytes) {
  const Bytes bytes = pattern(100);
  const SummedBytes summed = bytes;
  EXPECT_EQ(summed.crc32c, crc32c(bytes));
  EXPECT_EQ(SummedBytes().crc32c, crc32c({}));
}

}  // namespace
}  // namespace spillway
