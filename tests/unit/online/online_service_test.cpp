#include "monitoring/online/online_service.hpp"

#include <chrono>

#include "tests/unit/online/written_run.hpp"

namespace spillway::online {
namespace {

/// What run_service does for a service, without run control.
class TestHost final : public service::Host {
 public:
  zmq::context_t& context() override { return context_; }
  transport::Reactor& reactor() override { return reactor_; }
  [[nodiscard]] std::uint64_t boot_id() const override { return 1; }
  void report(v1::Report report) override { reports.push_back(std::move(report)); }
  void alarm(const std::string& text) override { alarms.push_back(text); }
  std::vector<v1::Report> reports;
  std::vector<std::string> alarms;

 private:
  zmq::context_t context_;
  transport::Reactor reactor_;
};

class OnlineServiceTest : public test::WrittenRun {
 protected:
  OnlineServiceTest() { notices_.bind("inproc://notices"); }

  /// A process that is told what run control tells a new one, at the begin of a run and after a restart alike.
  void begin() {
    service_ = std::make_unique<OnlineService>(host_);
    service_->configure({"online", 7, 0, 1, 0, {}, folder_, {}, "", Config::parse(test::kConfig, "test.toml")});
    service_->connect({{service::notices_link(), "inproc://notices"}});
    service_->start();
  }
  void notify(bool run_closed, std::uint64_t run = 7) {
    v1::FileNotice notice;
    notice.set_run(run);
    notice.set_run_closed(run_closed);
    notices_.send(zmq::buffer(notice.SerializeAsString()), zmq::send_flags::dontwait);
  }
  v1::Heartbeat heartbeat() {
    v1::Heartbeat heartbeat;
    service_->describe(heartbeat);
    return heartbeat;
  }
  template <typename Condition>
  bool turns_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      host_.reactor().turn(std::chrono::milliseconds(5));
      service_->work();
    }
    return true;
  }
  bool counts_reach(std::uint64_t on) {
    return turns_until([&] {
      const v1::Heartbeat now = heartbeat();
      return now.counts_size() == 1 && now.counts(0).on() == on;
    });
  }

  TestHost host_;
  zmq::socket_t notices_{host_.context(), zmq::socket_type::pub};
  std::unique_ptr<OnlineService> service_;
};

TEST_F(OnlineServiceTest, CountsARunWithoutAnyNotice) {
  begin();
  open_part(0);
  for (std::uint64_t id = 0; id < 10; ++id) write_gate(id);
  commit();
  EXPECT_TRUE(counts_reach(5));
  EXPECT_TRUE(heartbeat().counts(0).has_excess());
  close_part(true);
  EXPECT_TRUE(turns_until([&] { return !host_.reports.empty(); })) << "the closed file says that the run is over";
  ASSERT_TRUE(host_.reports[0].has_finished());
  const v1::Counts& counts = host_.reports[0].finished().counts(0);
  EXPECT_EQ(counts.detector(), "csi");
  EXPECT_EQ(counts.on(), 5U);
  EXPECT_EQ(counts.live_on_ns(), 20'000);
  EXPECT_TRUE(host_.alarms.empty());
}

TEST_F(OnlineServiceTest, ReportsTheEndOnce) {
  begin();
  open_part(0);
  for (std::uint64_t id = 0; id < 10; ++id) write_gate(id);
  close_part(true);
  notify(true);
  ASSERT_TRUE(turns_until([&] { return !host_.reports.empty(); }));
  service_->stop({});
  notify(true);
  for (int i = 0; i < 20; ++i) {
    host_.reactor().turn(std::chrono::milliseconds(1));
    service_->work();
  }
  EXPECT_EQ(host_.reports.size(), 1U);
}

TEST_F(OnlineServiceTest, CountsNoticesThatAreNotForIt) {
  begin();
  // A subscription takes a moment to arrive.
  EXPECT_TRUE(turns_until([&] {
    notify(false, 8);
    notices_.send(zmq::str_buffer("\xff\xff\xff"), zmq::send_flags::dontwait);
    const v1::Heartbeat now = heartbeat();
    return now.counters().contains("foreign_notice") && now.counters().contains("bad_notice");
  }));
  EXPECT_FALSE(heartbeat().counters().contains("notices"));
}

TEST_F(OnlineServiceTest, NeedsTheEndpointOfTheNotices) {
  OnlineService service(host_);
  EXPECT_THROW(service.connect({}), Error);
}

}  // namespace
}  // namespace spillway::online
