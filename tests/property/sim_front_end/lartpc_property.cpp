#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "daq/base/random.hpp"
#include "detectors/lartpc/link_finder.hpp"
#include "detectors/registry.hpp"
#include "sim_front_end/digitiser.hpp"
#include "sim_front_end/lartpc/frames.hpp"

namespace spillway::sim_front_end {
namespace {

struct Chamber {
  Config config;
  model::Setup setup;
};

Chamber chamber(bool gated, bool primitives = false) {
  Config config = Config::parse(
      "[detector.lartpc]\nfacility = \"lhc\"\nkind = \"lartpc\"\nlinks = [3, 40, 70, 160]\n"
      "[simulation.lartpc]\nsignal_rate_scale = 20\nbackground_rate_scale = 20\n",
      "property.toml");
  model::Setup setup;
  setup.epoch = {5'000};
  model::Detector& detector = setup.detectors.emplace_back();
  detector.name = "lartpc";
  detector.kind = "lartpc";
  detector.gated = gated;
  detector.primitives = primitives;
  return {std::move(config), std::move(setup)};
}

/// By stream and begin, all bytes.
std::map<std::pair<std::size_t, std::int64_t>, Bytes> play(const Chamber& chamber,
                                                           const std::vector<model::Pulse>& pulses,
                                                           const std::vector<Interval>& windows,
                                                           const std::vector<std::int64_t>& cuts_ns,
                                                           std::int64_t end_ns) {
  const auto digitiser = make_digitiser({chamber.config, chamber.setup, 0, 11});
  std::map<std::pair<std::size_t, std::int64_t>, Bytes> seen;
  std::int64_t at = 0;
  const auto step = [&](std::int64_t until) {
    const Interval span{chamber.setup.epoch + Duration{at}, chamber.setup.epoch + Duration{until}};
    std::vector<model::Pulse> known;
    for (const model::Pulse& pulse : pulses) {
      const bool due = pulse.time.begin < span.end + digitiser->foresight();
      if (due && pulse.time.begin >= span.begin - digitiser->history()) known.push_back(pulse);
    }
    std::vector<SourceFrame> frames;
    std::vector<model::TruthEvent> truth;
    digitiser->simulate({span, known, windows}, frames, truth);
    for (SourceFrame& frame : frames) {
      EXPECT_TRUE(frame.time.begin >= span.begin && frame.time.begin < span.end);
      EXPECT_TRUE(seen.emplace(std::pair(frame.stream, frame.time.begin.ns), std::move(frame.bytes)).second);
    }
    at = until;
  };
  for (const std::int64_t cut : cuts_ns) step(std::min(at + cut, end_ns));
  step(end_ns);
  return seen;
}

constexpr std::int64_t kEndNs = 2'500'000;

std::vector<model::Pulse> three_pulses(Timestamp epoch) {
  std::vector<model::Pulse> pulses;
  for (const std::int64_t begin_ns : {40'000, 700'000, 1'900'000}) {
    model::Pulse pulse;
    pulse.id = pulses.size() + 1;
    pulse.time = {epoch + Duration{begin_ns}, epoch + Duration{begin_ns + 86'000}};
    pulse.protons = 3.036e14;
    pulses.push_back(pulse);
  }
  return pulses;
}

std::vector<Interval> two_windows(const std::vector<model::Pulse>& pulses) {
  return {{pulses[1].time.begin, pulses[1].time.end + microseconds(300)},
          {pulses[2].time.begin, pulses[2].time.end + microseconds(300)}};
}

void expect_the_same_however_time_is_cut(const Chamber& gated, const Chamber& continuous) {
  const std::vector<model::Pulse> pulses = three_pulses(gated.setup.epoch);
  const std::vector<Interval> windows = two_windows(pulses);
  const auto whole = play(continuous, pulses, {}, {}, kEndNs);
  const auto whole_windows = play(gated, pulses, windows, {}, kEndNs);
  ASSERT_TRUE(!whole_windows.empty() && whole_windows.size() < whole.size());
  Draw draw(1);
  for (int i = 0; i < 6; ++i) {
    std::vector<std::int64_t> cuts;
    for (std::uint64_t k = draw.poisson(1 + 3.0 * i); k > 0; --k) {
      cuts.push_back(1 + static_cast<std::int64_t>(900'000 / (i + 1) * draw.uniform()));
    }
    EXPECT_TRUE(play(continuous, pulses, {}, cuts, kEndNs) == whole) << i;
    EXPECT_TRUE(play(gated, pulses, windows, cuts, kEndNs) == whole_windows) << i;
  }
}

TEST(ChamberDigitiser, SendsTheSameBytesHoweverTimeIsCut) {
  expect_the_same_however_time_is_cut(chamber(true), chamber(false));
}

TEST(ChamberDigitiser, SendsTheSamePrimitivesHoweverTimeIsCut) {
  expect_the_same_however_time_is_cut(chamber(true, true), chamber(false, true));
}

/// By stream, in the order of time.
using Primitives = std::map<std::size_t, std::vector<model::Primitive>>;

void keep_shown(std::vector<model::Primitive>& found, const std::vector<Interval>& windows) {
  std::ranges::sort(found, model::Primitive::earlier);
  const Timestamp end = Timestamp{5'000} + Duration{kEndNs};
  std::erase_if(found, [&](const model::Primitive& p) {
    return p.time().begin >= end ||
           std::ranges::none_of(windows, [&](const Interval& w) { return w.overlaps(p.time()); });
  });
}

TEST(ChamberDigitiser, SendsThePrimitivesThatAreInTheFramesItWouldSend) {
  using namespace detectors::lartpc;
  const Chamber raw = chamber(true);
  const std::vector<model::Pulse> pulses = three_pulses(raw.setup.epoch);
  const std::vector<Interval> windows = two_windows(pulses);
  const std::vector<std::size_t> links = {3, 40, 70, 160};
  const Section readout = detectors::readout_section(raw.config, "lartpc");
  std::map<std::size_t, LinkFinder> finders;
  Primitives expected;
  for (const auto& [where, bytes] : play(raw, pulses, windows, {}, kEndNs)) {
    const auto [finder, is_new] =
        finders.try_emplace(where.first, finder_settings(readout, links[where.first]), wib_eth_clock(raw.setup.epoch));
    finder->second.find(*decode_wib_eth(bytes), expected[where.first]);
  }
  for (auto& [stream, finder] : finders) finder.close(expected[stream]);
  Primitives sent;
  for (const auto& [where, bytes] : play(chamber(true, true), pulses, windows, {}, kEndNs)) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(model::Primitive)) {
      sent[where.first].push_back(load<model::Primitive>(bytes, at));
      EXPECT_LT(sent[where.first].back().time_start_ns, where.second + lartpc::kFrameNs);
    }
  }
  std::size_t all = 0;
  for (std::size_t stream = 0; stream < links.size(); ++stream) {
    keep_shown(expected[stream], windows);
    EXPECT_EQ(sent[stream], expected[stream]) << stream;
    all += sent[stream].size();
  }
  EXPECT_GT(all, 50U);
}

}  // namespace
}  // namespace spillway::sim_front_end
