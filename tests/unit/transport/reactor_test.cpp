#include "daq/transport/reactor.hpp"

#include <gtest/gtest.h>

#include "daq/transport/nonblocking.hpp"
#include "tests/unit/transport/support.hpp"

namespace spillway::transport {
namespace {

using std::chrono::milliseconds;

class ReactorTest : public ::testing::Test {
 protected:
  ReactorTest() {
    left_.bind("inproc://reactor");
    right_.connect("inproc://reactor");
  }
  zmq::context_t context_;
  zmq::socket_t left_{context_, zmq::socket_type::pair};
  zmq::socket_t right_{context_, zmq::socket_type::pair};
  Reactor reactor_;
};

TEST_F(ReactorTest, CallsAHandlerWhileItsSocketHasSomethingToRead) {
  int messages = 0;
  reactor_.watch(left_, [&] {
    zmq::message_t part;
    if (receive_now(left_, part)) ++messages;
  });
  send_now(right_, "a");
  send_now(right_, "b");
  EXPECT_TRUE(test::eventually([&] {
    reactor_.turn(milliseconds(10));
    return messages == 2;
  }));
}

TEST_F(ReactorTest, LetsAHandlerTakeItsOwnSocketAway) {
  int calls = 0;
  reactor_.watch(left_, [&] {
    ++calls;
    reactor_.unwatch(left_);
  });
  send_now(right_, "a");
  EXPECT_TRUE(test::eventually([&] {
    reactor_.turn(milliseconds(10));
    return calls == 1;
  }));
  reactor_.turn(milliseconds(1));
  EXPECT_EQ(calls, 1);
}

TEST_F(ReactorTest, CallsTimersAgainAndAgain) {
  int ticks = 0;
  reactor_.every(milliseconds(1), [&] { ++ticks; });
  EXPECT_TRUE(test::eventually([&] {
    reactor_.turn(milliseconds(10));
    return ticks >= 5;
  }));
}

}  // namespace
}  // namespace spillway::transport
