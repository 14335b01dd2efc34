#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "daq/storage/catalogue.hpp"
#include "daq/storage/journal.hpp"
#include "daq/storage/manifest.hpp"
#include "daq/storage/salvage.hpp"
#include "daq/storage/verify.hpp"
#include "fake_run.hpp"

namespace spillway::storage {
namespace {

using test::FakeRun;
using test::joined;
using test::TemporaryFolder;

/// A writer in a process of its own that says how many gates it has committed, in the journal where it may, until it is
/// killed.
class DoomedWriter {
 public:
  DoomedWriter(FakeRun& run, const std::filesystem::path& path, bool by_journal) {
    int ends[2];
    if (::pipe(ends) != 0) throw Error("pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::close(ends[0]);
      EventFileWriter writer(path, run.info, run.setup.storage);
      for (std::uint64_t id = 0;; ++id) {
        run.append(writer, id);
        if (id % 3 != 2) continue;
        if (!by_journal || id % 24 == 23 || !writer.write_journal()) writer.commit();
        const std::uint64_t committed = id + 1;
        if (::write(ends[1], &committed, sizeof(committed)) != sizeof(committed)) ::_exit(1);
      }
    }
    ::close(ends[1]);
    read_ = ends[0];
  }
  ~DoomedWriter() { ::close(read_); }
  DoomedWriter(const DoomedWriter&) = delete;
  DoomedWriter& operator=(const DoomedWriter&) = delete;

  /// Kills it once it has committed so many gates and, after that, `spins` turns of a loop; returns what it had
  /// committed.
  std::uint64_t kill_after(std::uint64_t gates, std::uint64_t spins) {
    std::uint64_t committed = 0;
    while (committed < gates && ::read(read_, &committed, sizeof(committed)) == sizeof(committed)) {
    }
    for (std::uint64_t i = 0; i < spins; ++i) asm volatile("");
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    while (::read(read_, &committed, sizeof(committed)) == sizeof(committed)) {
    }
    return committed;
  }

