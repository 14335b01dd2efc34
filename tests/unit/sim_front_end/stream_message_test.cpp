#include "sim_front_end/stream_message.hpp"

#include <gtest/gtest.h>

#include "daq/base/random.hpp"
#include "daq/proto/beam_pulse.hpp"
#include "daq/transport/link.hpp"

namespace spillway::sim_front_end {
namespace {

constexpr auto kEncoding = model::Encoding::of(model::EncodingFamily::kCompass, 0xCAED);

Bytes item(std::size_t size) {
  return Bytes(size, std::byte{1});
}

TEST(StreamMessage, CoversTimeWithoutGapsAndCountsItsItems) {
  StreamMessage message("csi/0", kEncoding, {100});
  EXPECT_FALSE(message.has_news());
  message.add({150}, item(3));
  message.add({150}, item(4));
  message.advance({200});
  const OutMessage first = message.take(77);
  EXPECT_EQ(first.envelope.bulk().stream(), "csi/0");
  EXPECT_EQ(first.envelope.bulk().sequence(), 0U);
  EXPECT_EQ(first.envelope.bulk().count(), 2U);
  EXPECT_EQ(first.envelope.bulk().covered_from_ns(), 100);
  EXPECT_EQ(first.envelope.bulk().watermark_ns(), 200);
  EXPECT_EQ(first.envelope.bulk().encoding(), kEncoding.value);
  EXPECT_EQ(first.envelope.bulk().totals().sent(), 2U);
  EXPECT_EQ(first.envelope.bulk().sent_wall_ns(), 77);
  EXPECT_TRUE(transport::items_of(first.envelope.bulk(), first.payload));

  message.advance({300});
  EXPECT_TRUE(message.has_news());
  const OutMessage idle = message.take(78);
  EXPECT_EQ(idle.envelope.bulk().count(), 0U);
  EXPECT_EQ(idle.envelope.bulk().sequence(), 2U);
  EXPECT_EQ(idle.envelope.bulk().covered_from_ns(), 200);
  EXPECT_EQ(idle.envelope.bulk().watermark_ns(), 300);
}

TEST(StreamMessage, CountsThePulsesOfATrain) {
  StreamMessage message("pulses/ess", kEncoding, {0});
  v1::Pulse train;
  train.mutable_train()->set_count(9);
  message.add_train(train);
  EXPECT_TRUE(message.has_news());
  message.add(item(3));
  const OutMessage first = message.take(0);
  EXPECT_EQ(first.envelope.bulk().pulse_trains_size(), 1);
  EXPECT_EQ(first.envelope.bulk().count(), 1U);
  EXPECT_EQ(first.envelope.bulk().totals().sent(), 10U);
  EXPECT_EQ(message.take(0).envelope.bulk().sequence(), 10U);
}

TEST(StreamMessage, IsDueAfterAPeriodOfDataTimeOrWhenItIsLarge) {
  StreamMessage message("csi/0", kEncoding, {0});
  message.advance({99});
  EXPECT_FALSE(message.due(nanoseconds(100)));
  message.advance({100});
  EXPECT_TRUE(message.due(nanoseconds(100)));
  message.take(0);
  message.add({100}, item(300'000));
  EXPECT_TRUE(message.due(nanoseconds(100)));
  EXPECT_FALSE(message.full_before({100})) << "items of one time stay together, or a watermark would part them";
  EXPECT_TRUE(message.full_before({101}));
}

TEST(StreamMessage, EndsOnceMoreForAProcessThatCameLater) {
  StreamMessage message("csi/0", kEncoding, {0});
  message.add({5}, item(1));
  message.advance({10});
  message.take(0);
  for (int i = 0; i < 2; ++i) {
    const OutMessage end = message.take_end(0);
    EXPECT_TRUE(end.envelope.bulk().end_of_stream());
    EXPECT_EQ(end.envelope.bulk().covered_from_ns(), 10);
    EXPECT_EQ(end.envelope.bulk().watermark_ns(), Timestamp::max().ns);
    EXPECT_EQ(end.envelope.bulk().totals().sent(), 1U);
  }
}

TEST(BeamPulseRecord, NeverBelievesMutatedBytes) {
  model::Pulse pulse;
  pulse.id = 9;
  pulse.time = {{1'000}, {2'000}};
  pulse.protons = 1e13;
  const auto good = proto::encode_beam_pulse(pulse, proto::FacilityCode::kEmulated, 4);
  for (std::uint64_t round = 0; round < 20'000; ++round) {
    Draw draw(hash_key(3, "beam pulse mutation", round));
    Bytes bytes(good.begin(), good.end());
    const std::size_t at = draw() % bytes.size();
    const auto flip = static_cast<std::byte>(1U << (draw() % 8));
    bytes[at] ^= flip;
    EXPECT_FALSE(proto::decode_beam_pulse(bytes)) << at;
    bytes[at] ^= flip;
    bytes.resize(draw() % bytes.size());
    bytes.shrink_to_fit();
    EXPECT_FALSE(proto::decode_beam_pulse(bytes));
  }
}

}  // namespace
}  // namespace spillway::sim_front_end
