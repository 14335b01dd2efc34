#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include <gmock/gmock.h>

#include "daq/service/service.hpp"
#include "daq/transport/nonblocking.hpp"
#include "tests/unit/transport/support.hpp"

namespace spillway::service {
namespace {

using ::testing::HasSubstr;

/// Does what its configuration's name asks for.
class ObedientService final : public Service {
 public:
  explicit ObedientService(Host& host) : host_(&host) {}

  void configure(RunSettings settings) override {
    task_ = settings.replay;
    if (task_ == "refuse") throw Error("bench.toml:3: setup.name: refused; ask for something else");
    receiver_ = std::make_unique<transport::LinkReceiver>(
        host_->context(), "own", "ipc://" + (settings.socket_directory / "own").string(), settings.run, 1000);
    identity_ = {settings.run, host_->boot_id()};
  }
  [[nodiscard]] Endpoints endpoints() const override {
    return receiver_ ? Endpoints{{"own", receiver_->endpoint()}} : Endpoints{};
  }
  void connect(const Endpoints& peers) override {
    sender_ = std::make_unique<transport::LinkSender>(host_->context(), "peer", peers.at("peer"), identity_);
    for (int i = 0; i < 100; ++i) sender_->send({}, zmq::message_t(100'000));
  }
  void start() override {}
  void stop(Timestamp end) override {
    v1::Report report;
    (*report.mutable_finished()->mutable_counters())["end"] = static_cast<std::uint64_t>(end.ns);
    host_->report(report);
  }
  bool work() override {
    if (task_ == "throw") throw Error("the hardware is gone");
    if (sender_) {
      sender_->tick();
      sender_->flush();
    }
    return task_ == "busy";
  }
  void describe(v1::Heartbeat& heartbeat) const override { (*heartbeat.mutable_gauges())["answer"] = 42; }

 private:
  Host* host_;
  std::string task_;
  transport::Identity identity_;
  std::unique_ptr<transport::LinkReceiver> receiver_;
  std::unique_ptr<transport::LinkSender> sender_;
};

/// The service as a process of its own, and a run control for it.
class RunService : public ::testing::Test {
 protected:
  RunService() {
    const std::string control = folder_.endpoint("control");
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      std::string words[] = {"spillway-obedient", "--control", control, "--name", "obedient.0"};
      std::vector<char*> arguments;
      for (std::string& word : words) arguments.push_back(word.data());
      _exit(run_service(static_cast<int>(arguments.size()), arguments.data(), "obedient", "Does as it is told.",
                        [](Host& host) { return std::make_unique<ObedientService>(host); }));
    }
    context_ = std::make_unique<zmq::context_t>();
    router_ = zmq::socket_t(*context_, zmq::socket_type::router);
    router_.set(zmq::sockopt::linger, 0);
    router_.bind(control);
  }
  ~RunService() override {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }

  /// The next report that `wanted` accepts; others are dropped.
  std::optional<v1::Report> wait_for(const std::function<bool(const v1::Report&)>& wanted) {
    std::optional<v1::Report> found;
    test::eventually([&] {
      while (auto parts = transport::receive_all_now(router_)) {
        v1::Report report;
        EXPECT_EQ(parts->size(), 2U);
        EXPECT_TRUE(report.ParseFromArray(parts->back().data(), static_cast<int>(parts->back().size())));
        EXPECT_EQ(parts->front().to_string(), report.process() + "/" + std::to_string(report.boot_id()));
        peer_ = parts->front().to_string();
        if (!wanted(report)) continue;
        found = report;
        return true;
      }
      return false;
    });
    return found;
  }
  std::optional<v1::Report> wait_for_state(const std::string& state) {
    return wait_for([&](const v1::Report& report) { return report.heartbeat().state() == state; });
  }
  bool greet() {
    return wait_for([](const v1::Report& report) { return report.has_hello(); }).has_value();
  }

  void send_bytes(const std::string& bytes) {
    ASSERT_TRUE(transport::send_now(router_, peer_, true));
    ASSERT_TRUE(transport::send_now(router_, bytes));
  }
  /// Sends the command and returns the reply's error.
  std::string order(v1::Command command) {
    command.set_number(++number_);
    send_bytes(command.SerializeAsString());
    const auto report = wait_for([&](const v1::Report& r) { return r.reply().number() == number_; });
    if (!report) return "no reply";
    endpoints_ = {report->reply().endpoints().begin(), report->reply().endpoints().end()};
    return report->reply().error();
  }
  std::string configure(const std::string& task) {
    v1::Command command;
    command.mutable_configure()->set_config_text("[setup]\n");
    command.mutable_configure()->set_replay(task);
    command.mutable_configure()->set_run(1);
    command.mutable_configure()->set_socket_directory(folder_.path().string());
    return order(command);
  }
  std::string start() {
    v1::Command command;
    command.mutable_start();
    return order(command);
  }

  /// Exit status, or 1000 + signal; none where it does not end.
  std::optional<int> wait_for_end() {
    int status = 0;
    if (!test::eventually([&] { return waitpid(pid_, &status, WNOHANG) == pid_; })) return std::nullopt;
    pid_ = 0;
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  test::SocketFolder folder_;
  pid_t pid_ = 0;
  std::unique_ptr<zmq::context_t> context_;
  zmq::socket_t router_;
  std::string peer_;
  std::uint64_t number_ = 0;
  Endpoints endpoints_;
};

TEST_F(RunService, SaysHelloWithItsNameAndBootId) {
  const auto hello = wait_for([](const v1::Report& report) { return report.has_hello(); });
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->process(), "obedient.0");
  EXPECT_NE(hello->boot_id(), 0U);
}

TEST_F(RunService, DoesWhatItIsToldAndLeavesOnExit) {
  ASSERT_TRUE(greet());
  ASSERT_EQ(configure(""), "");
  EXPECT_EQ(endpoints_.at("own"), folder_.endpoint("own"));
  ASSERT_EQ(start(), "");
  ASSERT_TRUE(wait_for_state("running"));
  v1::Command stop;
  stop.mutable_stop()->set_end_ns(123);
  stop.set_number(++number_);
  send_bytes(stop.SerializeAsString());
  const auto finished = wait_for([](const v1::Report& report) { return report.has_finished(); });
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->finished().counters().at("end"), 123U);
  EXPECT_GT(finished->finished().cpu_s(), 0.0);
  v1::Command exit;
  exit.mutable_exit();
  EXPECT_EQ(order(exit), "");
  EXPECT_EQ(wait_for_end(), 0);
}

TEST_F(RunService, DescribesItselfInHeartbeats) {
  ASSERT_TRUE(greet());
  ASSERT_EQ(configure(""), "");
  const auto beat = wait_for_state("configured");
  ASSERT_TRUE(beat);
  EXPECT_EQ(beat->heartbeat().next_in_ms(), 500U);
  EXPECT_EQ(beat->heartbeat().gauges().at("answer"), 42.0);
  EXPECT_GT(beat->heartbeat().cpu_s(), 0.0);
  EXPECT_GT(beat->heartbeat().max_rss_bytes(), 1'000'000U);
}

TEST_F(RunService, AnswersWhileItIsBusy) {
  ASSERT_TRUE(greet());
  ASSERT_EQ(configure("busy"), "");
  ASSERT_EQ(start(), "");
  EXPECT_TRUE(wait_for_state("running"));
}

TEST_F(RunService, RepliesWithTheErrorOfACommand) {
  ASSERT_TRUE(greet());
  EXPECT_THAT(configure("refuse"), HasSubstr("bench.toml:3: setup.name: refused"));
  EXPECT_THAT(start(), HasSubstr("does not fit the state idle"));
}

TEST_F(RunService, ReportsAFaultOfItsWorkAndStaysThereInError) {
  ASSERT_TRUE(greet());
  ASSERT_EQ(configure("throw"), "");
  const auto alarm = wait_for([](const v1::Report& report) { return report.has_alarm(); });
  ASSERT_TRUE(alarm);
  EXPECT_EQ(alarm->alarm().text(), "the hardware is gone");
  ASSERT_TRUE(wait_for_state("error"));
  EXPECT_THAT(start(), HasSubstr("does not fit the state error"));
}

TEST_F(RunService, IgnoresBytesThatAreNoCommand) {
  ASSERT_TRUE(greet());
  send_bytes("\xff\xff\xff");
  EXPECT_EQ(configure(""), "");
}

TEST_F(RunService, LeavesOnAbortWhileALinkIsFull) {
  ASSERT_TRUE(greet());
  ASSERT_EQ(configure(""), "");
  // The peer grants a window and then reads nothing.
  transport::LinkReceiver peer(*context_, "peer", folder_.endpoint("peer"), 1, 1'000'000);
  v1::Command connect;
  (*connect.mutable_connect()->mutable_endpoints())["peer"] = peer.endpoint();
  ASSERT_EQ(order(connect), "");
  ASSERT_EQ(start(), "");
  ASSERT_TRUE(test::eventually([&] {
    peer.tick();
    return peer.receive().has_value();
  }));
  v1::Command abort;
  abort.mutable_abort()->set_why("test");
  EXPECT_EQ(order(abort), "");
  EXPECT_EQ(wait_for_end(), 0);
}

TEST_F(RunService, IgnoresCtrlCAndLeavesOnSigterm) {
  ASSERT_TRUE(greet());
  kill(pid_, SIGINT);
  ASSERT_EQ(configure(""), "");
  ASSERT_EQ(start(), "");
  kill(pid_, SIGTERM);
  EXPECT_EQ(wait_for_end(), 0);
}

}  // namespace
}  // namespace spillway::service
