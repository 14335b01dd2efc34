#include "sim_front_end/beam_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway::sim_front_end {
namespace {

detectors::beam::SimulatedBeam spills() {
  detectors::beam::SimulatedBeam beam;
  beam.first = {1'000};
  beam.period_num = 1'000'000'000;
  beam.period_den = 14;
  beam.length = microseconds(2800);
  beam.protons = 1e15;
  return beam;
}

std::vector<model::Pulse> pulses(const BeamSchedule& schedule, Interval span) {
  std::vector<model::Pulse> found;
  schedule.pulses(span, found);
  return found;
}

std::vector<model::Pulse> pulses_of(const std::vector<PulseReport>& reports) {
  std::vector<model::Pulse> found;
  for (const PulseReport& report : reports) found.push_back(report.pulse);
  return found;
}

std::vector<model::Pulse> reports(const BeamSchedule& schedule, Interval span) {
  std::vector<PulseReport> found;
  schedule.reports(span, found);
  return pulses_of(found);
}

TEST(BeamSchedule, KeepsTheExactPeriodOverADay) {
  const BeamSchedule schedule(spills(), "ess", 1);
  const auto found = pulses(schedule, {{1'000 + 86'400'000'000'000}, {1'000 + 86'401'000'000'000}});
  ASSERT_EQ(found.size(), 14U);
  EXPECT_EQ(found[0].id, 86'400U * 14 + 1);
  EXPECT_EQ(found[0].time.begin.ns, 1'000 + 86'400'000'000'000);
  EXPECT_EQ(found[1].time.begin.ns, 1'000 + 86'400'000'000'000 + 71'428'571);
}

TEST(BeamSchedule, GivesTheSamePulsesHoweverTimeIsCut) {
  detectors::beam::SimulatedBeam beam = spills();
  beam.jitter = milliseconds(60);
  beam.protons_spread = 0.1;
  beam.report_delay = milliseconds(10);
  beam.report_delay_spread = milliseconds(200);
  beam.charge_delay = milliseconds(333);
  const BeamSchedule schedule(beam, "ess", 7);
  const auto whole = pulses(schedule, {{0}, {3'000'000'000}});
  const auto said = reports(schedule, {{0}, {3'000'000'000}});
  std::vector<model::Pulse> cut;
  std::vector<PulseReport> cut_reports;
  for (std::int64_t t = 0; t < 3'000'000'000; t += 7'654'321) {
    const Interval span{{t}, {std::min<std::int64_t>(t + 7'654'321, 3'000'000'000)}};
    schedule.pulses(span, cut);
    schedule.reports(span, cut_reports);
  }
  EXPECT_EQ(cut, whole);
  EXPECT_EQ(pulses_of(cut_reports), said);
  EXPECT_GT(whole.size(), 40U);
}

TEST(BeamSchedule, ReportsEachPulseOnceAfterItsDelay) {
  detectors::beam::SimulatedBeam beam = spills();
  beam.report_delay = seconds(5);
  const BeamSchedule schedule(beam, "lhc", 3);
  EXPECT_TRUE(reports(schedule, {{0}, {5'000'001'000}}).empty());
  const auto found = reports(schedule, {{5'000'001'000}, {5'000'001'001}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].time.begin.ns, 1'000);
  EXPECT_EQ(schedule.longest_delay().ns, seconds(5).ns);
}

TEST(BeamSchedule, AmendsTheChargeLater) {
  detectors::beam::SimulatedBeam beam = spills();
  beam.protons_spread = 0.05;
  beam.charge_delay = seconds(2);
  const BeamSchedule schedule(beam, "ess", 3);
  const auto first = reports(schedule, {{1'000}, {1'001}});
  const auto later = reports(schedule, {{2'000'001'000}, {2'000'001'001}});
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].revision, 0U);
  EXPECT_EQ(first[0].protons, 1e15);
  const auto amendment =
      std::find_if(later.begin(), later.end(), [](const auto& pulse) { return pulse.revision == 1; });
  ASSERT_NE(amendment, later.end());
  EXPECT_EQ(amendment->id, first[0].id);
  EXPECT_NE(amendment->protons, 1e15);
  EXPECT_NE(amendment->flags & model::kChargeMeasured, 0U);
}

TEST(BeamSchedule, DrawsOtherTimesFromAnotherSeed) {
  detectors::beam::SimulatedBeam beam = spills();
  beam.jitter = milliseconds(50);
  const Interval second{{0}, {1'000'000'000}};
  EXPECT_NE(pulses(BeamSchedule(beam, "lhc", 1), second), pulses(BeamSchedule(beam, "lhc", 2), second));
}

}  // namespace
}  // namespace spillway::sim_front_end