 private:
  pid_t child_ = -1;
  int read_ = -1;
};

TEST(Recover, BringsBackEveryCommittedDecisionOfAKilledWriter) {
  Draw draw(hash_key(3, "kill", 0));
  for (int round = 0; round < 25; ++round) {
    const TemporaryFolder folder;
    FakeRun run;
    run.frame_bytes = round % 5 == 4 ? 9000 : 100;
    const auto path = folder.path() / event_file_name(42, 0);
    DoomedWriter writer(run, path, round % 2 == 0);
    const std::uint64_t committed = writer.kill_after(3 * (draw() % 20), draw() % 3'000'000);
    const auto writing = path.string() + ".writing";
    if (!std::filesystem::exists(writing)) continue;  // killed before there was a file

    const Recovery recovery = recover(writing);
    EXPECT_EQ(recovery.file, path);
    EXPECT_EQ(recovery.kept, path.string() + ".damaged");
    EXPECT_GE(recovery.decisions, 2 * committed);
    expect_decisions(run, EventFileReader(path), committed);
    const Verification result = verify({path}, "");
    EXPECT_TRUE(result.complaints.empty()) << joined(result.complaints);
    const EventFileReader file(path);
    EXPECT_EQ(file.books().value().condition, model::Condition::kIncomplete);
    EXPECT_TRUE(manifest_faults(path).empty());
    EXPECT_FALSE(std::filesystem::exists(writing));
    EXPECT_FALSE(std::filesystem::exists(manifest_room(manifest_path(path))));
    EXPECT_FALSE(std::filesystem::exists(journal_path(writing)));
    EXPECT_TRUE(std::filesystem::exists(journal_path(recovery.kept)));
  }
}

/// Twenty gates of which HDF5 has ten, and the last five came with the journal's last record.
class RecoverFromJournal : public ::testing::Test {
 protected:
  void SetUp() override {
    write();
    EXPECT_EQ(EventFileReader(writing_).decisions().size(), 20U) << "ten of each detector";
  }
  void write() {
    EventFileWriter writer(path_, run_.info, run_.setup.storage);
    append(writer, 10);
    writer.commit();
    append(writer, 15);
    ASSERT_TRUE(writer.write_journal());
    append(writer, 20);
    ASSERT_TRUE(writer.write_journal());
  }
  void append(EventFileWriter& writer, std::uint64_t until) {
    while (run_.appended < until) run_.append(writer, run_.appended);
  }
  void expect_recovered(std::uint64_t gates) {
    const Recovery recovery = recover(writing_);
    EXPECT_EQ(recovery.decisions, 2 * gates) << joined(recovery.notes);
    expect_decisions(run_, EventFileReader(path_), gates);
    const Verification result = verify({path_}, "");
    EXPECT_TRUE(result.complaints.empty()) << joined(result.complaints);
  }
  TemporaryFolder folder_;
  FakeRun run_;
  std::filesystem::path path_ = folder_.path() / event_file_name(42, 0);
  std::filesystem::path writing_ = path_.string() + ".writing";
  std::filesystem::path journal_ = journal_path(writing_);
};

TEST_F(RecoverFromJournal, TakesWhatHdf5WasNeverGiven) {
  expect_recovered(20);
  EXPECT_EQ(EventFileReader(path_).info().recovered, "tables");
}

TEST_F(RecoverFromJournal, EndsAtARecordThatDoesNotHold) {
  const auto records = read_journal(journal_);
  ASSERT_FALSE(records.empty());
  Bytes bytes = test::read_file(journal_);
  // The last commit is torn: the first of its records is that of csi/0.
  const auto second = std::find_if(records.rbegin(), records.rend(), [](const JournalRecord& record) {
    return record.header.kind == kJournalPayload && record.header.stream == 0;
  });
  ASSERT_NE(second, records.rend());
  const auto at = std::search(bytes.begin(), bytes.end(), second->body.begin(), second->body.end());
  ASSERT_NE(at, bytes.end());
  std::fill(at, at + 16, std::byte{0xFF});
  test::write_file(journal_, bytes);
  const Recovery recovery = recover(writing_);
  EXPECT_GE(recovery.decisions, 30U) << "what was acknowledged before";
  expect_decisions(run_, EventFileReader(path_), 15);
}

TEST_F(RecoverFromJournal, NeedsNoJournal) {
  std::filesystem::remove(journal_);
  expect_recovered(10);
}

TEST_F(RecoverFromJournal, TakesFragmentsFromItWhereTheSuperblockIsGone) {
  Bytes bytes = test::read_file(writing_);
  std::fill_n(bytes.begin(), 512, std::byte{0});
  test::write_file(writing_, bytes);
  recover(writing_);
  EXPECT_EQ(EventFileReader(path_).fragments().size(), 2U * 20U + 18U);
}

TEST_F(RecoverFromJournal, TakesRowsFromItWhereTheSuperblockIsGone) {
  Bytes bytes = test::read_file(writing_);
  std::fill_n(bytes.begin(), 512, std::byte{0});
  test::write_file(writing_, bytes);
  const Recovery recovery = recover(writing_);
  EXPECT_EQ(recovery.decisions, 40U - 1U) << "without decision 9 of tpc, which has no fragment\n"
                                          << joined(recovery.notes);
  const EventFileReader file(path_);
  EXPECT_EQ(file.info().recovered, "scan");
  std::vector<std::uint64_t> pulses;
  for (const PulseRow& row : file.pulses()) pulses.push_back(row.id);
  EXPECT_EQ(pulses, (std::vector<std::uint64_t>{6, 7, 8, 9, 10}));
  std::vector<std::int64_t> dead;
  for (const DeadRow& row : file.dead()) dead.push_back(row.begin_ns);
  std::vector<std::int64_t> expected;
  for (const std::uint64_t id : {11U, 15U, 19U}) expected.push_back(run_.decision(0, id).gate.time.begin.ns);
  EXPECT_EQ(dead, expected);
  const auto missing = file.missing();
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0].decision, 19U);
  EXPECT_EQ(missing_reason(missing[0]), "restart");
  const Verification result = verify({path_}, "");
  EXPECT_TRUE(result.complaints.empty()) << joined(result.complaints);
}

