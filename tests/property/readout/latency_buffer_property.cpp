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
  EXPECT_TRUE(rc::check([] {
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
  }));
}

/// What a message refers to, and what it was when it was sent.
struct Lent {
  std::uint64_t number = 0;
  std::vector<ByteView> frames;
  std::vector<Bytes> bytes;
};

TEST(LatencyBufferProperty, NeverChangesWhatIsLent) {
  EXPECT_TRUE(rc::check([] {
    const auto capacity = *rc::gen::inRange<std::size_t>(20, 400);
    LatencyBuffer buffer(capacity);
    std::vector<Lent> lent;
    std::uint64_t number = 0;
    std::int64_t now = 0;
    std::uint8_t tag = 0;
    std::uint64_t added = 0;
    std::uint64_t overwritten = 0;
    const auto window = [&] {
      const auto begin = *rc::gen::inRange<std::int64_t>(std::max<std::int64_t>(0, now - 200), now + 10);
      return Interval{{begin}, {begin + *rc::gen::inRange<std::int64_t>(1, 200)}};
    };
    for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12))) {
      if (step < 7) {
        const auto length = *rc::gen::inRange<std::int64_t>(1, 60);
        Bytes bytes(*rc::gen::inRange<std::size_t>(1, 40), static_cast<std::byte>(++tag));
        const auto piece = step < 4 ? buffer.reserve(bytes.size() + 3) : std::span<std::byte>();
        // Whoever writes there may write anything.
        std::ranges::fill(piece, std::byte{0xff});
        if (!piece.empty()) std::ranges::copy(bytes, piece.begin());
        buffer.add({{now}, {now + length}}, piece.empty() ? ByteView(bytes) : piece.first(bytes.size()));
        buffer.cover({now}, {now + step + 1});
        now += step + 1;
        ++added;
        overwritten += buffer.take_overwritten();
      } else if (step < 9) {
        const Interval asked = window();
        Lent now_lent{++number, buffer.look_up(asked).frames, {}};
        for (const ByteView frame : now_lent.frames) now_lent.bytes.emplace_back(frame.begin(), frame.end());
        Bytes together;
        for (const Bytes& frame : now_lent.bytes) append(together, frame);
        RC_ASSERT(buffer.look_up(asked).crc32c == crc32c(together));
        buffer.lend(asked, number);
        lent.push_back(std::move(now_lent));
      } else if (step < 10) {
        buffer.release_before({now - *rc::gen::inRange<std::int64_t>(0, 300)});
      } else if (!lent.empty()) {
        const std::uint64_t until = lent[*rc::gen::inRange<std::size_t>(0, lent.size())].number;
        buffer.take_back(until);
        std::erase_if(lent, [&](const Lent& one) { return one.number <= until; });
      }
      for (const Lent& one : lent) {
        for (std::size_t i = 0; i < one.frames.size(); ++i) RC_ASSERT(std::ranges::equal(one.frames[i], one.bytes[i]));
      }
      RC_ASSERT(buffer.used_bytes() <= capacity);
      RC_ASSERT(buffer.size() + overwritten <= added);
    }
    buffer.take_back(number);
    buffer.release_before(Timestamp::max());
    RC_ASSERT(buffer.size() == 0U);
    RC_ASSERT(buffer.has_room(capacity));
  }));
}

}  // namespace
}  // namespace spillway::readout
