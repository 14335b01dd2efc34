#include "sim_front_end/simulated_source.hpp"

#include <gtest/gtest.h>

#include "daq/base/random.hpp"

namespace spillway::sim_front_end {
namespace {

constexpr Duration kFrame = microseconds(100);

/// Frames of 100 us on a fixed grid; the bytes are the frame's time.
class GridDigitiser final : public Digitiser {
 public:
  [[nodiscard]] model::Encoding encoding() const override { return {7}; }
  [[nodiscard]] Duration history() const override { return milliseconds(3); }
  [[nodiscard]] Duration longest_span() const override { return milliseconds(2); }
  void simulate(const BeamView& view, std::vector<SourceFrame>& frames,
                std::vector<model::TruthEvent>& truth) override {
    const std::int64_t first = (view.span.begin.ns + kFrame.ns - 1) / kFrame.ns * kFrame.ns;
    for (Timestamp t{first}; t < view.span.end; t = t + kFrame) {
      const Interval time{t, t + kFrame};
      const bool wanted = view.windows.empty() || std::any_of(view.windows.begin(), view.windows.end(),
                                                              [&](auto window) { return window.overlaps(time); });
      if (!wanted) continue;
      const auto bytes = std::as_bytes(std::span(&t.ns, 1));
      frames.push_back({0, time, Bytes(bytes.begin(), bytes.end())});
    }
    for (const model::Pulse& pulse : view.pulses) {
      if (view.span.contains(pulse.time.begin)) truth.emplace_back();
    }
  }
};

struct Played {
  std::vector<std::int64_t> frames;
  std::vector<std::uint64_t> pulses;
  std::size_t truth = 0;
  friend bool operator==(const Played&, const Played&) = default;
};

class SimulatedSourceTest : public ::testing::Test {
 protected:
  SimulatedSourceTest() {
    setup.epoch = {1'000'000'000'000'000'000};
    model::Facility& lhc = setup.facilities.emplace_back();
    lhc.name = "lhc";
    lhc.off_offsets = {milliseconds(400)};
    model::Detector& tpc = setup.detectors.emplace_back();
    tpc.name = "tpc";
    tpc.streams = {"tpc/0"};
    tpc.pre = milliseconds(1);
    tpc.post = milliseconds(2);
    tpc.gated = true;
    beam.first = setup.epoch + milliseconds(100);
    beam.period_num = 1'000'000'000;
    beam.jitter = milliseconds(50);
    beam.length = microseconds(86);
  }
  SimulatedSource source() {
    std::vector<std::unique_ptr<Digitiser>> digitisers;
    digitisers.push_back(std::make_unique<GridDigitiser>());
    return {setup, 0, BeamSchedule(beam, "lhc", 5), std::move(digitisers), 5};
  }
  /// Plays `length` in pieces of `piece`, or of random length.
  Played play(Duration length, Duration piece) {
    SimulatedSource playing = source();
    Played played;
    Batch batch;
    Draw draw(1);
    Timestamp bound = setup.epoch;
    while (bound < setup.epoch + length) {
      bound = std::min(setup.epoch + length,
                       bound + Duration{1 + static_cast<std::int64_t>(draw.uniform() * static_cast<double>(piece.ns))});
      while (playing.watermark() < bound) {
        batch.clear();
        playing.advance(bound, batch);
        for (const SourceFrame& frame : batch.frames) played.frames.push_back(frame.time.begin.ns);
        for (const PulseReport& report : batch.pulses) played.pulses.push_back(report.pulse.id);
        played.truth += batch.truth.size();
      }
    }
    return played;
  }
  model::Setup setup;
  detectors::beam::SimulatedBeam beam;
};

TEST_F(SimulatedSourceTest, SendsExactlyTheFramesThatTouchAReadoutWindow) {
  const Played played = play(seconds(4), seconds(1));
  std::vector<model::Pulse> pulses;
  BeamSchedule(beam, "lhc", 5).pulses({setup.epoch, setup.epoch + seconds(5)}, pulses);
  const auto gates = model::gates_from_pulses(pulses, setup.facilities[0], 5, {setup.epoch, setup.epoch + seconds(5)});
  std::set<std::int64_t> expected;
  for (const model::Gate& gate : gates) {
    const Interval window{gate.time.begin - milliseconds(1), gate.time.end + milliseconds(2)};
    for (std::int64_t t = (window.begin.ns / kFrame.ns) * kFrame.ns; t < window.end.ns; t += kFrame.ns) {
      if (t >= setup.epoch.ns && t < setup.epoch.ns + 4'000'000'000) expected.insert(t);
    }
  }
  EXPECT_EQ(std::vector<std::int64_t>(expected.begin(), expected.end()), played.frames);
  EXPECT_EQ(played.truth, 4U);
}

TEST_F(SimulatedSourceTest, GivesOutTheSameHoweverTimeIsCut) {
  setup.facilities[0].random_rate_hz = 5;
  setup.facilities[0].random_length = milliseconds(1);
  const Played whole = play(seconds(3), seconds(3));
  EXPECT_EQ(play(seconds(3), milliseconds(1)), whole);
  EXPECT_EQ(play(seconds(3), milliseconds(77)), whole);
  EXPECT_GT(whole.frames.size(), 100U);
}

TEST_F(SimulatedSourceTest, HoldsThePulseWatermarkBackByTheDelayItMayHave) {
  beam.report_delay = seconds(5);
  setup.facilities[0].max_pulse_lateness = seconds(6);
  SimulatedSource playing = source();
  Batch batch;
  while (playing.watermark() < setup.epoch + seconds(4)) playing.advance(setup.epoch + seconds(4), batch);
  EXPECT_TRUE(batch.pulses.empty());
  EXPECT_EQ(playing.pulse_watermark(), setup.epoch - seconds(1));
  while (playing.watermark() < setup.epoch + seconds(6)) playing.advance(setup.epoch + seconds(6), batch);
  EXPECT_EQ(batch.pulses.size(), 1U);
}

}  // namespace
}  // namespace spillway::sim_front_end
