#include "daq/service/machine.hpp"

#include <gmock/gmock.h>

namespace spillway::service {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::NiceMock;
using ::testing::Return;
using ::testing::Throw;

class MockService : public Service {
 public:
  MOCK_METHOD(void, configure, (RunSettings), (override));
  MOCK_METHOD(Endpoints, endpoints, (), (const, override));
  MOCK_METHOD(void, connect, (const Endpoints&), (override));
  MOCK_METHOD(void, peer_lost, (const std::string&, std::uint64_t), (override));
  MOCK_METHOD(void, start, (), (override));
  MOCK_METHOD(void, stop, (Timestamp), (override));
  MOCK_METHOD(void, pause, (), (override));
  MOCK_METHOD(void, resume, (), (override));
  MOCK_METHOD(void, abort, (const Abort&), (override));
  MOCK_METHOD(bool, work, (), (override));
};

v1::Command configure() {
  v1::Command command;
  command.set_number(5);
  command.mutable_configure()->set_config_text("[setup]\nname = \"bench\"\n");
  command.mutable_configure()->set_config_name("bench.toml");
  command.mutable_configure()->set_run(3);
  return command;
}

v1::Command start() {
  v1::Command command;
  command.mutable_start();
  return command;
}

v1::Command stop(std::int64_t end_ns) {
  v1::Command command;
  command.mutable_stop()->set_end_ns(end_ns);
  return command;
}

class MachineTest : public ::testing::Test {
 protected:
  NiceMock<MockService> service_;
  Machine machine_{service_, "trigger"};
};

TEST_F(MachineTest, GoesThroughTheStatesOfARun) {
  EXPECT_EQ(name(machine_.state()), "idle");
  EXPECT_TRUE(machine_.take(configure()).error().empty());
  EXPECT_EQ(name(machine_.state()), "configured");
  EXPECT_TRUE(machine_.take(start()).error().empty());
  EXPECT_EQ(name(machine_.state()), "running");
  v1::Command pause;
  pause.mutable_pause();
  machine_.take(pause);
  EXPECT_EQ(name(machine_.state()), "paused");
  v1::Command resume;
  resume.mutable_resume();
  machine_.take(resume);
  EXPECT_EQ(name(machine_.state()), "running");
  EXPECT_CALL(service_, stop(Timestamp{17}));
  machine_.take(stop(17));
  EXPECT_EQ(name(machine_.state()), "stopping");
  machine_.finished();
  EXPECT_EQ(name(machine_.state()), "configured");
}

TEST_F(MachineTest, GivesTheServiceItsSettings) {
  EXPECT_CALL(service_, configure(_)).WillOnce([](const RunSettings& settings) {
    EXPECT_EQ(settings.process, "trigger");
    EXPECT_EQ(settings.run, 3U);
    EXPECT_EQ(settings.config.file_name(), "bench.toml");
  });
  EXPECT_EQ(machine_.take(configure()).number(), 5U);
}

TEST_F(MachineTest, RepliesWithItsEndpointsToEveryCommand) {
  EXPECT_CALL(service_, endpoints())
      .WillOnce(Return(Endpoints{{"decisions", "ipc://a"}}))
      .WillOnce(Return(Endpoints{{"decisions", "ipc://b"}}));
  EXPECT_EQ(machine_.take(configure()).endpoints().at("decisions"), "ipc://a");
  v1::Command lost;
  lost.mutable_peer_lost()->set_process("readout.a.0");
  lost.mutable_peer_lost()->set_boot_id(9);
  EXPECT_CALL(service_, peer_lost("readout.a.0", 9));
  EXPECT_EQ(machine_.take(lost).endpoints().at("decisions"), "ipc://b");
}

TEST_F(MachineTest, RefusesACommandThatDoesNotFitItsState) {
  EXPECT_CALL(service_, start()).Times(0);
  EXPECT_THAT(machine_.take(start()).error(), HasSubstr("start does not fit the state idle"));
  machine_.take(configure());
  EXPECT_THAT(machine_.take(configure()).error(), HasSubstr("configure does not fit the state configured"));
  EXPECT_THAT(machine_.take(stop(1)).error(), HasSubstr("stop does not fit"));
}

TEST_F(MachineTest, RefusesACommandThatItDoesNotKnow) {
  EXPECT_FALSE(machine_.take(v1::Command()).error().empty());
}

TEST_F(MachineTest, StaysIdleWhenItCannotBeConfigured) {
  EXPECT_CALL(service_, configure(_)).WillOnce(Throw(Error("bench.toml:14: readout.a.ring_bytes: too small")));
  EXPECT_EQ(machine_.take(configure()).error(), "bench.toml:14: readout.a.ring_bytes: too small");
  EXPECT_EQ(machine_.state(), State::kIdle);
}

TEST_F(MachineTest, NamesFileAndLineOfAConfigurationThatDoesNotParse) {
  auto command = configure();
  command.mutable_configure()->set_config_text("[setup]\nname = \n");
  EXPECT_THAT(machine_.take(command).error(), HasSubstr("bench.toml:"));
}

TEST_F(MachineTest, WorksOnlyBetweenConfigureAndTheEnd) {
  EXPECT_CALL(service_, work()).Times(1).WillOnce(Return(true));
  EXPECT_FALSE(machine_.work());
  machine_.take(configure());
  EXPECT_TRUE(machine_.work());
  machine_.fail();
  EXPECT_FALSE(machine_.work());
}

TEST_F(MachineTest, LeavesAfterAnAbortEvenIfThatFails) {
  machine_.take(configure());
  machine_.take(start());
  EXPECT_CALL(service_, abort(AllOf(Field(&Abort::why, "disk on fire"), Field(&Abort::by_user, true))))
      .WillOnce(Throw(Error("no")));
  v1::Command abort;
  abort.mutable_abort()->set_why("disk on fire");
  abort.mutable_abort()->set_by_user(true);
  EXPECT_TRUE(machine_.take(abort).error().empty());
  EXPECT_TRUE(machine_.leaving());
  EXPECT_TRUE(machine_.aborted());
}

TEST_F(MachineTest, LeavesOnExit) {
  v1::Command exit;
  exit.mutable_exit();
  machine_.take(exit);
  EXPECT_TRUE(machine_.leaving());
  EXPECT_FALSE(machine_.aborted());
}

}  // namespace
}  // namespace spillway::service
