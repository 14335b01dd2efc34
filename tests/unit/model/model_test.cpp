#include <algorithm>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daq/model/fragment.hpp"
#include "daq/model/interval_set.hpp"
#include "daq/model/run_digest.hpp"
#include "daq/model/run_summary.hpp"
#include "daq/model/setup.hpp"

namespace spillway::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Interval ns(std::int64_t begin, std::int64_t end) {
  return {{begin}, {end}};
}

TEST(Names, AreThoseOfFilesAndJson) {
  EXPECT_EQ(name(GateKind::kRandom), "random");
  EXPECT_EQ(name(DeadReason::kStreamMissing), "stream_missing");
  EXPECT_EQ(name(DeadReason::kPrescale), "prescale");
  EXPECT_EQ(name(FragmentStatus::kNoData), "no_data");
  EXPECT_EQ(name(Condition::kIncomplete), "INCOMPLETE");
}

TEST(Encoding, HoldsFamilyAndWord) {
  const Encoding encoding = Encoding::of(EncodingFamily::kCompass, 0xCAE5);
  EXPECT_EQ(encoding.family(), EncodingFamily::kCompass);
  EXPECT_EQ(encoding.word(), 0xCAE5);
}

TEST(IntervalSet, UnitesOverlappingAndTouchingIntervals) {
  IntervalSet set;
  set.add(ns(10, 20));
  set.add(ns(30, 40));
  set.add(ns(5, 5));
  EXPECT_THAT(set.intervals(), ElementsAre(ns(10, 20), ns(30, 40)));
  set.add(ns(20, 30));
  EXPECT_THAT(set.intervals(), ElementsAre(ns(10, 40)));
  EXPECT_EQ(set.length(), nanoseconds(30));
}

TEST(IntervalSet, DropsThePastAndCutsWhatStraddles) {
  IntervalSet set(std::vector{ns(0, 10), ns(20, 30), ns(40, 50)});
  set.drop_before({25});
  EXPECT_THAT(set.intervals(), ElementsAre(ns(25, 30), ns(40, 50)));
  set.drop_before({50});
  EXPECT_TRUE(set.empty());
}

TEST(IntervalSet, HoldsAllOfTime) {
  IntervalSet set;
  set.add({Timestamp::min(), Timestamp::max()});
  EXPECT_EQ(set.subtracted(IntervalSet(std::vector{ns(0, 1)})).intervals().size(), 2U);
  EXPECT_EQ(set.length().ns, std::numeric_limits<std::int64_t>::max());
}

Setup two_facilities() {
  Setup setup;
  setup.facilities.resize(2);
  Detector detector;
  detector.name = "a";
  detector.streams = {"a/0", "a/1", "a/2"};
  detector.readout_processes = 2;
  setup.detectors.push_back(detector);
  detector.name = "b";
  detector.facility = 1;
  detector.streams = {"b/0"};
  setup.detectors.push_back(detector);
  return setup;
}

TEST(Setup, FindsTheDetectorOfAStream) {
  const model::Setup setup = two_facilities();
  EXPECT_EQ(detector_of_stream(setup, "a/2"), 0U);
  EXPECT_EQ(detector_of_stream(setup, "b/0"), 1U);
  EXPECT_EQ(detector_of_stream(setup, "c/0"), setup.detectors.size());
  EXPECT_THAT(streams_of_facility(setup, 1), ElementsAre("b/0"));
}

TEST(Setup, DealsStreamsOverProcessesEachToOne) {
  const model::Setup setup = two_facilities();
  EXPECT_THAT(streams_of_process(setup.detectors[0], 0), ElementsAre("a/0", "a/2"));
  EXPECT_THAT(streams_of_process(setup.detectors[0], 1), ElementsAre("a/1"));
  EXPECT_THAT(streams_of_process(setup.detectors[1], 1), IsEmpty());
  EXPECT_THAT(streams_of_process(setup.detectors[1], 2), IsEmpty());
}

Decision decision(std::uint64_t id) {
  Decision d;
  d.id = id;
  d.gate.time = ns(100, 200);
  d.gate.index = id;
  d.bits = kReadOut;
  return d;
}

TEST(RunDigest, OfNothingIsThatOfItsVersion) {
  EXPECT_EQ(RunDigest().finish(), Sha256().update(as_byte_view("spillway-digest-1")).hex());
}

TEST(RunDigest, IgnoresHowDetectorsAndStreamsWereInterleaved) {
  const ByteView frames = as_byte_view("frames");
  RunDigest first;
  first.add(decision(0), "a");
  first.add(decision(1), "a");
  first.add(decision(0), "b");
  first.add_fragment("a/0", 0, ns(90, 210), FragmentStatus::kOk, frames);
  first.add_fragment("b/0", 0, ns(90, 210), FragmentStatus::kOk, {});
  RunDigest second;
  second.add_fragment("b/0", 0, ns(90, 210), FragmentStatus::kOk, {});
  second.add(decision(0), "b");
  second.add(decision(0), "a");
  second.add_fragment("a/0", 0, ns(90, 210), FragmentStatus::kOk, frames);
  second.add(decision(1), "a");
  EXPECT_EQ(first.finish(), second.finish());
}

TEST(RunDigest, FollowsItsDocumentedLayout) {
  RunDigest digest;
  digest.add(decision(3), "a");
  Bytes record;
  append(record, 'D');
  append(record, std::uint64_t{1});
  append(record, 'a');
  append(record, std::uint8_t{0});
  append(record, std::int64_t{100});
  append(record, std::int64_t{200});
  append(record, std::uint64_t{3});
  append(record, std::uint64_t{3});
  append(record, std::uint32_t{kReadOut});
  const std::string part = Sha256().update(record).hex();
  EXPECT_EQ(digest.finish(), Sha256().update(as_byte_view("spillway-digest-1")).update(as_byte_view(part)).hex());
}

TEST(RunDigest, ChangesWithEveryFieldThatItCovers) {
  const auto of = [](const Decision& d, const std::string& detector, Interval window, FragmentStatus status,
                     std::string_view frames) {
    RunDigest digest;
    digest.add(d, detector);
    digest.add_fragment("a/0", 0, window, status, as_byte_view(frames));
    return digest.finish();
  };
  std::vector<std::string> digests = {of(decision(0), "a", ns(1, 2), FragmentStatus::kOk, "x")};
  digests.push_back(of(decision(1), "a", ns(1, 2), FragmentStatus::kOk, "x"));
  digests.push_back(of(decision(0), "b", ns(1, 2), FragmentStatus::kOk, "x"));
  digests.push_back(of(decision(0), "a", ns(1, 3), FragmentStatus::kOk, "x"));
  digests.push_back(of(decision(0), "a", ns(1, 2), FragmentStatus::kPartial, "x"));
  digests.push_back(of(decision(0), "a", ns(1, 2), FragmentStatus::kOk, "y"));
  Decision other = decision(0);
  other.bits = kPrescaledAway;
  digests.push_back(of(other, "a", ns(1, 2), FragmentStatus::kOk, "x"));
  other = decision(0);
  other.gate.kind = GateKind::kOff;
  digests.push_back(of(other, "a", ns(1, 2), FragmentStatus::kOk, "x"));
  std::sort(digests.begin(), digests.end());
  EXPECT_EQ(std::adjacent_find(digests.begin(), digests.end()), digests.end());
}

}  // namespace
}  // namespace spillway::model
