#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "readout/latency_buffer.hpp"

namespace spillway::readout {
namespace {

using model::FragmentStatus;

struct Remembered {
  Interval time;
  Bytes bytes;
};

TEST(LatencyBufferProperty, AnswersAsAListOfAllFramesWould) {
  rc::check([] {
    const auto capacity = *rc::gen::inRange<std::size_t>(20, 400);
    LatencyBuffer buffer(capacity);
    std::vector<Remembered> all;
    std::int64_t now = 0;
    std::uint8_t tag = 0;
    std::uint64_t overwritten = 0;
    bool released = false;
    for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 30))) {
      const std::int64_t begin = now + step;
      const auto length = *rc::gen::inRange<std::int64_t>(1, 60);
      Bytes bytes(*rc::gen::inRange<std::size_t>(1, 19), static_cast<std::byte>(++tag));
      // Received into the buffer itself, behind something that was not believed.
      const auto bad = *rc::gen::inRange<std::size_t>(0, 5);
      const auto piece = *rc::gen::arbitrary<bool>() ? buffer.reserve(bad + bytes.size()) : std::span<std::byte>();
      if (piece.empty()) {
        buffer.add({{begin}, {begin + length}}, bytes);
      } else {
        std::ranges::copy(bytes, piece.begin() + static_cast<std::ptrdiff_t>(bad));
        buffer.add({{begin}, {begin + length}}, piece.subspan(bad));
      }
      if (*rc::gen::inRange(0, 4) == 0) {
        buffer.release_before({begin - 100});
        released = true;
      }
      all.push_back({{{begin}, {begin + length}}, std::move(bytes)});
      buffer.cover({now}, {begin + 1});
      now = begin + 1;
      overwritten += buffer.take_overwritten();
    }
    const std::size_t kept = buffer.size();
    RC_ASSERT(kept + overwritten <= all.size());
    if (!released) RC_ASSERT(kept + overwritten == all.size());
    RC_ASSERT(buffer.used_bytes() <= capacity);

    const auto begin = *rc::gen::inRange<std::int64_t>(-50, now + 50);
    const Interval window{{begin}, {begin + *rc::gen::inRange<std::int64_t>(1, 100)}};
    const WindowAnswer answer = buffer.look_up(window);
    std::vector<ByteView> expected;
    bool overlaps_overwritten = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i].time.overlaps(window)) continue;
      if (i < all.size() - kept) {
        overlaps_overwritten = true;
      } else {
        expected.emplace_back(all[i].bytes);
      }
    }
    const bool outside = all.empty() || !window.overlaps({{0}, {now}});
    if (outside) {
      RC_ASSERT(answer.status == FragmentStatus::kNoData);
      return;
    }
    RC_ASSERT(answer.frames.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      RC_ASSERT(std::equal(expected[i].begin(), expected[i].end(), answer.frames[i].begin(), answer.frames[i].end()));
    }
    // Never claims to be whole where a frame of the window is gone; may say less than it has.
    if (overlaps_overwritten) RC_ASSERT(answer.status != FragmentStatus::kOk);
    if (answer.status == FragmentStatus::kExpired) RC_ASSERT(expected.empty());
    if (kept == all.size() && window.begin.ns >= 0 && window.end.ns <= now)
      RC_ASSERT(answer.status == FragmentStatus::kOk);
  });
}

}  // namespace
}  // namespace spillway::readout
