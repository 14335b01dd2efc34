#include "daq/cli/status_text.hpp"

#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <zmq.hpp>

#include "daq/base/error.hpp"
#include "daq/cli/query.hpp"
#include "tests/unit/cli/folder.hpp"

namespace spillway::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

v1::RunStatus example() {
  v1::RunStatus status;
  status.set_run(7);
  status.set_setup("bench");
  status.set_state("running");
  status.set_begin_ns(1'000);
  status.set_data_time_ns(2'500'001'000);
  status.set_speed(1);
  status.set_lag_s(0.75);
  auto* gates = status.add_gates();
  gates->set_facility("beam");
  gates->set_on(25);
  gates->set_off(24);
  auto* stream = status.add_streams();
  stream->set_stream("csi/0");
  stream->set_sent(100);
  (*stream->mutable_lost())["ring_overflow"] = 3;
  auto* counts = status.add_counts();
  counts->set_detector("csi");
  counts->set_on(9);
  status.add_alarms("the disk is nearly full");
  return status;
}

TEST(StatusText, SaysGatesStreamsLagAndAlarms) {
  std::ostringstream out;
  print_status(example(), out);
  EXPECT_THAT(out.str(), AllOf(HasSubstr("run 7 of bench: running, 2.5 s of data on disk, 1 x real time, 0.8 s behind"),
                               HasSubstr("beam"), HasSubstr("ring_overflow 3"), HasSubstr("the disk is nearly full")));
}

TEST(StatusText, JsonHasGatesByFacilityAndNullWhereThereIsNoExcess) {
  const auto object = status_json(example());
  EXPECT_EQ(object["gates"]["beam"]["on"], 25);
  EXPECT_EQ(object["streams"][0]["frames_lost"]["ring_overflow"], 3);
  EXPECT_TRUE(object["counts"][0]["excess"].is_null());
  EXPECT_EQ(object["begin_ns"], 1'000);
  EXPECT_EQ(object["data_time_ns"], 2'500'001'000);
}

TEST(Query, SilenceIsAnErrorThatNamesTheEndpoint) {
  const Folder folder;
  const std::string endpoint = "ipc://" + (folder / "nobody");
  try {
    (void)ask(endpoint, {}, std::chrono::milliseconds(20));
    FAIL() << "silence was taken for an answer";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr(endpoint), HasSubstr("20 ms")));
  }
}

TEST(Query, BringsBackWhatRunControlAnswers) {
  const Folder folder;
  const std::string endpoint = "ipc://" + (folder / "query");
  zmq::context_t context;
  zmq::socket_t server(context, zmq::socket_type::rep);
  server.set(zmq::sockopt::rcvtimeo, 5000);
  server.bind(endpoint);
  std::jthread answering([&] {
    zmq::message_t asked;
    v1::Query query;
    v1::QueryReply reply;
    if (!server.recv(asked) || !query.ParseFromArray(asked.data(), static_cast<int>(asked.size()))) return;
    *reply.mutable_status() = example();
    reply.set_error(query.status() ? "" : "something else was asked");
    server.send(zmq::buffer(reply.SerializeAsString()), zmq::send_flags::none);
  });
  v1::Query query;
  query.set_status(true);
  const v1::QueryReply reply = ask(endpoint, query, std::chrono::milliseconds(5000));
  EXPECT_EQ(reply.error(), "");
  EXPECT_EQ(reply.status().run(), 7U);
}

}  // namespace
}  // namespace spillway::cli
