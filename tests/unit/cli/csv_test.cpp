#include "daq/cli/csv.hpp"

#include <fstream>

#include <gmock/gmock.h>

#include "daq/base/error.hpp"
#include "daq/cli/run_tables.hpp"
#include "tests/unit/cli/folder.hpp"

namespace spillway::cli {
namespace {

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Csv, QuotesWhatWouldBreakALine) {
  EXPECT_EQ(to_csv({"t", {"a", "b"}, {{"1", "x,y"}, {"say \"hi\"", "two\nlines"}}}),
            "a,b\n1,\"x,y\"\n\"say \"\"hi\"\"\",\"two\nlines\"\n");
}

TEST(Csv, NeverOverwritesUnlessForced) {
  const Folder folder;
  write_csv(folder.path() / "new", {{"one", {"a"}, {{"1"}}}}, false);
  EXPECT_EQ(text_of(folder / "new/one.csv"), "a\n1\n");
  const std::vector<CsvTable> more = {{"two", {"b"}, {}}, {"one", {"a"}, {{"2"}}}};
  EXPECT_THROW(write_csv(folder.path() / "new", more, false), Error);
  EXPECT_EQ(text_of(folder / "new/one.csv"), "a\n1\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "new/two.csv"));
  write_csv(folder.path() / "new", more, true);
  EXPECT_EQ(text_of(folder / "new/one.csv"), "a\n2\n");
}

TEST(RunTables, LiveTimeHasALineForEachKindOfGateAndTheRun) {
  model::RunSummary summary;
  model::DetectorBooks books{"csi", {}};
  books.books.run = {Duration{10}, Duration{7}, {}, Duration{1}};
  books.books.run.dead[static_cast<std::size_t>(model::DeadReason::kVeto)] = Duration{2};
  summary.livetime = {books};
  summary.counts = {{"csi", 3, 1, 0.5, 2.5, 1.0, 4.0, 1e13, {}, {}}};
  const auto tables = summary_tables(summary);
  EXPECT_EQ(to_csv(tables.at(0)),
            "detector,gate,wall_ns,live_ns,dead_stream_missing_ns,dead_fragment_missing_ns,dead_inhibit_ns,"
            "dead_paused_ns,dead_veto_ns,dead_busy_ns,dead_prescale_ns,not_read_ns\n"
            "csi,on,0,0,0,0,0,0,0,0,0,0\ncsi,off,0,0,0,0,0,0,0,0,0,0\ncsi,random,0,0,0,0,0,0,0,0,0,0\n"
            "csi,run,10,7,0,0,0,0,2,0,0,1\n");
  EXPECT_EQ(to_csv(tables.at(1)),
            "detector,on,off,alpha,excess,excess_low,excess_high,pot,truth_signal_on,efficiency\n"
            "csi,3,1,0.5,2.5,1,4,10000000000000,,\n");
}

}  // namespace
}  // namespace spillway::cli
