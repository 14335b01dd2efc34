#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "detectors/caen/compass.hpp"

namespace spillway::detectors::caen {
namespace {

TEST(CompassProperty, EveryRecordIsReadBackAsItWasWritten) {
  EXPECT_TRUE(rc::check([](std::uint16_t board, std::uint16_t channel, std::uint64_t time_ps, std::uint32_t flags,
                           const std::vector<std::uint16_t>& samples) {
    const CompassWord word{static_cast<std::uint16_t>(0xCAE0 + *rc::gen::inRange(0, 16))};
    CompassRecord record;
    record.board = board;
    record.channel = channel;
    record.time_ps = time_ps;
    record.flags = flags;
    Bytes bytes;
    encode_compass(word, record, samples, bytes);
    const auto read = decode_compass(word, bytes);
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->bytes == bytes.size());
    RC_ASSERT(read->board == board);
    RC_ASSERT(read->channel == channel);
    RC_ASSERT(read->time_ps == time_ps);
    RC_ASSERT(read->flags == flags);
    if (word.has_waveform()) {
      RC_ASSERT(read->sample_count() == samples.size());
      for (std::size_t i = 0; i < samples.size(); ++i) RC_ASSERT(read->sample(i) == samples[i]);
    }
  }));
}

TEST(ClockSegmentProperty, NeverRunsBackwards) {
  EXPECT_TRUE(rc::check([](std::uint64_t first, std::uint64_t a, std::uint64_t b) {
    const ClockSegment clock{first,
                             {*rc::gen::inRange<std::int64_t>(-1'000'000'000'000'000'000, 1'000'000'000'000'000'000)},
                             *rc::gen::inRange<std::uint64_t>(1, 1'000'000),
                             *rc::gen::inRange<std::uint64_t>(1, 1'000'000)};
    RC_ASSERT(clock.to_tai(std::min(a, b)) <= clock.to_tai(std::max(a, b)));
  }));
}

}  // namespace
}  // namespace spillway::detectors::caen
