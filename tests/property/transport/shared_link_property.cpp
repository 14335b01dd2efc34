#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "daq/transport/link.hpp"
#include "daq/transport/regions.hpp"
#include "tests/unit/transport/support.hpp"

namespace spillway::transport {
namespace {

TEST(RegionsProperty, NeverOverlapAndAreNeverLost) {
  EXPECT_TRUE(rc::check([] {
    const auto begin = *rc::gen::inRange<std::size_t>(0, 200);
    const auto end = begin + *rc::gen::inRange<std::size_t>(0, 4000);
    Regions regions(begin, end);
    std::deque<std::pair<std::size_t, std::size_t>> taken;  // offset, bytes
    std::uint64_t number = 0;
    std::uint64_t released = 0;
    for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(-3, 900))) {
      if (step <= 0) {
        released = std::min(number, released + static_cast<std::uint64_t>(-step));
        regions.release_through(released);
        while (taken.size() > number - released) taken.pop_front();
        continue;
      }
      const auto bytes = static_cast<std::size_t>(step);
      const auto offset = regions.take(bytes, number + 1);
      if (!offset) {
        RC_ASSERT(bytes > regions.room() || !taken.empty());
        continue;
      }
      ++number;
      RC_ASSERT(*offset >= begin && *offset + bytes <= end);
      for (const auto& [at, size] : taken) RC_ASSERT(*offset + bytes <= at || at + size <= *offset);
      taken.emplace_back(*offset, bytes);
    }
    regions.release_through(number);
    if (regions.room() > 0) RC_ASSERT(regions.take(regions.room(), number + 1).has_value());
  }));
}

TEST(SharedLinkProperty, DeliversPayloadsOfAnySizeWholeAndInOrder) {
  EXPECT_TRUE(rc::check([] {
    const test::SocketFolder folder;
    zmq::context_t context;
    const auto window = *rc::gen::inRange<std::size_t>(1'000, 2'000'000);
    const auto shared = *rc::gen::inRange<std::size_t>(0, 500'000);
    LinkReceiver receiver(context, "test", folder.endpoint("link"), 1, window);
    LinkSender sender(context, "test", receiver.endpoint(), {1, 2}, shared);
    const auto sizes = *rc::gen::container<std::vector<std::size_t>>(
        rc::gen::oneOf(rc::gen::inRange<std::size_t>(0, 100), rc::gen::inRange<std::size_t>(10'000, 200'000)));
    std::vector<std::uint32_t> sums;
    for (const std::size_t size : sizes) {
      Bytes bytes(size);
      for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * (sums.size() + 1) >> 3U);
      sums.push_back(crc32c(bytes));
      v1::Envelope envelope;
      envelope.mutable_bulk()->set_crc32c(sums.back());
      sender.send(std::move(envelope), message_of(std::move(bytes)));
    }
    std::deque<Message> held;
    std::size_t received = 0;
    const auto turn = [&] {
      sender.tick();
      sender.flush();
      // Messages are held for a while, as an event builder does.
      for (const Message& message : std::exchange(held, {})) receiver.release(message.cost);
      while (auto message = receiver.receive()) {
        RC_ASSERT(message->payload.size() == sizes[received]);
        RC_ASSERT(message->envelope.bulk().crc32c() == sums[received]);
        RC_ASSERT(crc32c(message->payload_bytes()) == sums[received]);
        ++received;
        held.push_back(std::move(*message));
      }
      receiver.tick();
      return received == sizes.size();
    };
    RC_ASSERT(test::eventually(turn));
    RC_ASSERT(receiver.discarded().empty());
    RC_ASSERT(!sender.payloads().contains("not_mapped") && !sender.payloads().contains("no_memory"));
  }));
}

}  // namespace
}  // namespace spillway::transport
