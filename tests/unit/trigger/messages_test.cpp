#include "trigger/messages.hpp"

#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include "daq/model/fragment.hpp"
#include "daq/proto/beam_pulse.hpp"
#include "daq/proto/convert.hpp"
#include "daq/transport/link.hpp"
#include "tests/unit/trigger/trigger_bench.hpp"

namespace spillway::trigger {
namespace {

using test::at;
using test::primitive;
using test::pulse;

struct Packed {
  v1::Bulk bulk;
  Bytes payload;
};

Packed pulses_in(const std::vector<Bytes>& items) {
  Packed packed;
  std::vector<std::uint32_t> sizes;
  for (const Bytes& item : items) {
    append(packed.payload, item);
    sizes.push_back(static_cast<std::uint32_t>(item.size()));
  }
  transport::describe_items(packed.bulk, sizes, packed.payload);
  packed.bulk.set_encoding(model::Encoding::of(model::EncodingFamily::kBeamPulse).value);
  packed.bulk.set_covered_from_ns(10);
  packed.bulk.set_watermark_ns(1000);
  return packed;
}

Bytes record(const model::Pulse& pulse) {
  const auto bytes = proto::encode_beam_pulse(pulse, proto::FacilityCode::kEmulated, 1);
  return {bytes.begin(), bytes.end()};
}

Bytes with_crc(Bytes bytes) {
  const std::uint32_t crc = crc32_ieee(ByteView(bytes).first(76));
  std::memcpy(bytes.data() + 76, &crc, sizeof crc);
  return bytes;
}

TEST(PulseMessages, GiveTheirPulsesAndCoverage) {
  Counters refused;
  const Packed packed = pulses_in({record(pulse(1, 100)), record(pulse(2, 200))});
  const PulseBatch batch = read_pulses(packed.bulk, packed.payload, refused);
  ASSERT_EQ(batch.pulses.size(), 2U);
  EXPECT_EQ(batch.pulses[1].id, 2U);
  EXPECT_EQ(batch.watermark, at(1000));
  EXPECT_TRUE(refused.empty());
}

TEST(PulseMessages, CountEveryBadRecordByItsNameAndKeepTheGoodOnes) {
  const Bytes good = record(pulse(1, 100));
  const auto changed = [&](std::size_t offset, std::byte value) {
    Bytes bytes = good;
    bytes[offset] = value;
    return with_crc(bytes);
  };
  model::Pulse backwards = pulse(1, 100, -5);
  model::Pulse negative = pulse(1, 100);
  negative.protons = -1;
  Bytes broken = good;
  broken[20] ^= std::byte{1};

  const std::vector<std::pair<std::string, Bytes>> table = {
      {"truncated", Bytes(good.begin(), good.end() - 1)},
      {"bad_magic", changed(0, std::byte{'X'})},
      {"bad_version", changed(4, std::byte{9})},
      {"bad_length", changed(6, std::byte{81})},
      {"bad_crc", broken},
      {"bad_times", record(backwards)},
      {"bad_protons", record(negative)},
  };
  for (const auto& [name, bytes] : table) {
    Counters refused;
    const Packed packed = pulses_in({bytes, good});
    EXPECT_EQ(read_pulses(packed.bulk, packed.payload, refused).pulses.size(), 1U) << name;
    EXPECT_EQ(refused, (Counters{{name, 1}}));
  }
}

TEST(PulseMessages, AreNotBelievedWhereTheyContradictThemselves) {
  Packed packed = pulses_in({record(pulse(1, 100))});
  Counters refused;
  Packed other = packed;
  other.payload[3] ^= std::byte{1};
  EXPECT_TRUE(read_pulses(other.bulk, other.payload, refused).pulses.empty());
  other = packed;
  other.payload.push_back(std::byte{0});
  EXPECT_TRUE(read_pulses(other.bulk, other.payload, refused).pulses.empty());
  other = packed;
  other.bulk.set_encoding(77);
  EXPECT_TRUE(read_pulses(other.bulk, other.payload, refused).pulses.empty());
  EXPECT_EQ(refused, (Counters{{"bad_crc", 1}, {"bad_sizes", 1}, {"unknown_encoding", 1}}));
}

v1::Pulse train_of(std::uint64_t first_id, std::uint64_t count) {
  return proto::to_proto(
      model::PulseTrain{{model::GateKind::kOn, at(100), 500, 7, count, nanoseconds(9), 0, first_id, 2e15}, 0.01, 4}, 0);
}

TEST(PulseMessages, GiveThePulsesOfTheirTrainsBeforeThoseOfTheirRecords) {
  Packed packed = pulses_in({record(pulse(12, 900))});
  *packed.bulk.add_pulse_trains() = train_of(1, 10);
  *packed.bulk.add_pulse_trains() = train_of(11, 1);
  Counters refused;
  const PulseBatch batch = read_pulses(packed.bulk, packed.payload, refused);
  EXPECT_TRUE(refused.empty());
  ASSERT_EQ(batch.pulses.size(), 12U);
  for (std::size_t i = 0; i < batch.pulses.size(); ++i) EXPECT_EQ(batch.pulses[i].id, i + 1);
  EXPECT_EQ(batch.pulses[9], (model::Pulse{10, 0, {at(742), at(751)}, 2e15, 0.01, 4})) << "100 + floor(9 x 500 / 7)";
}

TEST(PulseMessages, RefuseTrainsThatCannotBe) {
  std::vector<v1::Pulse> bad(5, train_of(1, 10));
  bad[0].mutable_train()->set_count(std::uint64_t{1} << 40);
  bad[1].mutable_train()->set_period_den(0);
  bad[2].mutable_train()->set_protons(std::numeric_limits<double>::quiet_NaN());
  bad[3].set_protons_uncertainty(-1);
  bad[4].clear_train();
  Packed packed = pulses_in({record(pulse(1, 100))});
  for (const v1::Pulse& train : bad) *packed.bulk.add_pulse_trains() = train;
  Counters refused;
  EXPECT_EQ(read_pulses(packed.bulk, packed.payload, refused).pulses.size(), 1U);
  EXPECT_EQ(refused, (Counters{{"bad_train", 5}}));

  packed.bulk.clear_pulse_trains();
  for (int i = 0; i < 3; ++i) *packed.bulk.add_pulse_trains() = train_of(1, model::kMostInTrain - 1);
  refused.clear();
  EXPECT_EQ(read_pulses(packed.bulk, packed.payload, refused).pulses.size(), model::kMostInTrain) << "in all";
  EXPECT_EQ(refused, (Counters{{"bad_train", 2}}));
}

Packed primitives_in(const std::vector<model::Primitive>& list) {
  Packed packed;
  for (const auto& one : list) append(packed.payload, one);
  transport::describe_items(packed.bulk, std::vector<std::uint32_t>(list.size(), sizeof(model::Primitive)),
                            packed.payload);
  packed.bulk.set_encoding(model::Encoding::of(model::EncodingFamily::kPrimitives).value);
  packed.bulk.set_covered_from_ns(10);
  packed.bulk.set_watermark_ns(1000);
  return packed;
}

TEST(PrimitiveMessages, GiveTheirPrimitivesGapsAndBooks) {
  Packed packed = primitives_in({primitive(20), primitive(30)});
  auto& gap = *packed.bulk.add_gaps();
  gap.set_begin_ns(40);
  gap.set_end_ns(50);
  packed.bulk.mutable_totals()->set_sent(5);
  Counters refused;
  const PrimitiveBatch batch = read_primitives(packed.bulk, packed.payload, refused);
  EXPECT_EQ(batch.primitives.size(), 2U);
  ASSERT_EQ(batch.gaps.size(), 1U);
  EXPECT_EQ(batch.gaps[0], (Interval{at(40), at(50)}));
  ASSERT_TRUE(batch.totals);
  EXPECT_EQ(batch.totals->sent, 5U);
  EXPECT_TRUE(refused.empty());
}

TEST(PrimitiveMessages, AreAGapWhereTheyContradictThemselves) {
  const Packed good = primitives_in({primitive(20), primitive(30)});
  const std::vector<std::pair<std::string, std::function<void(Packed&)>>> table = {
      {"bad_crc", [](Packed& p) { p.payload[0] ^= std::byte{1}; }},
      {"bad_sizes", [](Packed& p) { p.payload.pop_back(); }},
      {"unknown_encoding", [](Packed& p) { p.bulk.set_encoding(0); }},
  };
  for (const auto& [name, spoil] : table) {
    Packed packed = good;
    spoil(packed);
    Counters refused;
    const PrimitiveBatch batch = read_primitives(packed.bulk, packed.payload, refused);
    EXPECT_TRUE(batch.primitives.empty()) << name;
    ASSERT_EQ(batch.gaps.size(), 1U) << name;
    EXPECT_EQ(batch.gaps[0], (Interval{at(10), at(1000)}));
    EXPECT_EQ(refused, (Counters{{name, 1}}));
  }
}

TEST(TriggerEnd, CarriesTheBooksOfEveryStreamAndFacility) {
  test::Bench bench(test::setup({test::facility()}, {test::detector("d", 0, 2)}), {0}, {at(0), 0, nanoseconds(900)});
  bench.core.add_pulses(0, test::pulses(500, {pulse(1, 100)}));
  bench.core.add_pulses(0, test::pulses(1000, {pulse(2, 100)}));
  bench.core.add_primitives(0, "d/0", test::primitives(0, 1000));
  bench.core.add_primitives(0, "d/1", test::primitives(0, 1000));
  bench.turn();
  const v1::TriggerEnd end = end_message(bench.core, bench.setup);
  EXPECT_EQ(end.end_ns(), 900);
  ASSERT_EQ(end.decisions_size(), 1);
  EXPECT_EQ(end.decisions(0), 1U);
  ASSERT_EQ(end.totals_size(), 2);
  EXPECT_EQ(end.totals(1).stream(), "d/1");
  ASSERT_EQ(end.facilities_size(), 1);
  EXPECT_EQ(end.facilities(0).late_pulses(), 1U);
}

}  // namespace
}  // namespace spillway::trigger
