#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "detectors/caen/dpp_daw.hpp"

namespace spillway::detectors::caen {
namespace {

TEST(DppDawProperty, EveryRecordIsReadBackAsItWasWritten) {
  EXPECT_TRUE(rc::check(
      [](bool fail, bool format, std::uint16_t pattern, std::uint32_t time_tag, std::vector<std::uint16_t> samples) {
        if (samples.size() % 2 == 1) samples.push_back(0);
        DppDawRecord record;
        record.board = *rc::gen::inRange<std::uint8_t>(0, 32);
        record.board_fail = fail;
        record.event_format = format;
        record.pattern = pattern;
        record.channel = *rc::gen::inRange<std::uint8_t>(0, 16);
        record.event_counter = *rc::gen::inRange<std::uint32_t>(0, 1U << 24U);
        record.time_tag = time_tag;
        record.ticks = *rc::gen::inRange<std::uint64_t>(0, kMostDppDawTicks);
        record.baseline = *rc::gen::inRange<std::uint16_t>(0, kDppDawFullScale + 1);
        Bytes bytes;
        encode_dpp_daw(record, samples, bytes);
        const auto read = decode_dpp_daw(bytes);
        RC_ASSERT(read.has_value());
        RC_ASSERT(read->bytes == bytes.size());
        RC_ASSERT(read->board == record.board);
        RC_ASSERT(read->board_fail == fail);
        RC_ASSERT(read->event_format == format);
        RC_ASSERT(read->pattern == pattern);
        RC_ASSERT(read->channel == record.channel);
        RC_ASSERT(read->event_counter == record.event_counter);
        RC_ASSERT(read->time_tag == time_tag);
        RC_ASSERT(read->ticks == record.ticks);
        RC_ASSERT(read->baseline == record.baseline);
        RC_ASSERT(read->sample_count() == samples.size());
        for (std::size_t i = 0; i < samples.size(); ++i) RC_ASSERT(read->sample(i) == samples[i]);
      }));
}

}  // namespace
}  // namespace spillway::detectors::caen
