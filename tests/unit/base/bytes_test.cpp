#include "daq/base/bytes.hpp"

#include <gtest/gtest.h>

#include "daq/base/crc32c.hpp"

namespace spillway {
namespace {

Bytes counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 131 + 7);
  return bytes;
}

TEST(Crc32c, GivesTheValuesOfRfc3720) {
  EXPECT_EQ(crc32c(as_byte_view("123456789")), 0xE3069283U);
  Bytes bytes(32, std::byte{0});
  EXPECT_EQ(crc32c(bytes), 0x8A9136AAU);
  bytes.assign(32, std::byte{0xFF});
  EXPECT_EQ(crc32c(bytes), 0x62A8AB43U);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  EXPECT_EQ(crc32c(bytes), 0x46DD794EU);
}

TEST(Crc32c, IsTheSameByInstructionAndByTableForEveryLengthAndAlignment) {
  const Bytes bytes = counting(100);
  for (std::size_t from = 0; from < 9; ++from) {
    for (std::size_t size = 0; from + size <= bytes.size(); ++size) {
      const ByteView view = ByteView(bytes).subspan(from, size);
      ASSERT_EQ(crc32c(view), crc32c_by_table(view)) << from << " " << size;
    }
  }
}

TEST(Crc32c, IsTheSameInEveryWayThatTheProcessorHas) {
  const Bytes bytes = counting(8000);
  for (const Crc32c way : crc32c_ways()) {
    for (const std::size_t size :
         {1023UL, 1024UL, 1025UL, 1279UL, 1280UL, 2399UL, 2400UL, 2401UL, 4800UL, 7200UL, 7999UL}) {
      const ByteView view = ByteView(bytes).subspan(1, size);
      EXPECT_EQ(way(view, 0x1234567U), crc32c_by_table(view, 0x1234567U)) << size;
      EXPECT_EQ(way(view, 0), crc32c_by_table(view)) << size;
    }
  }
}

TEST(Crc32c, ContinuesFromAnEarlierPiece) {
  const Bytes bytes = counting(77);
  const ByteView view(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(crc32c(view.subspan(cut), crc32c(view.first(cut))), crc32c(view));
  }
}

TEST(Crc32Ieee, GivesTheCheckValueOfZlib) {
  EXPECT_EQ(crc32_ieee(as_byte_view("123456789")), 0xCBF43926U);
  EXPECT_EQ(crc32_ieee({}), 0U);
}

TEST(Sha256, GivesTheValuesOfFips180) {
  EXPECT_EQ(Sha256().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256().update(as_byte_view("abc")).hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, TakesPiecesAndStartsAnewAfterItsResult) {
  Sha256 digest;
  digest.update(as_byte_view("a"));
  Sha256 moved = std::move(digest);
  const std::string first = moved.update(as_byte_view("bc")).hex();
  EXPECT_EQ(first, Sha256().update(as_byte_view("abc")).hex());
  EXPECT_EQ(moved.update(as_byte_view("abc")).hex(), first);
  EXPECT_EQ(Sha256().update_value(std::uint32_t{0x64636261}).hex(), Sha256().update(as_byte_view("abcd")).hex());
}

TEST(Bytes, AppendsAndLoadsLittleEndian) {
  Bytes bytes;
  append(bytes, std::uint16_t{0x0102});
  append(bytes, std::int64_t{-2});
  EXPECT_EQ(bytes.size(), 10U);
  EXPECT_EQ(bytes[0], std::byte{2});
  EXPECT_EQ(load<std::uint16_t>(bytes), 0x0102);
  EXPECT_EQ(load<std::int64_t>(bytes, 2), -2);
}

}  // namespace
}  // namespace spillway
