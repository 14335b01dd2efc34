#include "sim_front_end/compass_source.hpp"

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
  EXPECT_EQ(played.batch.pulses[0].id, 1U);
  EXPECT_EQ(played.batch.pulses[0].time, (Interval{kEpoch + nanoseconds(10'000), kEpoch + nanoseconds(10'001)}));
  EXPECT_EQ(played.batch.pulses[0].flags, model::kGateSeen | model::kReplay | model::kChargeUnknown);
  EXPECT_EQ(played.batch.pulses[1].id, 2U);
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
  EXPECT_EQ(played.batch.pulses[0].protons, 2e14);
  EXPECT_EQ(played.batch.pulses[0].flags, model::kGateSeen | model::kReplay);
  EXPECT_EQ(played.batch.pulses[0].time.length(), microseconds(86));
}

TEST(CompassSource, SortsWhatIsOutOfOrderByLessThanTheReorderTime) {
  const Folder folder;
  write(folder / "a.bin",
        list_bytes({{0, 10 * kMicro}, {0, 10 * kMicro - 900'000}, {2, 20 * kMicro}, {1, 20 * kMicro - 6}}));
  const Played played = play(folder / "a.bin", selection(), nanoseconds(777));
  EXPECT_THAT(frame_times(played.batch), ElementsAre(9'100, 10'000, 20'000));
  EXPECT_EQ(played.batch.pulses[0].time.begin, kEpoch + nanoseconds(19'999));
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

TEST(CompassSource, EndsAtARecordThatCannotBeDelimitedAndSaysSo) {
  const Folder folder;
  Bytes good = list_bytes({{0, kMicro}, {1, kMicro}});
  struct Case {
    Bytes bytes;
    std::string reason;
  };
  std::vector<Case> cases;
  Bytes cut = good;
  append(cut, ByteView(record_bytes({0, 2 * kMicro})).first(20));
  cases.push_back({cut, "truncated"});
  Bytes absurd = good;
  append(absurd, record_bytes({0, 2 * kMicro}));
  const std::uint32_t samples = 2'000'000'000;
  std::memcpy(absurd.data() + good.size() + 21, &samples, sizeof samples);
  append(absurd, record_bytes({0, 3 * kMicro}));
  cases.push_back({absurd, "bad_length"});
  Bytes version = good;
  append(version, record_bytes({0, 2 * kMicro}));
  version[good.size() + 20] = std::byte{0};
  cases.push_back({version, "bad_version"});
  for (const Case& c : cases) {
    write(folder / "a.bin", c.bytes);
    const Played played = play(folder / "a.bin");
    EXPECT_THAT(frame_times(played.batch), ElementsAre(1'000)) << c.reason;
    EXPECT_EQ(played.skipped, (Counters{{c.reason, 1}}));
    ASSERT_EQ(played.alarms.size(), 1U) << c.reason;
    EXPECT_THAT(played.alarms[0], HasSubstr("offset " + std::to_string(good.size())));
    EXPECT_THAT(played.alarms[0], HasSubstr(c.reason));
  }
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
    ASSERT_LE(batch.frames.size() + batch.pulses.size() + total(source.skipped()), 41U);
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
