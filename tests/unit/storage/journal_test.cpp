#include "daq/storage/journal.hpp"

#include <gmock/gmock.h>

#include "fake_run.hpp"

namespace spillway::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JournalTest : public ::testing::Test {
 protected:
  void write(std::uint64_t first) {
    const std::string text = "record " + std::to_string(first);
    journal_.add(kJournalPayload, 3, first, as_byte_view(text));
    journal_.write();
  }
  std::vector<std::uint64_t> read() {
    std::vector<std::uint64_t> firsts;
    for (const JournalRecord& record : read_journal(path_)) {
      EXPECT_EQ(as_text(record.body), "record " + std::to_string(record.header.first));
      EXPECT_EQ(record.header.stream, 3U);
      firsts.push_back(record.header.first);
    }
    return firsts;
  }
  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "journal";
  Journal journal_{path_};
};

TEST_F(JournalTest, HoldsThisEpochAndTheOneBefore) {
  EXPECT_THAT(read(), IsEmpty());
  write(1);
  write(2);
  EXPECT_THAT(read(), ElementsAre(1, 2));
  journal_.start_anew();
  EXPECT_THAT(read(), ElementsAre(1, 2));
  write(3);
  EXPECT_THAT(read(), ElementsAre(1, 2, 3));
  journal_.start_anew();
  write(4);
  EXPECT_THAT(read(), ElementsAre(3, 4)) << "and not 2, which lies behind 4";
}

TEST_F(JournalTest, EndsAtWhatDoesNotHold) {
  for (std::uint64_t first = 0; first < 5; ++first) write(first);
  Bytes bytes = test::read_file(path_);
  const std::size_t record = sizeof(JournalHeader) + 8;
  for (const std::size_t at : {std::size_t{0}, sizeof(JournalHeader) + 1, record - 10}) {
    Bytes damaged = bytes;
    damaged[Journal::kHalfBytes + 2 * (record + 0) + at] ^= std::byte{1};
    test::write_file(path_, damaged);
    EXPECT_THAT(read(), ElementsAre(0, 1)) << at;
  }
  for (std::size_t length = 0; length < Journal::kHalfBytes + 5 * record; length += 7) {
    test::write_file(path_, ByteView(bytes).first(length));
    EXPECT_EQ(read().size(), length < Journal::kHalfBytes ? 0 : (length - Journal::kHalfBytes) / record) << length;
    if (length < Journal::kHalfBytes) length += 100'000;
  }
}

TEST_F(JournalTest, HasRoomForAHalf) {
  EXPECT_TRUE(journal_.has_room(10, Journal::kHalfBytes - 4096));
  EXPECT_FALSE(journal_.has_room(1, Journal::kHalfBytes));
  while (journal_.has_room(1, 9)) write(1000);
  EXPECT_GT(read().size(), 10'000U);
  journal_.start_anew();
  EXPECT_TRUE(journal_.has_room(10, Journal::kHalfBytes - 4096));
}

}  // namespace
}  // namespace spillway::storage
