#include "sim_front_end/compass_source.hpp"

#include <algorithm>
#include <cstdlib>

#include <gmock/gmock.h>

#include "daq/base/random.hpp"
#include "list_files.hpp"

namespace spillway::sim_front_end {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Timestamp kEpoch{5'000'000'000};
constexpr std::uint64_t kMicro = 1'000'000;  // ps

CompassSelection selection() {
  CompassSelection selection;
  selection.streams = {{0, 2}, {2, 2}};
  selection.gate_channel = 1;
  selection.reorder = nanoseconds(1000);
  selection.epoch = kEpoch;
  return selection;
}

struct Played {
  Batch batch;
  Counters skipped;
  std::vector<std::string> alarms;
  std::optional<SourceEnd> end;
};

Played play(const std::filesystem::path& file, CompassSelection wanted = selection(), Duration step = seconds(1)) {
  CompassSource source(file, std::move(wanted));
  Played played;
  Timestamp bound = kEpoch;
  while (!source.end() || source.watermark() < source.end()->last_frame) {
    bound = std::max(bound + step, source.watermark() + step);
    source.advance(bound, played.batch);
  }
  source.advance(bound + seconds(10), played.batch);
  played.skipped = source.skipped();
  played.alarms = source.take_alarms();
  played.end = source.end();
  return played;
}

std::vector<std::int64_t> frame_times(const Batch& batch) {
  std::vector<std::int64_t> times;
  for (const SourceFrame& frame : batch.frames) times.push_back((frame.time.begin - kEpoch).ns);
  return times;
}

TEST(CompassSource, GivesFramesOfAskedChannelsAndPulsesOfTheGateChannel) {
  const Folder folder;
  write(folder / "a.bin",
        list_bytes({{0, 10 * kMicro}, {1, 10 * kMicro + 600}, {2, 11 * kMicro}, {0, 30 * kMicro}, {1, 30 * kMicro}}));
  const Played played = play(folder / "a.bin");
  EXPECT_THAT(frame_times(played.batch), ElementsAre(10'000, 11'000, 30'000));
  EXPECT_EQ(played.batch.frames[1].stream, 1U);
  EXPECT_EQ(played.batch.frames[0].bytes, record_bytes({0, 10 * kMicro}));
  EXPECT_EQ(played.batch.frames[0].time.length(), nanoseconds(8));
  ASSERT_EQ(played.batch.pulses.size(), 2U);
  EXPECT_EQ(played.batch.pulses[0].pulse.id, 1U);
  EXPECT_EQ(played.batch.pulses[0].pulse.time, (Interval{kEpoch + nanoseconds(10'000), kEpoch + nanoseconds(10'001)}));
  EXPECT_EQ(played.batch.pulses[0].pulse.flags, model::kGateSeen | model::kReplay | model::kChargeUnknown);
  EXPECT_EQ(played.batch.pulses[1].pulse.id, 2U);
  EXPECT_THAT(played.skipped, IsEmpty());
  EXPECT_EQ(played.end->last_frame, kEpoch + nanoseconds(30'008));
  EXPECT_EQ(played.end->last_pulse, kEpoch + nanoseconds(30'001));
}

TEST(CompassSource, KnowsTheProtonsOfAPulseWhereTheyAreConfigured) {
  const Folder folder;
  write(folder / "a.bin", list_bytes({{1, kMicro}}));
  CompassSelection wanted = selection();
  wanted.protons_per_pulse = 2e14;
  wanted.pulse_length = microseconds(86);
  const Played played = play(folder / "a.bin", wanted);
  ASSERT_EQ(played.batch.pulses.size(), 1U);
  EXPECT_EQ(played.batch.pulses[0].pulse.protons, 2e14);
  EXPECT_EQ(played.batch.pulses[0].pulse.flags, model::kGateSeen | model::kReplay);
  EXPECT_EQ(played.batch.pulses[0].pulse.time.length(), microseconds(86));
}

TEST(CompassSource, SortsWhatIsOutOfOrderByLessThanTheReorderTime) {
  const Folder folder;
  write(folder / "a.bin",
        list_bytes({{0, 10 * kMicro}, {0, 10 * kMicro - 900'000}, {2, 20 * kMicro}, {1, 20 * kMicro - 6}}));
  const Played played = play(folder / "a.bin", selection(), nanoseconds(777));
  EXPECT_THAT(frame_times(played.batch), ElementsAre(9'100, 10'000, 20'000));
  EXPECT_EQ(played.batch.pulses[0].pulse.time.begin, kEpoch + nanoseconds(19'999));
  EXPECT_THAT(played.skipped, IsEmpty());
}

TEST(CompassSource, CountsWhatItCannotSendByReason) {
  const Folder folder;
  CompassSelection wanted = selection();
  wanted.board = 0;
  constexpr std::uint64_t kDay = 86'400'000'000 * kMicro;
  write(folder / "a.bin", list_bytes({{0, 10 * kMicro},
                                      {7, 10 * kMicro},        // unused_channel
                                      {0, 10 * kMicro, 4, 3},  // other_board
                                      {0, 8 * kMicro},         // out_of_order
                                      {0, kDay},               // bad_time: far ahead, and back again
                                      {0, 12 * kMicro}}));
  const Played played = play(folder / "a.bin", wanted);
  EXPECT_THAT(frame_times(played.batch), ElementsAre(10'000, 12'000));
  EXPECT_EQ(played.skipped,
            (Counters{{"bad_time", 1}, {"other_board", 1}, {"out_of_order", 1}, {"unused_channel", 1}}));
}

TEST(CompassSource, BelievesALongPauseThatTheFileKeepsTo) {
  const Folder folder;
  constexpr std::uint64_t kDay = 86'400'000'000 * kMicro;
  write(folder / "a.bin", list_bytes({{0, 10 * kMicro}, {0, kDay}, {0, kDay + kMicro}}));
  const Played played = play(folder / "a.bin", selection(), seconds(3600));
  EXPECT_EQ(played.batch.frames.size(), 3U);
  EXPECT_THAT(played.skipped, IsEmpty());
}

TEST(CompassSource, BelievesNoLeapThatTheFileDoesNotKeepTo) {
  const Folder folder;
  constexpr std::uint64_t kHour = 3'600'000'000 * kMicro;
  constexpr std::uint64_t kDay = 24 * kHour;
  const std::vector<std::vector<MadeRecord>> endings = {
      {{0, 2 * kHour}},                                                        // the last record
      {{0, 31 * kDay}, {0, 31 * kDay + kMicro}, {0, 31 * kDay + 2 * kMicro}},  // more than 30 days
      {{0, 10 * kDay}, {0, 20 * kDay}, {0, 29 * kDay}},  // each bears out only that the clock is bad
      {{0, ~std::uint64_t{0}}, {0, ~std::uint64_t{0}}},
  };
  for (const auto& ending : endings) {
    std::vector<MadeRecord> records = {{0, 10 * kMicro}};
    records.insert(records.end(), ending.begin(), ending.end());
    write(folder / "a.bin", list_bytes(records));
    const Played played = play(folder / "a.bin");
    EXPECT_THAT(frame_times(played.batch), ElementsAre(10'000));
    EXPECT_EQ(played.skipped, (Counters{{"bad_time", ending.size()}}));
    EXPECT_EQ(played.end->last_frame, kEpoch + nanoseconds(10'008));
  }
}

constexpr std::size_t kCodeAt = 20;
constexpr std::size_t kCountAt = 21;

/// A record that nothing behind can be delimited by.
Bytes record_with_count(const MadeRecord& made, std::uint32_t samples) {
  Bytes bytes = record_bytes(made);
  std::memcpy(bytes.data() + kCountAt, &samples, sizeof samples);
  return bytes;
}

Bytes record_with_code(const MadeRecord& made, std::uint8_t code) {
  Bytes bytes = record_bytes(made);
  bytes[kCodeAt] = std::byte{code};
  return bytes;
}

TEST(CompassSource, GoesOnBehindAMalformedRecordAndSaysWhatItPassedOver) {
  const Folder folder;
  const Bytes good = list_bytes({{0, kMicro}, {1, kMicro}});
  struct Case {
    Bytes bad;
    std::string reason;
  };
  Bytes lure = record_with_code({0, 2 * kMicro, 300}, 0);
  // Looks like a record, but for what stands behind it.
  std::ranges::copy(record_bytes({0, 2 * kMicro}), lure.begin() + 100);
  Bytes stranger = record_with_code({0, 2 * kMicro}, 7);
  append(stranger, record_bytes({9, 2 * kMicro}));
  Bytes distant = record_with_code({0, 2 * kMicro}, 7);
  append(distant, record_bytes({0, 7'200'000'000 * kMicro}));
  const std::vector<Case> cases = {
      {record_with_count({0, 2 * kMicro}, 2'000'000'000), "bad_length"},
      {record_with_count({0, 2 * kMicro}, 9'000'000), "truncated"},
      {record_with_code({0, 2 * kMicro}, 0), "bad_version"},
      {record_with_code({0, 2 * kMicro, 3'000'000}, 3), "bad_version"},
      {lure, "bad_version"},
      {stranger, "bad_version"},
      {distant, "bad_version"},
  };
  for (const Case& c : cases) {
    Bytes bytes = good;
    append(bytes, c.bad);
    append(bytes, record_bytes({0, 3 * kMicro}));
    append(bytes, record_bytes({1, 4 * kMicro}));
    append(bytes, ByteView(record_bytes({0, 5 * kMicro})).first(30));
    write(folder / "a.bin", bytes);
    const Played played = play(folder / "a.bin");
    EXPECT_THAT(frame_times(played.batch), ElementsAre(1'000, 3'000)) << c.reason;
    EXPECT_EQ(played.batch.pulses.size(), 2U);
    Counters expected{{"unreadable_bytes", c.bad.size()}, {"truncated", 1}};
    ++expected[c.reason];
    EXPECT_EQ(played.skipped, expected);
    ASSERT_EQ(played.alarms.size(), 2U) << c.reason;
    EXPECT_THAT(played.alarms[0],
                HasSubstr("a.bin: the record at offset " + std::to_string(good.size()) + " is malformed (" + c.reason +
                          "); " + std::to_string(c.bad.size()) + " bytes were passed over"));
    EXPECT_THAT(played.alarms[1],
                HasSubstr("(truncated); no plausible record follows, so reading ends here and 30 bytes"));
  }
}

TEST(CompassSource, EndsWhereNothingPlausibleFollowsAndSaysSo) {
  const Folder folder;
  const Bytes good = list_bytes({{0, kMicro}, {1, kMicro}});
  for (const std::size_t noise : {0U, 1U, 11U, 5'000'000U}) {
    Bytes bytes = good;
    append(bytes, record_with_code({0, 2 * kMicro}, 0));
    bytes.resize(bytes.size() + noise, std::byte{0xFF});
    write(folder / "a.bin", bytes);
    const Played played = play(folder / "a.bin");
    const std::size_t lost = bytes.size() - good.size();
    EXPECT_THAT(frame_times(played.batch), ElementsAre(1'000));
    EXPECT_EQ(played.skipped, (Counters{{"bad_version", 1}, {"unreadable_bytes", lost}}));
    EXPECT_THAT(played.alarms, ElementsAre(HasSubstr("offset " + std::to_string(good.size()) +
                                                     " is malformed (bad_version); no plausible record follows, so "
                                                     "reading ends here and " +
                                                     std::to_string(lost) + " bytes were not read")));
  }
}

TEST(CompassSource, DoesNotDrownOthersInAlarmsOfAFileThatIsBadAllOver) {
  const Folder folder;
  Bytes bytes = list_bytes({{0, kMicro}});
  for (std::uint64_t i = 1; i <= 50; ++i) {
    append(bytes, record_with_code({0, 3 * i * kMicro}, 0));
    append(bytes, record_bytes({0, (3 * i + 1) * kMicro}));
    append(bytes, record_bytes({0, (3 * i + 2) * kMicro}));
  }
  append(bytes, record_with_code({0, 200 * kMicro}, 0));
  write(folder / "a.bin", bytes);
  const Played played = play(folder / "a.bin");
  EXPECT_EQ(played.batch.frames.size(), 101U);
  EXPECT_EQ(played.skipped.at("bad_version"), 51U);
  ASSERT_EQ(played.alarms.size(), 21U);
  EXPECT_THAT(played.alarms[19], HasSubstr("further ones are only counted"));
  EXPECT_THAT(played.alarms[20], HasSubstr("reading ends here"));
}

TEST(CompassSource, RefusesWhatIsNoListFile) {
  const Folder folder;
  const auto refusal = [&](const std::filesystem::path& file) -> std::string {
    try {
      const CompassSource source(file, selection());
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const Bytes wrong = {std::byte{0x34}, std::byte{0x12}, std::byte{0}};
  write(folder / "wrong.bin", wrong);
  write(folder / "empty.bin", {});
  EXPECT_THAT(refusal(folder / "wrong.bin"), HasSubstr("wrong.bin: offset 0: found 0x1234, expected the file word"));
  EXPECT_THAT(refusal(folder / "empty.bin"), HasSubstr("found 0 bytes"));
  EXPECT_THAT(refusal(folder / "none.bin"), HasSubstr("none.bin: cannot be read"));
  EXPECT_THAT(refusal(folder / "."), HasSubstr("is a folder"));
}

TEST(CompassSource, ReadsRecordsLargerThanItsFirstBuffer) {
  const Folder folder;
  write(folder / "a.bin", list_bytes({{0, kMicro, 3'000'000}, {0, 9'000 * kMicro, 10}}));
  const Played played = play(folder / "a.bin");
  ASSERT_EQ(played.batch.frames.size(), 2U);
  EXPECT_EQ(played.batch.frames[0].bytes.size(), 25U + 6'000'000U);
}

TEST(CompassSource, StopsShortOfABoundThatHoldsTooMuchAtOnce) {
  const Folder folder;
  std::vector<MadeRecord> records;
  for (std::uint64_t i = 0; i < 40; ++i) records.push_back({0, i * 1000 * kMicro, 250'000});
  write(folder / "a.bin", list_bytes(records));
  CompassSource source(folder / "a.bin", selection());
  Batch batch;
  source.advance(kEpoch + seconds(10), batch);
  EXPECT_LT(batch.frames.size(), 12U);
  EXPECT_EQ(source.watermark(), kEpoch + milliseconds(static_cast<std::int64_t>(batch.frames.size())));
  while (source.watermark() < kEpoch + seconds(10)) source.advance(kEpoch + seconds(10), batch);
  EXPECT_EQ(batch.frames.size(), 40U);
}

TEST(CompassSource, SurvivesMutatedFilesAndBooksEveryRecord) {
  const Folder folder;
  std::vector<MadeRecord> records;
  for (std::uint64_t i = 0; i < 20; ++i) {
    records.push_back({0, 100 * i * kMicro});
    records.push_back({1, 100 * i * kMicro + 5});
  }
  const Bytes good = list_bytes(records);
  for (std::uint64_t round = 0; round < 300; ++round) {
    Draw draw(hash_key(7, "list file mutation", round));
    Bytes bytes = good;
    for (std::uint64_t flips = 1 + draw() % 5; flips > 0; --flips) {
      bytes[2 + draw() % (bytes.size() - 2)] = static_cast<std::byte>(draw() & 0xFFU);
    }
    bytes.resize(2 + draw() % (bytes.size() - 1));
    write(folder / "a.bin", bytes);
    CompassSource source(folder / "a.bin", selection());
    Batch batch;
    // Times may have become anything up to half a year.
    for (int step = 0; step < 300 && !source.end(); ++step) source.advance(kEpoch + seconds(86'400LL * step), batch);
    source.advance(kEpoch + seconds(86'400LL * 400), batch);
    ASSERT_TRUE(source.end());
    for (std::size_t i = 1; i < batch.frames.size(); ++i) {
      ASSERT_LE(batch.frames[i - 1].time.begin, batch.frames[i].time.begin);
    }
    Counters skipped = source.skipped();
    ASSERT_LE(skipped["unreadable_bytes"], bytes.size());
    skipped.erase("unreadable_bytes");
    // A flip can make two of one record: the one that it shortens, and what is left of it.
    ASSERT_LE(batch.frames.size() + batch.pulses.size() + total(skipped), 41U + 5U);
  }
}

TEST(CompassSource, PlaysTheRecordedDigitiserFile) {
  const char* folder = std::getenv("SPILLWAY_TEST_DATA");
  const auto file = std::filesystem::path(folder == nullptr ? "" : folder) / "compass" / "compass_test_data.BIN";
  if (folder == nullptr || !std::filesystem::exists(file)) {
    GTEST_SKIP() << "SPILLWAY_TEST_DATA does not name a folder with compass/compass_test_data.BIN";
  }
  CompassSelection wanted = selection();
  wanted.streams = {{0, 2}};
  wanted.reorder = microseconds(10);
  const Played played = play(file, wanted, milliseconds(3));
  ASSERT_EQ(played.batch.frames.size(), 51U);
  ASSERT_EQ(played.batch.pulses.size(), 51U);
  EXPECT_THAT(played.skipped, IsEmpty());
  EXPECT_THAT(played.alarms, IsEmpty());
  EXPECT_EQ((played.batch.frames[0].time.begin - kEpoch).ns, 97'876'200);
  for (const SourceFrame& frame : played.batch.frames) EXPECT_EQ(frame.bytes.size(), 2025U);
}

}  // namespace
}  // namespace spillway::sim_front_end
