// Merge, runs and activities against what a plain reader would write, on data of all densities.
#include <limits>
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/plain_trigger.hpp"

namespace spillway::trigger {
namespace {

using rc::gen::inRange;

std::vector<std::vector<model::Primitive>> any_streams(std::int64_t latest) {
  std::vector<std::vector<model::Primitive>> streams(*inRange<std::size_t>(0, 70));
  std::uint32_t number = 0;
  for (auto& stream : streams) {
    auto begins = *rc::gen::container<std::vector<std::int64_t>>(inRange<std::int64_t>(-latest, latest));
    std::ranges::sort(begins);
    for (const std::int64_t begin : begins) {
      model::Primitive& primitive = stream.emplace_back();
      primitive.time_start_ns = begin;
      primitive.integral = ++number;
    }
  }
  return streams;
}

std::vector<StreamPrimitive> merged(const plain::Streams& streams, std::size_t piece) {
  PrimitiveMerge merge(streams);
  std::vector<StreamPrimitive> all;
  std::vector<StreamPrimitive> out(piece);
  while (const std::size_t taken = merge.take(out)) {
    all.insert(all.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(taken));
  }
  return all;
}

RC_GTEST_PROP(PrimitiveMergeProperty, IsThatOfAPriorityQueueHoweverItIsCut, ()) {
  const std::int64_t latest = *rc::gen::element<std::int64_t>(3, 1000, std::numeric_limits<std::int64_t>::max());
  const auto data = any_streams(latest);
  const plain::Streams streams(data.begin(), data.end());
  std::size_t size = 0;
  for (const auto& stream : data) size += stream.size();
  std::vector<StreamPrimitive> expected(size);
  RC_ASSERT(plain::Merge(streams).take(expected) == size);
  RC_ASSERT(merged(streams, *inRange<std::size_t>(1, 50)) == expected);
}

RC_GTEST_PROP(PrimitiveMergeProperty, LosesNothingOfStreamsThatAreOutOfOrder, ()) {
  auto data = any_streams(std::numeric_limits<std::int64_t>::max());
  for (auto& stream : data) std::ranges::reverse(stream);
  std::vector<std::uint32_t> numbers;
  for (const auto& one : merged({data.begin(), data.end()}, 16)) numbers.push_back(one.primitive.integral);
  std::ranges::sort(numbers);
  std::vector<std::uint32_t> expected(numbers.size());
  std::iota(expected.begin(), expected.end(), 1U);
  std::size_t size = 0;
  for (const auto& stream : data) size += stream.size();
  RC_ASSERT(numbers.size() == size);
  RC_ASSERT(numbers == expected);
}

RC_GTEST_PROP(ChannelRunsProperty, AreThoseOfASortedListOfChannels, ()) {
  const auto channels = *rc::gen::element<std::size_t>(1, 64, 65, 200, 4096, 11'264);
  const auto gap = *rc::gen::element<std::uint32_t>(0, 1, 3, 20, ChannelRuns::kMostGap);
  // Few different channels around borders of words and rows of words make runs meet and break.
  const auto near = *rc::gen::element<std::int64_t>(0, 60, 4090, static_cast<std::int64_t>(channels) - 10);
  ChannelRuns runs(channels, gap);
  std::vector<ActivityPrimitive> hit;
  for (int step = *inRange(0, 300); step > 0; --step) {
    if (!hit.empty() && *inRange(0, 5) < 2) {
      const auto at = hit.begin() + *inRange<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(hit.size()));
      runs.remove(at->channel);
      hit.erase(at);
    } else {
      const std::int64_t channel = *inRange(0, 20) == 0 ? *inRange<std::int64_t>(0, static_cast<std::int64_t>(channels))
                                                        : near + *inRange<std::int64_t>(0, 20);
      hit.push_back({{}, static_cast<std::uint32_t>(std::max<std::int64_t>(channel, 0)), 0});
      runs.add(hit.back().channel);
    }
    for (const ActivityPrimitive& p : hit) {
      RC_ASSERT(runs.length_at(p.channel) == plain::run_length(hit, p.channel, gap, channels));
    }
  }
}

RC_GTEST_PROP(ActivityProperty, IsThatOfEachWindowLookedAtAnew, ()) {
  const auto channels = *rc::gen::element<std::size_t>(30, 64, 130);
  ActivitySettings settings;
  settings.window = nanoseconds(*rc::gen::element<std::int64_t>(1, 10, 100, 2000));
  settings.integral = *rc::gen::element<std::uint64_t>(0, 40, 400);
  settings.primitives = *rc::gen::element<std::uint64_t>(0, 1, 5, 30);
  settings.channels = *rc::gen::element<std::uint32_t>(0, 1, 3, 8);
  settings.channel_gap = *inRange(0U, 4U);
  const auto most_apart = *rc::gen::element<std::int64_t>(1, 3, 30, 300);

  std::vector<ActivityPrimitive> all;
  Timestamp now{-500};
  for (std::size_t left = *inRange<std::size_t>(0, 400); left > 0; --left) {
    now = now + nanoseconds(*inRange<std::int64_t>(0, most_apart));
    all.push_back({now, *inRange(0U, 135U), *inRange(0U, 100U)});
  }
  ActivityFinder finder(settings, channels);
  std::vector<Activity> found;
  for (const ActivityPrimitive& primitive : all) finder.add(primitive, found);
  finder.finish(found);
  RC_ASSERT(found == plain::activities(all, settings, channels));
}

}  // namespace
}  // namespace spillway::trigger
