#include "daq/storage/trains.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include "daq/storage/manifest.hpp"
#include "daq/storage/verify.hpp"
#include "fake_run.hpp"

namespace spillway::storage {
namespace {

using test::FakeRun;
using test::joined;
using test::TemporaryFolder;

/// Decisions of csi: every 50th is read, the others have no content; on- and off-gates take turns at 14 Hz.
class TrainRun : public FakeRun {
 public:
  TrainRun() { info.trains = true; }

  [[nodiscard]] model::Decision at(std::uint64_t id) const {
    model::Decision d = decision(0, id);
    const auto begin = setup.epoch + milliseconds(1) +
                       nanoseconds(static_cast<std::int64_t>(id / 2 * 500'000'000 / 7)) +
                       milliseconds(id % 2 == 0 ? 0 : 35);
    d.gate.time = {begin, begin + microseconds(2800)};
    d.gate.protons = id % 2 == 0 ? 1.11e15 : 0;
    d.window = {begin - setup.detectors[0].pre, d.gate.time.end + setup.detectors[0].post};
    d.primitives = id % 50 == 49 ? 2 : 0;
    d.bits = id % 50 == 49 ? model::kCoincidence | model::kReadOut : 0U;
    return d;
  }

  /// Of decisions [0, count), with trains or every one singly.
  void append_decisions(EventFileWriter& writer, std::uint64_t count, bool trains) {
    model::DecisionFolder folder;
    model::PulseFolder pulses;
    const auto flush = [&] {
      if (folder.count() == 0) return;
      writer.append(folder.train());
      derivation().add(folder.train());
      folder.clear();
    };
    for (std::uint64_t id = 0; id < count; ++id) {
      const model::Decision d = at(id);
      if (id % 2 == 0) pulses.extend({d.gate.pulse_id, 0, d.gate.time, d.gate.protons, 0.01, 0});
      if (trains && folder.extend(d)) continue;
      flush();
      if (trains && folder.extend(d)) continue;
      derivation().add(d);
      if (d.read_out()) {
        for (std::uint32_t stream = 0; stream < 2; ++stream) {
          append_fragment(writer, stream, d);
        }
      }
      writer.append(d, d.read_out() ? 2 : 0);
    }
    flush();
    if (pulses.count() > 0) writer.append(pulses.train(), 0);
    writer.append_dead(0, model::DeadReason::kVeto, {at(10).gate.time.begin, at(20).gate.time.end});
    derivation().add_dead(
        {0, static_cast<std::uint32_t>(model::DeadReason::kVeto), at(10).gate.time.begin.ns, at(20).gate.time.end.ns});
  }

  std::filesystem::path write_decisions(const std::filesystem::path& folder, std::uint64_t count, bool trains) {
    EventFileWriter writer(folder / event_file_name(info.run, info.part), info, setup.storage);
    append_decisions(writer, count, trains);
    EXPECT_EQ(writer.decisions(), count);
    writer.close(books());
    return writer.path();
  }
};

std::vector<model::Decision> all_decisions(const EventFileReader& file) {
  std::vector<model::Decision> all;
  const auto gates = file.gates();
  const auto decisions = file.decisions();
  in_order_of_ids(
      decisions, decision_trains_of(file.decision_trains(), file.info()).trains,
      [&](std::size_t i) { all.push_back(decision_of(gates[i], decisions[i])); },
      [&](const model::DecisionTrain& train) { train.for_each([&](const model::Decision& d) { all.push_back(d); }); });
  return all;
}

/// Adds `step` to one field of one row, as damage would.
void change(const std::filesystem::path& path, std::uint64_t row, std::size_t offset) {
  Bytes bytes = test::read_file(path);
  const EventFileReader reader(path);
  const auto rows = reader.decision_trains();
  const auto wanted = std::as_bytes(std::span(&rows.at(row), 1));
  const auto found = std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end());
  ASSERT_NE(found, bytes.end());
  found[static_cast<std::ptrdiff_t>(offset)] ^= std::byte{1};
  test::write_file(path, bytes);
}

TEST(Trains, AreReadBackAsTheDecisionsTheyStandFor) {
  const TemporaryFolder folder;
  TrainRun run;
  const auto path = run.write_decisions(folder.path(), 1000, true);
  const EventFileReader file(path);
  EXPECT_EQ(file.gates().size(), 20U) << "those with content";
  EXPECT_LT(file.decision_trains().size(), 60U);
  EXPECT_EQ(file.pulse_trains().size(), 1U);
  const auto all = all_decisions(file);
  ASSERT_EQ(all.size(), 1000U);
  for (std::uint64_t id = 0; id < all.size(); ++id) ASSERT_EQ(all[id], run.at(id));
}

TEST(Trains, HaveTheBooksAndTheDigestOfSingleDecisions) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "singly");
  TrainRun in_trains, singly;
  const EventFileReader a(in_trains.write_decisions(folder.path(), 1000, true));
  const EventFileReader b(singly.write_decisions(folder.path() / "singly", 1000, false));
  EXPECT_EQ(a.book_texts(), b.book_texts());
  for (const auto& file : {folder.path(), folder.path() / "singly"}) {
    const Verification verification = verify({file / event_file_name(42, 0)}, {});
    EXPECT_EQ(joined(verification.complaints), "");
    EXPECT_EQ(verification.digest, a.books()->digest);
  }
}

