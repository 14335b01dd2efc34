#include "monitoring/web/documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "monitoring/web/history.hpp"
#include "monitoring/web/routes.hpp"

namespace spillway::web {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

storage::RunLine line(std::uint64_t run, const std::string& condition = "RUNNING") {
  storage::RunLine line;
  line.run = run;
  line.setup = "bench";
  line.condition = condition;
  return line;
}

v1::RunStatus status(std::uint64_t run) {
  v1::RunStatus status;
  status.set_run(run);
  status.set_setup("bench");
  status.set_state("running");
  status.set_condition("RUNNING");
  status.set_begin_ns(1'000'000'000);
  status.set_data_time_ns(3'500'000'000);
  status.set_sent_wall_ns(1'780'000'000'000'000'000);
  status.set_lag_s(0.25);
  v1::GateCounts& gates = *status.add_gates();
  gates.set_facility("ess");
  gates.set_on(7);
  gates.set_off(6);
  (*gates.mutable_dropped())["off_touches_on"] = 1;
  v1::StreamTotals& stream = *status.add_streams();
  stream.set_stream("csi/0");
  stream.set_sent(100);
  stream.set_accepted(96);
  (*stream.mutable_lost())["sequence_gap"] = 3;
  (*stream.mutable_rejected())["truncated"] = 1;
  v1::Counts& counts = *status.add_counts();
  counts.set_detector("csi");
  counts.set_on(7);
  counts.set_off(1);
  counts.set_live_on_ns(28'000);
  counts.set_live_off_ns(24'000);
  counts.set_has_alpha(true);
  counts.set_alpha(28.0 / 24.0);
  counts.set_has_excess(true);
  counts.set_excess(5.83);
  counts.set_excess_low(3.2);
  counts.set_excess_high(9.1);
  counts.set_pot(1e15);
  status.add_alarms("disk \xff nearly full");
  v1::ServiceLine& service = *status.add_services();
  service.set_process("trigger");
  service.set_state("running");
  service.set_cpu_s(1.5);
  service.set_rss_bytes(1 << 20);
  return status;
}

const RunBoard::Steady kNow = RunBoard::Steady() + 1h;

TEST(RunBoard, GoesFromWaitingToLiveToStaleToFinished) {
  RunBoard board;
  EXPECT_EQ(board.view(kNow).connection, Connection::kWaiting);
  EXPECT_FALSE(board.take(status(4), kNow));
  board.follow(line(4));
  EXPECT_EQ(board.view(kNow).connection, Connection::kWaiting);
  EXPECT_FALSE(board.take(status(5), kNow));
  EXPECT_TRUE(board.take(status(4), kNow));
  EXPECT_EQ(board.view(kNow + 1s).connection, Connection::kLive);
  EXPECT_EQ(board.view(kNow + kStaleAfter + 1ms).connection, Connection::kStale);
  EXPECT_EQ(board.view(kNow + 10s).last_heard_utc, "2026-05-28T20:26:40Z");

  board.follow(line(4, "INCOMPLETE"));
  board.finish(std::nullopt, {"run control died"});
  const RunView view = board.view(kNow + 20s);
  EXPECT_EQ(view.connection, Connection::kFinished);
  EXPECT_EQ(view.condition, "INCOMPLETE");
  EXPECT_EQ(view.counts.size(), 1U) << "what was last known stays";
  EXPECT_EQ(view.alarms, std::vector<std::string>{"run control died"});

  board.follow(line(5));
  EXPECT_EQ(board.view(kNow).connection, Connection::kWaiting);
  EXPECT_TRUE(board.view(kNow).counts.empty());
}

TEST(RunBoard, TakesTheSummaryOfAFinishedRun) {
  RunBoard board;
  board.follow(line(4, "COMPLETE"));
  model::RunSummary summary;
  summary.run = 4;
  summary.time = {{1'000'000'000}, {6'000'000'000}};
  model::DetectorCounts counts;
  counts.detector = "csi";
  counts.on = 51;
  counts.alpha = 1;
  summary.counts = {counts};
  model::DetectorBooks books;
  books.detector = "csi";
  books.books.gates[0].live = {204'000};
  books.books.gates[0].wall = {208'000};
  books.books.gates[0].dead[0] = {4000};
  summary.livetime = {books};
  board.finish(summary, {});
  const auto document = status_document(board.view(kNow));
  EXPECT_EQ(document["connection"], "finished");
  EXPECT_EQ(document["condition"], "COMPLETE");
  EXPECT_EQ(document["counts"][0]["on"], 51);
  EXPECT_EQ(document["counts"][0]["excess"], nullptr);
  EXPECT_EQ(document["livetime"].size(), 3U);
  EXPECT_EQ(document["livetime"][0]["dead_ns"]["stream_missing"], 4000);
  EXPECT_EQ(document["livetime"][2]["gate"], "run");
  EXPECT_EQ(document["data_time_ns"], 6'000'000'000);
}

class Documents : public ::testing::Test {
 protected:
  Documents() {
    board.follow(line(4));
    board.take(status(4), kNow);
  }
  RunBoard board;
};

TEST_F(Documents, CountsHaveTheFieldsOfTheRunsContract) {
  const auto document = counts_document(board.view(kNow));
  EXPECT_EQ(document["run"], 4);
  EXPECT_EQ(document["condition"], "RUNNING");
  EXPECT_EQ(document["state"], "running");
  EXPECT_EQ(document["data_time_ns"], 3'500'000'000);
  std::vector<std::string> fields;
  for (const auto& [key, value] : document["counts"][0].items()) fields.push_back(key);
  EXPECT_THAT(fields,
              ::testing::ElementsAre("detector", "on", "off", "alpha", "excess", "excess_low", "excess_high", "pot",
                                     "truth_signal_on", "efficiency", "signal_rate_scale", "background_rate_scale"));
  EXPECT_EQ(document["counts"][0]["truth_signal_on"], nullptr);
  EXPECT_EQ(document["gates"].dump(), R"({"ess":{"on":7,"off":6}})");
  EXPECT_EQ(document["livetime"][0]["live_ns"], 28'000);
  EXPECT_EQ(document["livetime"][0]["wall_ns"], nullptr);
}

TEST_F(Documents, StatusAddsBooksAlarmsAndProcesses) {
  const auto document = status_document(board.view(kNow));
  EXPECT_EQ(document["connection"], "live");
  EXPECT_EQ(document["gates"]["ess"]["dropped"]["off_touches_on"], 1);
  EXPECT_EQ(document["streams"][0]["frames_lost"]["sequence_gap"], 3);
  EXPECT_EQ(document["streams"][0]["frames_received"], 96);
  EXPECT_EQ(document["services"][0]["process"], "trigger");
  EXPECT_THAT(to_text(document), HasSubstr("disk \xEF\xBF\xBD nearly full")) << "always UTF-8";
}

TEST_F(Documents, SayNothingWhereThereIsNoRun) {
  const auto document = status_document(RunView());
  EXPECT_EQ(document["run"], nullptr);
  EXPECT_EQ(document["connection"], "waiting");
  EXPECT_TRUE(document["counts"].empty());
  EXPECT_THAT(metrics_text(RunView()), HasSubstr("spillway_run 0"));
}

TEST_F(Documents, MetricsNameStreamsReasonsAndProcesses) {
  const std::string text = metrics_text(board.view(kNow));
  for (const char* expected :
       {"spillway_candidates{detector=\"csi\",gate=\"on\"} 7", "spillway_excess{detector=\"csi\"} 5.83",
        "# TYPE spillway_gates_total counter", "spillway_gates_total{facility=\"ess\",kind=\"off\"} 6",
        "spillway_frames_total{stream=\"csi/0\",fate=\"sent\"} 100",
        "spillway_frames_lost_total{stream=\"csi/0\",reason=\"sequence_gap\"} 3",
        "spillway_frames_rejected_total{stream=\"csi/0\",reason=\"truncated\"} 1",
        "spillway_cpu_seconds_total{process=\"trigger\"} 1.5", "spillway_lag_seconds 0.25", "spillway_alarms 1",
        "spillway_connection{connection=\"live\"} 1"}) {
    EXPECT_THAT(text, HasSubstr(expected));
  }
}

RunView view_at(double seconds, std::uint64_t on, std::uint64_t run = 1) {
  RunView view;
  view.run = run;
  view.begin = Timestamp{0};
  view.data_time = Timestamp{from_seconds(seconds).ns};
  view.counts.push_back({});
  view.counts.back().counts.detector = "csi";
  view.counts.back().counts.on = on;
  return view;
}

TEST(History, KeepsFirstAndNewestPointInBoundedMemory) {
  History history(64);
  for (int i = 0; i < 100'000; ++i) {
    history.add(view_at(0.1 * i, static_cast<std::uint64_t>(i)));
    ASSERT_LE(history.size(), 64U);
  }
  const auto points = history.document()["points"];
  EXPECT_GE(points.size(), 30U);
  EXPECT_EQ(points.front()[1], 0);
  EXPECT_EQ(points.back()[1], 99'999);
  double widest = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    EXPECT_GT(points[i][0], points[i - 1][0]);
    widest = std::max(widest, points[i][0].get<double>() - points[i - 1][0].get<double>());
  }
  EXPECT_LT(widest, 10'000.0 / 15) << "evenly spread";
}

TEST(History, ReplacesAPointOfTheSameTimeAndForgetsOtherRuns) {
  History history;
  history.add(view_at(1, 5));
  history.add(view_at(1, 6));
  EXPECT_EQ(history.document()["points"].dump(), "[[1.0,6,0]]");
  history.add(view_at(0.5, 1, 2));
  EXPECT_EQ(history.document()["run"], 2);
  EXPECT_EQ(history.size(), 1U);
}

TEST(Routes, ServeTheListAndNothingElse) {
  const auto text = [](std::string s) { return std::make_shared<const std::string>(std::move(s)); };
  const Snapshot snapshot{text("c"), text("s"), text("h"), text("m")};
  const auto get = [&](const std::string& path) { return route({"GET", path}, snapshot, page_files()); };
  EXPECT_EQ(*get("/api/v1/counts").body, "c");
  EXPECT_EQ(get("/api/v1/counts").type, "application/json");
  EXPECT_EQ(*get("/api/v1/status").body, "s");
  EXPECT_EQ(*get("/api/v1/history").body, "h");
  EXPECT_EQ(*get("/metrics").body, "m");
  EXPECT_THAT(*get("/").body, HasSubstr("<!doctype html>"));
  EXPECT_EQ(get("/").type, "text/html; charset=utf-8");
  EXPECT_EQ(get("/page.js").type, "text/javascript; charset=utf-8");
  for (const char* path : {"", "//", "/index.html", "/../etc/passwd", "/page.js/../../etc/passwd", "/%2e%2e/etc/passwd",
                           "/page.js%00", "/api/v1/", "/api/v1/counts/", "/style.css.bak", "*"}) {
    EXPECT_EQ(get(path).status, 404U) << path;
  }
}

TEST(Page, AsksNoOtherHostAndHasNoInlineScript) {
  ASSERT_GE(page_files().size(), 5U);
  for (const PageFile& file : page_files()) {
    const std::string bytes(file.bytes);
    for (const char* forbidden : {"https://", "//cdn", "innerHTML", "eval(", "<script>", "onclick=", "style=\""}) {
      EXPECT_THAT(bytes, Not(HasSubstr(forbidden))) << file.path;
    }
  }
}

}  // namespace
}  // namespace spillway::web