TEST_F(RecoverFromJournal, TakesFragmentsFromItAloneWhereTheSuperblockIsGone) {
  std::filesystem::remove(writing_);
  std::filesystem::remove(journal_);
  run_.appended = 0;
  {
    EventFileWriter writer(path_, run_.info, run_.setup.storage);
    append(writer, 10);
    ASSERT_TRUE(writer.write_journal());
  }
  Bytes bytes = test::read_file(writing_);
  std::fill_n(bytes.begin(), 512, std::byte{0});
  test::write_file(writing_, bytes);
  recover(writing_);
  EXPECT_EQ(EventFileReader(path_).fragments().size(), 2U * 10U + 9U);
}

TEST_F(RecoverFromJournal, TakesWhatFollowsAFlushThatNeverCameToTheDisk) {
  std::filesystem::remove(writing_);
  std::filesystem::remove(journal_);
  run_.appended = 0;
  EventFileWriter writer(path_, run_.info, run_.setup.storage);
  append(writer, 10);
  writer.commit();
  const auto left = folder_.path() / "left" / writing_.filename();
  std::filesystem::create_directory(left.parent_path());
  std::filesystem::copy_file(writing_, left);
  append(writer, 13);
  ASSERT_TRUE(writer.flush().has_value());
  append(writer, 17);
  ASSERT_TRUE(writer.write_journal());
  std::filesystem::copy_file(journal_, journal_path(left));

  const Recovery recovery = recover(left);
  EXPECT_EQ(recovery.decisions, 2U * (10 + 4)) << joined(recovery.notes);
  const EventFileReader file(recovery.file);
  EXPECT_EQ(file.fragments().size(), 2U * 14 + 13) << joined(recovery.notes);
  for (const PulseRow& pulse : file.pulses()) EXPECT_NE(pulse.id, 0U) << "nobody wrote it";
  EXPECT_EQ(file.pulses().size(), 5U + 2U) << "of gates 0 to 8, 14 and 16";
}

TEST_F(RecoverFromJournal, GoesOnWhereARecoveryWasKilled) {
  const std::filesystem::path kept = path_.string() + ".damaged";
  std::filesystem::create_hard_link(journal_, journal_path(kept));
  std::filesystem::rename(writing_, kept);
  EXPECT_EQ(recover(kept).decisions, 40U);
  expect_decisions(run_, EventFileReader(path_), 20);
  EXPECT_FALSE(std::filesystem::exists(journal_));
  EXPECT_TRUE(std::filesystem::exists(journal_path(kept)));
}

TEST(Recover, ScansForFragmentsWhereTheSuperblockIsGone) {
  const TemporaryFolder folder;
  FakeRun run;
  const auto path = run.write(folder.path(), 50);
  Bytes bytes = test::read_file(path);
  std::fill_n(bytes.begin(), 512, std::byte{0});
  test::write_file(path, bytes);
  const Recovery recovery = recover(path);
  EXPECT_EQ(recovery.decisions, 100U - 5U) << "those without any fragment cannot come back";
  EXPECT_EQ(recovery.fragments, 145U);
  const EventFileReader file(path);
  EXPECT_EQ(file.info().config_text, run.info.config_text);
  EXPECT_EQ(file.info().recovered, "scan");
  for (const FragmentRow& row : file.fragments()) {
    const auto expected = run.fragment(row.stream, run.decision(row.detector, row.decision));
    EXPECT_EQ(file.payload(row), expected.bytes);
    EXPECT_EQ(file.frame_sizes(row), expected.sizes);
  }
  const Verification result = verify({path}, "");
  EXPECT_TRUE(result.complaints.empty()) << joined(result.complaints);
}

TEST(Recover, ScansForFragmentsLongerThanAChunk) {
  const TemporaryFolder folder;
  FakeRun run;
  run.frame_bytes = 30'000;
  const auto path = run.write(folder.path(), 12);
  Bytes bytes = test::read_file(path);
  std::fill_n(bytes.begin(), 512, std::byte{0});
  test::write_file(path, bytes);
  const Recovery recovery = recover(path);
  EXPECT_EQ(recovery.fragments, 35U) << joined(recovery.notes);
}