TEST(Trains, AreNoTablesOfAFileOfAnOrdinaryRun) {
  const TemporaryFolder folder;
  FakeRun run;
  const EventFileReader file(run.write(folder.path(), 4));
  EXPECT_TRUE(file.decision_trains().empty());
  EXPECT_EQ(file.tables().size(), 8 + run.info.streams.size() + 2);
  EventFileWriter writer(folder.path() / "run000042_0001.h5", run.info, run.setup.storage);
  EXPECT_THROW(writer.append(model::DecisionTrain{}), Error);
}

TEST(Trains, AreComplainedOfWhereARowIsDamaged) {
  const TemporaryFolder folder;
  TrainRun run;
  const auto path = run.write_decisions(folder.path(), 300, true);
  change(path, 3, offsetof(DecisionTrainRow, first_ns));
  std::filesystem::remove(manifest_path(path));
  const std::string complaints = joined(verify({path}, {}).complaints);
  EXPECT_NE(complaints.find("/decision_trains: its rows have CRC32C"), std::string::npos) << complaints;
  EXPECT_NE(complaints.find("/decision_trains: row 2 is impossible"), std::string::npos) << complaints;
}

TEST(Trains, AreNotAwaitedOnTheWordOfADamagedRow) {
  TrainRun run;
  model::DecisionFolder folder;
  for (std::uint64_t id = 0; id < 20; ++id) ASSERT_TRUE(folder.extend(run.at(id)));
  std::vector<DecisionTrainRow> rows = decision_train_rows(folder.train());
  ASSERT_EQ(rows.size(), 2U);
  rows.push_back(rows.front());
  rows.back().first_ns += 1;
  const StoredTrains found = decision_trains_of(rows, run.info);
  EXPECT_EQ(found.rows, 3U) << "it says that it is one of two";
  EXPECT_EQ(found.bad_rows.size(), 1U);
}

TEST(Trains, AreRecoveredFromAFileThatWasNeverClosed) {
  const TemporaryFolder folder;
  TrainRun run;
  const auto path = folder.path() / event_file_name(42, 0);
  {
    EventFileWriter writer(path, run.info, run.setup.storage);
    run.append_decisions(writer, 500, true);
    writer.commit();
  }
  const Recovery recovery = recover(path.string() + ".writing");
  EXPECT_EQ(recovery.decisions, 500U) << joined(recovery.notes);
  EXPECT_EQ(recovery.fragments, 20U);
  const EventFileReader file(path);
  EXPECT_EQ(all_decisions(file).size(), 500U);
  EXPECT_EQ(all_decisions(file).back(), run.at(499));
  EXPECT_EQ(file.pulse_trains().size(), 1U);
  EXPECT_EQ(file.books()->digest, run.derivation().digest());
  EXPECT_EQ(joined(verify({path}, {}).complaints), "");
}

TEST(Trains, LeaveOutWhatIsDamagedWhenRecovered) {
  const TemporaryFolder folder;
  TrainRun run;
  const auto path = run.write_decisions(folder.path(), 300, true);
  change(path, 3, offsetof(DecisionTrainRow, period_num));
  const Recovery recovery = recover(path);
  EXPECT_EQ(recovery.decisions, 300U - 49) << joined(recovery.notes);
  EXPECT_EQ(recovery.fragments, 12U);
  EXPECT_EQ(joined(verify({path}, {}).complaints), "");
}

}  // namespace
}  // namespace spillway::storage
