#include "daq/storage/text.hpp"

#include <limits>
#include <sstream>

#include <gmock/gmock.h>

namespace spillway::storage {
namespace {

TEST(Text, DurationsAreExactInTheLargestUnit) {
  EXPECT_EQ(human(Duration{0}), "0 ns");
  EXPECT_EQ(human(Duration{999}), "999 ns");
  EXPECT_EQ(human(microseconds(3)), "3 us");
  EXPECT_EQ(human(Duration{4001}), "4.001 us");
  EXPECT_EQ(human(milliseconds(50)), "50 ms");
  EXPECT_EQ(human(milliseconds(-1500)), "-1.5 s");
  EXPECT_EQ(human(Duration{1'000'000'001}), "1.000000001 s");
  EXPECT_EQ(human(Duration{std::numeric_limits<std::int64_t>::min()}), "-9223372036.854775808 s");
}

TEST(Text, BytesAreSaidInPowersOf1024) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(64ULL << 20U), "64 MiB");
  EXPECT_EQ(human_bytes(1536ULL << 20U), "1.5 GiB");
  EXPECT_EQ(human_bytes(std::numeric_limits<std::uint64_t>::max()), "16384 PiB");
}

TEST(Text, BytesOfADamagedFileAreSafeToPrint) {
  EXPECT_EQ(printable("stream \x80\x1b[2J\n a/0"), "stream ??[2J? a/0");
}

TEST(Text, CountersThatAreZeroAreNotSaid) {
  EXPECT_EQ(human(Counters{{"crc", 3}, {"late", 0}}), "crc 3");
  EXPECT_EQ(human(Counters{}), "-");
}

TEST(Text, ATableAlignsNumbersRightAndWordsLeft) {
  Table table({"run", "set-up"});
  table.add({"7", "bench"});
  table.add({"1234", "a"});
  std::ostringstream out;
  table.print(out, 1);
  EXPECT_EQ(out.str(), "  run  set-up\n    7  bench\n 1234  a\n");
}

}  // namespace
}  // namespace spillway::storage