TEST(Recover, BooksADamagedFragmentAsMissingAndKeepsTheRest) {
  const TemporaryFolder folder;
  FakeRun run;
  const auto path = run.write(folder.path(), 20);
  Bytes bytes = test::read_file(path);
  const Bytes payload = run.fragment(1, run.decision(0, 5)).bytes;
  const auto at = std::search(bytes.begin(), bytes.end(), payload.begin(), payload.end());
  ASSERT_NE(at, bytes.end());
  at[3] ^= std::byte{0x10};
  test::write_file(path, bytes);
  const Recovery recovery = recover(path);
  EXPECT_EQ(recovery.decisions, 40U);
  EXPECT_EQ(recovery.fragments, 57U);
  const EventFileReader file(path);
  const auto missing = file.missing();
  EXPECT_TRUE(std::any_of(missing.begin(), missing.end(), [](const MissingRow& row) {
    return row.decision == 5 && row.stream == 1 && missing_reason(row) == "not_recovered";
  }));
  EXPECT_EQ(file.books().value().streams.at(0).sent, 100U) << "what the old books knew of frames stays";
  const Verification result = verify({path}, "");
  EXPECT_TRUE(result.complaints.empty()) << joined(result.complaints);
  EXPECT_TRUE(std::filesystem::exists(manifest_path(recovery.kept)));
}

TEST(Recover, PutsADecisionWithADamagedIdBackInItsPlace) {
  for (const std::uint64_t wrong : {5U, 7U, 10U, 1'000'000U}) {  // a neighbour's, another's, beyond the end, nobody's
    const TemporaryFolder folder;
    FakeRun run;
    const auto path = run.write(folder.path(), 10);
    const std::string digest = EventFileReader(path).books().value().digest;
    Bytes bytes = test::read_file(path);
    const DecisionRow row = decision_row(run.decision(0, 6), 2);
    const auto row_bytes = std::as_bytes(std::span(&row, 1));
    const auto at = std::search(bytes.begin(), bytes.end(), row_bytes.begin(), row_bytes.end());
    ASSERT_NE(at, bytes.end());
    std::memcpy(&*at, &wrong, sizeof(wrong));
    test::write_file(path, bytes);
    const Recovery recovery = recover(path);
    EXPECT_EQ(recovery.decisions, 20U) << joined(recovery.notes);
    expect_decisions(run, EventFileReader(path), 10);
    const Verification result = verify({path}, "");
    EXPECT_TRUE(result.complaints.empty()) << joined(result.complaints);
    EXPECT_EQ(result.digest, digest);
  }
}

TEST(Recover, LeavesOutAMisnumberedDecisionThatNoFragmentTellsOf) {
  FakeRun run;
  Salvage salvage;
  salvage.info = run.info;
  for (const std::uint64_t id : {0U, 1U, 77U, 3U, 4U}) salvage.decisions.push_back({run.decision(0, id), 0});
  complete(salvage);
  std::vector<std::uint64_t> ids;
  for (const Salvage::Decided& decided : salvage.decisions) ids.push_back(decided.decision.id);
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{0, 1, 3, 4}));
}

TEST(Recover, TellsTheCatalogueAndLeavesNothingOfTheDeadWriter) {
  const TemporaryFolder folder;
  FakeRun run(1);
  Catalogue catalogue(folder.path());
  ASSERT_EQ(catalogue.begin_run({}), 1U);
  const auto run_directory = run_folder(folder.path(), 1);
  std::filesystem::create_directories(run_directory);
  const auto path = run_directory / event_file_name(1, 0);
  {
    EventFileWriter writer(path, run.info, run.setup.storage);
    for (std::uint64_t id = 0; id < 5; ++id) run.append(writer, id);
    writer.commit();
  }
  model::RunSummary summary;
  summary.run = 1;
  summary.condition = model::Condition::kIncomplete;
  summary.files = {path.string() + ".writing"};
  catalogue.end_run(summary);
  test::write_file(manifest_room(manifest_path(path)), {});

  recover(path.string() + ".writing");
  EXPECT_EQ(catalogue.files(1),
            (std::vector<std::pair<std::string, std::string>>{{path.string(), manifest_digest(path)}}));
  for (const auto& entry : std::filesystem::directory_iterator(run_directory)) {
    EXPECT_FALSE(entry.path().string().ends_with(".writing") || entry.path().string().ends_with(".room"))
        << entry.path();
  }
  const Verification result = verify({path}, catalogue_path(folder.path()), 1);
  EXPECT_TRUE(result.complaints.empty()) << joined(result.complaints);
}

