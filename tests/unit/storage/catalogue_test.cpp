#include "daq/storage/catalogue.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "daq/storage/summary_text.hpp"
#include "fake_run.hpp"

namespace spillway::storage {
namespace {

using test::TemporaryFolder;

model::RunSummary full_summary(std::uint64_t run) {
  model::RunSummary s;
  s.run = run;
  s.setup = "recorded";
  s.condition = model::Condition::kIncomplete;
  s.reasons = {"readout.csi.0 restarted", "and \"more\""};
  s.digest = "abc";
  s.files = {"/data/run000001/a.h5", "/data/run000001/b.h5"};
  s.time = {{1'000}, {9'000'000'000'000'000'000}};
  s.gates["bench"] = {51, 50, 3, {{"off_touches_on", 1}}, 2};
  model::StreamLedger stream;
  stream.stream = "csi/0";
  stream.sent = 18'000'000'000'000'000'000U;
  stream.accepted = 40;
  stream.rejected["truncated"] = 2;
  stream.lost["restart"] = 5;
  stream.lost["ring_overflow"] = 0;
  stream.asked = 10;
  stream.ok = 7;
  stream.partial = 1;
  stream.built = 8;
  stream.missing["restart"] = 2;
  s.streams = {stream};
  model::DetectorBooks books;
  books.detector = "csi";
  books.books.gates[0].wall = nanoseconds(100);
  books.books.gates[0].live = nanoseconds(60);
  books.books.gates[0].dead[1] = nanoseconds(40);
  books.books.run.wall = nanoseconds(1'000);
  books.books.run.not_read = nanoseconds(1'000);
  s.livetime = {books};
  model::DetectorCounts counts;
  counts.detector = "csi";
  counts.on = 51;
  counts.alpha = 1.0 / 3.0;
  counts.excess = 50.25;
  counts.pot = 1.6e14;
  s.counts = {counts};
  s.decisions_made = 101;
  s.decisions_acknowledged = 100;
  s.input_skipped["out_of_order"] = 4;
  s.wall_s = 20.1;
  s.latency = {12.5, 1.0 / 3.0};
  s.latency_by_detector = {{"csi", {1.25, 3.75}}};
  s.cpu_s = {{"readout.csi.0", 0.75}, {"trigger", 0.1}};
  s.messages = {{"readout.csi.0", 120}, {"trigger", 77}};
  return s;
}

TEST(Catalogue, GivesBackASummaryExactly) {
  const TemporaryFolder folder;
  Catalogue catalogue(folder.path());
  NewRun run;
  run.setup = "recorded";
  run.config_text = "[setup]";
  run.overrides = {"a=1", "b=2"};
  run.seed = 0xFFFF'FFFF'FFFF'FFFFU;
  const std::uint64_t number = catalogue.begin_run(run);
  EXPECT_EQ(number, 1U);
  EXPECT_EQ(catalogue.run(number)->condition, "RUNNING");
  model::RunSummary in = full_summary(number);
  in.files = {run_folder(folder.path(), number) / "a.h5", run_folder(folder.path(), number) / "b.h5"};
  catalogue.end_run(in);
  const auto out = catalogue.summary(number);
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(to_json(*out).dump(), to_json(in).dump());
  EXPECT_EQ(out->streams, in.streams);
  EXPECT_EQ(out->livetime[0].books.gates, in.livetime[0].books.gates);
  EXPECT_EQ(out->livetime[0].books.run, in.livetime[0].books.run);
  EXPECT_EQ(out->counts[0].alpha, in.counts[0].alpha);
  EXPECT_EQ(out->gates.at("bench").dropped, in.gates.at("bench").dropped);
  EXPECT_EQ(catalogue.config_text(number), "[setup]");
  EXPECT_EQ(catalogue.files(number).size(), 2U);
  EXPECT_FALSE(catalogue.run(number)->ended_utc.empty());
  EXPECT_FALSE(catalogue.summary(77).has_value());

  catalogue.end_run(in);
  EXPECT_EQ(to_json(*catalogue.summary(number)).dump(), to_json(in).dump()) << "storing it again replaces it";
  catalogue.forget_file(number, "a.h5");
  EXPECT_EQ(catalogue.summary(number)->files, (std::vector<std::string>{in.files[1]}));
  catalogue.replace_file("/moved/run000001/b.h5", "/moved/run000001/c.h5", "d1");
  catalogue.replace_file("/moved/run000001/not_listed.h5", "/moved/run000001/d.h5", "d2");
  EXPECT_EQ(catalogue.files(number),
            (std::vector<std::pair<std::string, std::string>>{{run_folder(folder.path(), number) / "c.h5", "d1"}}));
}

TEST(Catalogue, FindsTheFilesOfACopiedDataFolderInTheCopy) {
  const TemporaryFolder folder;
  const auto original = folder.path() / "original";
  const auto copy = folder.path() / "copy";
  {
    Catalogue catalogue(original);
    model::RunSummary summary = full_summary(catalogue.begin_run({}));
    summary.files = {run_folder(original, 1) / "a.h5"};
    std::filesystem::create_directories(run_folder(original, 1));
    test::write_file(summary.files[0], {});
    catalogue.end_run(summary);
  }
  std::filesystem::copy(original, copy, std::filesystem::copy_options::recursive);
  const Catalogue catalogue(copy, true);
  const std::string expected = run_folder(copy, 1) / "a.h5";
  EXPECT_EQ(catalogue.summary(1)->files, std::vector<std::string>{expected});
  EXPECT_EQ(catalogue.files(1)[0].first, expected);
}

TEST(Catalogue, GivesTwoProcessesDistinctNumbers) {
  const TemporaryFolder folder;
  constexpr int kProcesses = 4;
  constexpr int kRuns = 25;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  for (int i = 0; i < kProcesses; ++i) {
    if (::fork() != 0) continue;
    int status = 1;
    try {
      Catalogue catalogue(folder.path());
      for (int k = 0; k < kRuns; ++k) {
        const std::uint64_t run = catalogue.begin_run({});
        if (::write(ends[1], &run, sizeof(run)) != sizeof(run)) ::_exit(2);
      }
      status = 0;
    } catch (const std::exception& problem) {
      std::fprintf(stderr, "%s\n", problem.what());
    }
    ::_exit(status);
  }
  ::close(ends[1]);
  std::set<std::uint64_t> numbers;
  std::uint64_t run = 0;
  while (::read(ends[0], &run, sizeof(run)) == sizeof(run)) numbers.insert(run);
  ::close(ends[0]);
  for (int i = 0; i < kProcesses; ++i) {
    int status = 0;
    ::wait(&status);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(numbers.size(), static_cast<std::size_t>(kProcesses * kRuns));
  EXPECT_EQ(*numbers.rbegin(), static_cast<std::uint64_t>(kProcesses * kRuns));
}

TEST(Catalogue, ClosesRunsWhoseRunControlDied) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    Catalogue(folder.path()).begin_run({});
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  Catalogue catalogue(folder.path());
  const std::uint64_t mine = catalogue.begin_run({});
  catalogue.close_orphans();
  EXPECT_EQ(catalogue.run(1)->condition, "INCOMPLETE");
  EXPECT_EQ(catalogue.summary(1)->reasons, (std::vector<std::string>{"run control died"}));
  EXPECT_EQ(catalogue.run(mine)->condition, "RUNNING");
  EXPECT_EQ(catalogue.runs().size(), 2U);
}

TEST(Catalogue, TellsARunControlThatLivesFromAnotherProcessOfItsNumber) {
  const TemporaryFolder folder;
  Catalogue catalogue(folder.path());
  const std::uint64_t run = catalogue.begin_run({});
  EXPECT_TRUE(catalogue.run(run)->alive);
  SQLite::Database(catalogue_path(folder.path()).string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE runs SET pid_started = pid_started - 1");
  EXPECT_FALSE(catalogue.run(run)->alive);
}

TEST(Catalogue, TakesOverOneThatKnewNoPerformance) {
  const TemporaryFolder folder;
  static_cast<void>(Catalogue(folder.path()));
  SQLite::Database(catalogue_path(folder.path()).string(), SQLite::OPEN_READWRITE)
      .exec("ALTER TABLE runs DROP COLUMN performance");
  Catalogue catalogue(folder.path());
  const std::uint64_t run = catalogue.begin_run({});
  EXPECT_EQ(catalogue.summary(run)->wall_s, 0);
  catalogue.end_run(full_summary(run));
  EXPECT_EQ(catalogue.summary(run)->cpu_s, full_summary(run).cpu_s);
  EXPECT_EQ(catalogue.summary(run)->latency_by_detector.at("csi").p99_ms, 3.75);
}

TEST(SummaryText, SaysWhatCameOutAndWhatItTook) {
  const std::string text = summary_text(full_summary(3));
  for (const char* part :
       {"run 3 of recorded: INCOMPLETE\n  readout.csi.0 restarted\n", "digest     abc\n",
        "took       20.1 s; gate to disk csi 1.2 ms (median), 3.8 ms (99 %); CPU readout.csi.0 0.8 s, trigger",
        "restart 5", "fragment_missing 40 ns", "input records skipped: out_of_order 4"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
  }
}

TEST(Catalogue, DoesNotGiveTheNumberOfAFolderThatIsThere) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(run_folder(folder.path(), 7));
  EXPECT_EQ(Catalogue(folder.path()).begin_run({}), 8U);
}

TEST(Catalogue, KeepsCommentsAndAlarmsInOrder) {
  const TemporaryFolder folder;
  Catalogue catalogue(folder.path());
  const std::uint64_t run = catalogue.begin_run({});
  catalogue.add_comment(run, "first; it's \"quoted\"");
  catalogue.add_comment(run, "second");
  catalogue.add_alarm(run, "late");
  EXPECT_THROW(catalogue.add_comment(99, "no such run"), Error);
  ASSERT_EQ(catalogue.comments(run).size(), 2U);
  EXPECT_EQ(catalogue.comments(run)[0].second, "first; it's \"quoted\"");
  EXPECT_EQ(catalogue.alarms(run).size(), 1U);
  const Catalogue reader(folder.path(), true);
  EXPECT_EQ(reader.comments(run).size(), 2U);
  EXPECT_THROW(Catalogue(folder.path() / "nowhere", true), Error);
}

TEST(RunJson, HasTheFieldsOfTheContract) {
  const auto json = to_json(full_summary(3));
  EXPECT_EQ(json["run"], 3);
  EXPECT_EQ(json["condition"], "INCOMPLETE");
  EXPECT_EQ(json["gates"]["bench"]["on"], 51);
  const auto& stream = json["streams"][0];
  EXPECT_EQ(stream["frames_received"], 40);
  EXPECT_EQ(stream["frames_lost"].dump(), R"({"restart":5})");
  EXPECT_EQ(stream["frames_rejected"].dump(), R"({"truncated":2})");
  EXPECT_EQ(stream["fragments_requested"], 10);
  EXPECT_EQ(stream["fragments_missing"].dump(), R"({"restart":2})");
  ASSERT_EQ(json["livetime"].size(), 3U);
  EXPECT_EQ(json["livetime"][0].dump(),
            R"({"detector":"csi","gate":"on","wall_ns":100,"live_ns":60,"dead_ns":{"fragment_missing":40}})");
  EXPECT_EQ(json["livetime"][2]["gate"], "run");
  EXPECT_EQ(json["livetime"][2]["not_read_ns"], 1000);
  EXPECT_TRUE(json["counts"][0]["truth_signal_on"].is_null());
  EXPECT_TRUE(json["counts"][0]["efficiency"].is_null());
  EXPECT_EQ(json["counts"][0]["excess"], 50.25);
}

TEST(DataFolder, ComesFromTheEnvironment) {
  ::setenv("SPILLWAY_DATA", "/some/where", 1);
  EXPECT_EQ(default_data_folder(), "/some/where");
  ::unsetenv("SPILLWAY_DATA");
  ::setenv("XDG_DATA_HOME", "/xdg", 1);
  EXPECT_EQ(default_data_folder(), "/xdg/spillway");
  EXPECT_EQ(run_folder("/data", 42), "/data/run000042");
  EXPECT_EQ(catalogue_path("/data"), "/data/catalogue.sqlite");
}

}  // namespace
}  // namespace spillway::storage
