#include "trigger/message_folder.hpp"

#include <gtest/gtest.h>

#include "daq/proto/convert.hpp"

namespace spillway::trigger {
namespace {

model::Setup setup(bool primitives) {
  model::Setup made;
  made.facilities.emplace_back();
  made.detectors.emplace_back();
  made.detectors.back().primitives = primitives;
  return made;
}

MadeDecision made(std::uint64_t id, std::uint32_t bits = 0, std::uint32_t primitives = 0) {
  MadeDecision decision;
  const auto begin = static_cast<std::int64_t>(id * 1'000'000'000 / 14);
  decision.decision = {id,
                       0,
                       {model::GateKind::kOn, {{begin}, {begin + 100}}, id, id + 1, 1e15},
                       {{begin - 10}, {begin + 120}},
                       bits,
                       primitives};
  decision.sent_wall_ns = static_cast<std::int64_t>(1000 + id);
  if ((bits & model::kReadOut) != 0) decision.boots = {7};
  return decision;
}

std::vector<model::Decision> expanded(const v1::Decisions& message) {
  std::vector<model::Decision> all;
  for (const v1::Decision& decision : message.decisions()) {
    if (decision.trains_size() == 0) {
      all.push_back(proto::to_model(decision));
    } else {
      proto::train_of(decision).for_each([&](const model::Decision& each) { all.push_back(each); });
    }
  }
  return all;
}

TEST(MessageFolder, SendsEmptyGatesAsTrainsAndThoseWithContentSingly) {
  std::vector<MadeDecision> decisions;
  for (std::uint64_t id = 0; id < 100; ++id) {
    if (id == 40) {
      decisions.push_back(made(id, model::kCoincidence | model::kReadOut, 2));
    } else {
      decisions.push_back(made(id, 0, id == 43 ? 1 : 0));
    }
  }
  v1::Decisions message;
  MessageFolder(setup(true)).add(decisions, message);
  ASSERT_EQ(message.decisions_size(), 6) << "a train, the read one, two short of a train, one primitive, a train";
  EXPECT_EQ(message.decisions(0).trains(0).count(), 40U);
  EXPECT_EQ(message.decisions(0).sent_wall_ns(), 1000);
  EXPECT_EQ(message.decisions(1).boots_size(), 1);
  EXPECT_EQ(message.decisions(4).primitives(), 1U);
  const auto all = expanded(message);
  ASSERT_EQ(all.size(), decisions.size());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], decisions[i].decision);
}

TEST(MessageFolder, SendsEveryDecisionSinglyAtTheLevelOfBytes) {
  std::vector<MadeDecision> decisions;
  for (std::uint64_t id = 0; id < 20; ++id) decisions.push_back(made(id));
  v1::Decisions message;
  MessageFolder(setup(false)).add(decisions, message);
  EXPECT_EQ(message.decisions_size(), 20);
}

TEST(MessageFolder, SendsPulsesAsTrainsAndAmendmentsSingly) {
  std::vector<StoredPulse> pulses;
  for (std::uint64_t k = 0; k < 30; ++k) {
    const auto begin = static_cast<std::int64_t>(k * 1'000'000'000 / 14);
    pulses.push_back({0, {k + 1, 0, {{begin}, {begin + 2'800'000}}, 1.11e15, 0.01, model::kChargeMeasured}});
  }
  pulses.push_back({0, {3, 1, pulses[2].pulse.time, 1.2e15, 0.001, 0}});
  v1::Pulses message;
  MessageFolder(setup(true)).add(pulses, message);
  ASSERT_EQ(message.pulses_size(), 2);
  const model::PulseTrain train = proto::train_of(message.pulses(0));
  ASSERT_EQ(train.count(), 30U);
  for (std::uint64_t k = 0; k < 30; ++k) EXPECT_EQ(train.pulse(k), pulses[k].pulse);
  EXPECT_EQ(proto::to_model(message.pulses(1)), pulses[30].pulse);
}

}  // namespace
}  // namespace spillway::trigger