TEST(Recover, TakesItBackThatARunIsComplete) {
  const TemporaryFolder folder;
  FakeRun run(1);
  Catalogue catalogue(folder.path());
  ASSERT_EQ(catalogue.begin_run({}), 1U);
  const auto run_directory = run_folder(folder.path(), 1);
  std::filesystem::create_directories(run_directory);
  const auto path = run.write(run_directory, 20);
  model::RunSummary summary;
  summary.run = 1;
  summary.condition = model::Condition::kComplete;
  summary.files = {path.string()};
  catalogue.end_run(summary);
  const Bytes whole = test::read_file(path);
  test::write_file(path, ByteView(whole).first(whole.size() / 2));

  recover(path);
  const auto shown = catalogue.summary(1);
  EXPECT_EQ(shown->condition, model::Condition::kIncomplete);
  ASSERT_EQ(shown->reasons.size(), 1U);
  EXPECT_NE(shown->reasons[0].find(path.filename().string() + " was damaged"), std::string::npos) << shown->reasons[0];
}

TEST(Recover, SavesWhatATruncatedFileStillHas) {
  const TemporaryFolder folder;
  FakeRun run;
  const auto path = run.write(folder.path(), 60);
  const Bytes good = test::read_file(path);
  std::size_t recovered = 0;
  for (int i = 1; i < 10; ++i) {
    const auto cut = folder.path() / ("cut" + std::to_string(i) + ".h5");
    test::write_file(cut, ByteView(good).first(good.size() * static_cast<std::size_t>(i) / 10));
    try {
      const Recovery recovery = recover(cut);
      ++recovered;
      const EventFileReader file(recovery.file);
      for (const FragmentRow& row : file.fragments()) {
        EXPECT_EQ(file.payload(row), run.fragment(row.stream, run.decision(row.detector, row.decision)).bytes);
      }
    } catch (const Error& problem) {
      EXPECT_NE(std::string(problem.what()).find("cannot be recovered"), std::string::npos) << problem.what();
    }
  }
  EXPECT_GT(recovered, 4U);
}

TEST(Recover, ChangesNothingOfAFileThatIsWhole) {
  const TemporaryFolder folder;
  FakeRun run;
  const auto path = run.write(folder.path(), 20);
  const Bytes before = test::read_file(path);
  const Recovery recovery = recover(path);
  EXPECT_EQ(recovery.file, path);
  EXPECT_TRUE(recovery.kept.empty());
  EXPECT_GT(recovery.fragments, 0U);
  EXPECT_EQ(test::read_file(path), before);
  EXPECT_EQ(event_files_in(folder.path()), std::vector{path});
}

TEST(Recover, SaysWhenThereIsNothing) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "nothing.h5";
  test::write_file(path, Bytes(100'000));
  EXPECT_THROW(recover(path), Error);
  EXPECT_TRUE(std::filesystem::exists(path)) << "what cannot be recovered stays where it is";
  EXPECT_THROW(recover(folder.path() / "not_there.h5"), Error);
}

TEST(Recover, LeavesAFileAloneThatIsStillBeingWritten) {
  const TemporaryFolder folder;
  FakeRun run;
  const auto path = folder.path() / event_file_name(42, 0);
  {
    EventFileWriter writer(path, run.info, run.setup.storage);
    run.append(writer, 0);
    writer.commit();
    EXPECT_THROW(recover(writer.writing_path()), Error);
    run.append(writer, 1);
    writer.commit();
  }
  EXPECT_GT(recover(path.string() + ".writing").decisions, 0U);
}

}  // namespace
}  // namespace spillway::storage
