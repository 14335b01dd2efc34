#include "daq/storage/verify.hpp"

#include <hdf5.h>

#include <algorithm>

#include "daq/storage/catalogue.hpp"
#include "daq/storage/manifest.hpp"
#include "fake_run.hpp"

namespace spillway::storage {
namespace {

using test::FakeRun;
using test::joined;
using test::TemporaryFolder;

class Verify : public ::testing::Test {
 protected:
  [[nodiscard]] Verification check(const std::filesystem::path& path) const {
    return verify({path}, catalogue_path(folder_.path()));
  }
  TemporaryFolder folder_;
  FakeRun run_;
};

TEST_F(Verify, HoldsForWhatTheWriterClosed) {
  const auto path = run_.write(folder_.path(), 40);
  const Verification result = check(path);
  EXPECT_TRUE(result.complaints.empty()) << joined(result.complaints);
  EXPECT_EQ(result.digest.size(), 64U);
  EXPECT_EQ(result.digest, EventFileReader(path).books()->digest);
}

TEST_F(Verify, HoldsForARunOfSeveralFilesAndSaysWhatOneAloneCannotShow) {
  const auto first = folder_.path() / event_file_name(42, 0);
  {
    EventFileWriter writer(first, run_.info, run_.setup.storage);
    for (std::uint64_t id = 0; id < 20; ++id) run_.append(writer, id);
    writer.close(std::nullopt);
  }
  run_.info.part = 1;
  const auto second = folder_.path() / event_file_name(42, 1);
  {
    EventFileWriter writer(second, run_.info, run_.setup.storage);
    for (std::uint64_t id = 20; id < 40; ++id) run_.append(writer, id);
    writer.close(run_.books());
  }
  const Verification both = verify({second, first}, "");
  EXPECT_TRUE(both.complaints.empty()) << joined(both.complaints);
  EXPECT_FALSE(both.digest.empty());
  for (const auto& path : {first, second}) {
    const Verification alone = verify({path}, "");
    EXPECT_TRUE(alone.complaints.empty()) << joined(alone.complaints);
    EXPECT_TRUE(alone.digest.empty());
    EXPECT_NE(joined(alone.notes).find("digest, ledger and live time were not checked"), std::string::npos);
  }
}

TEST_F(Verify, FailsForEveryFlippedByteAndNamesThePlace) {
  const auto path = run_.write(folder_.path(), 10);
  const Bytes good = test::read_file(path);
  std::vector<std::size_t> positions = {0, 1, 8, 44, good.size() - 1, good.size() - 2};
  Draw draw(hash_key(1, "flip", 0));
  while (positions.size() < 400) positions.push_back(draw() % good.size());
  std::size_t with_contents = 0;
  for (const std::size_t position : positions) {
    Bytes bad = good;
    bad[position] ^= static_cast<std::byte>(1U << (position % 8));
    test::write_file(path, bad);
    const auto faults = manifest_faults(path);
    ASSERT_EQ(faults.size(), 1U) << position;
    EXPECT_LE(faults[0].begin, position);
    EXPECT_GT(faults[0].end, position);
    if (with_contents++ % 8 == 0) {  // a process is forked for each
      const Verification result = check(path);
      ASSERT_FALSE(result.complaints.empty()) << position;
      EXPECT_NE(result.complaints[0].find("bytes 0-"), std::string::npos) << result.complaints[0];
    }
  }
}

TEST_F(Verify, NamesDecisionAndStreamOfADamagedPayload) {
  const auto path = run_.write(folder_.path(), 10);
  Bytes bytes = test::read_file(path);
  const Bytes payload = run_.fragment(1, run_.decision(0, 5)).bytes;
  const auto at = std::search(bytes.begin(), bytes.end(), payload.begin(), payload.end());
  ASSERT_NE(at, bytes.end());
  at[3] ^= std::byte{0x10};
  test::write_file(path, bytes);
  const std::string complaints = joined(check(path).complaints);
  EXPECT_NE(complaints.find("the fragment of decision 5, stream csi/1"), std::string::npos) << complaints;
  EXPECT_NE(complaints.find("decision 5 of detector csi, stream csi/1): its payload has CRC32C"), std::string::npos)
      << complaints;
}

TEST_F(Verify, FindsADamagedPayloadWithoutManifestToo) {
  const auto path = run_.write(folder_.path(), 10);
  std::filesystem::remove(manifest_path(path));
  EXPECT_TRUE(check(path).complaints.empty());
  EXPECT_NE(joined(check(path).notes).find("no manifest"), std::string::npos);
  Bytes bytes = test::read_file(path);
  const Bytes payload = run_.fragment(2, run_.decision(1, 4)).bytes;
  const auto at = std::search(bytes.begin(), bytes.end(), payload.begin(), payload.end());
  ASSERT_NE(at, bytes.end());
  at[0] ^= std::byte{1};
  test::write_file(path, bytes);
  EXPECT_NE(joined(check(path).complaints).find("decision 4 of detector tpc, stream tpc/link0"), std::string::npos);
}

TEST_F(Verify, NoticesADroppedRowOfEveryTable) {
  for (const char* table : {"/pulses", "/gates", "/decisions", "/fragments", "/missing", "/dead", "/clocks"}) {
    const TemporaryFolder folder;
    FakeRun run;
    const auto path = run.write(folder.path(), 20);
    std::filesystem::remove(manifest_path(path));
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    ASSERT_GE(file, 0);
    const hid_t dataset = H5Dopen2(file, table, H5P_DEFAULT);
    const hid_t space = H5Dget_space(dataset);
    hsize_t rows = 0;
    H5Sget_simple_extent_dims(space, &rows, nullptr);
    --rows;
    ASSERT_GE(H5Dset_extent(dataset, &rows), 0);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
    const Verification result = verify({path}, "");
    EXPECT_NE(joined(result.complaints)
                  .find(std::string(table) + " has " + std::to_string(rows) + " rows, " + std::to_string(rows + 1) +
                        " were written"),
              std::string::npos)
        << table << ": " << joined(result.complaints);
  }
}

TEST_F(Verify, SurvivesTruncationAnywhere) {
  const auto path = run_.write(folder_.path(), 10);
  const Bytes good = test::read_file(path);
  for (int i = 0; i < 40; ++i) {
    const std::size_t size = i < 8 ? static_cast<std::size_t>(i) * 13 : good.size() * static_cast<std::size_t>(i) / 40;
    test::write_file(path, ByteView(good).first(size));
    EXPECT_FALSE(check(path).complaints.empty()) << size;
  }
}

TEST_F(Verify, NeverCrashesOnDamagedMetadataWithoutManifest) {
  const auto path = run_.write(folder_.path(), 10);
  std::filesystem::remove(manifest_path(path));
  const Bytes good = test::read_file(path);
  Draw draw(hash_key(2, "damage", 0));
  for (int i = 0; i < 40; ++i) {
    Bytes bad = good;
    const std::size_t begin = draw() % 24000;
    for (std::size_t k = begin; k < begin + 64; ++k) bad[k] = static_cast<std::byte>(draw() & 0xFFU);
    test::write_file(path, bad);
    EXPECT_NO_THROW(static_cast<void>(check(path)));
  }
}

TEST_F(Verify, RederivesTheBooks) {
  const auto path = folder_.path() / event_file_name(42, 0);
  EventFileWriter writer(path, run_.info, run_.setup.storage);
  for (std::uint64_t id = 0; id < 20; ++id) run_.append(writer, id);
  RunBooks books = run_.books();
  books.livetime[0].books.gates[0].live.ns += 1;
  books.streams[2].built += 1;
  books.gates["bench"].on += 1;
  books.digest[0] = books.digest[0] == 'a' ? 'b' : 'a';
  writer.close(books);
  const std::string complaints = joined(check(path).complaints);
  EXPECT_NE(complaints.find("live time of csi, on gates"), std::string::npos) << complaints;
  EXPECT_NE(complaints.find("stream tpc/link0: built is"), std::string::npos) << complaints;
  EXPECT_NE(complaints.find("gates of bench: on is"), std::string::npos) << complaints;
  EXPECT_NE(complaints.find("the digest in the books"), std::string::npos) << complaints;
}

TEST_F(Verify, SaysThatAGateBeginsOutsideOfTheRun) {
  const auto path = folder_.path() / event_file_name(42, 0);
  EventFileWriter writer(path, run_.info, run_.setup.storage);
  for (std::uint64_t id = 0; id < 20; ++id) run_.append(writer, id);
  RunBooks books = run_.books();
  books.time.end = run_.decision(0, 19).gate.time.begin;
  writer.close(books);
  const std::string complaints = joined(check(path).complaints);
  EXPECT_NE(complaints.find("gates that begin outside of the run"), std::string::npos) << complaints;
}

TEST_F(Verify, SaysThatAFileWasNeverClosed) {
  std::filesystem::path writing;
  {
    EventFileWriter writer(folder_.path() / event_file_name(42, 0), run_.info, run_.setup.storage);
    for (std::uint64_t id = 0; id < 5; ++id) run_.append(writer, id);
    writer.commit();
    writing = writer.writing_path();
  }
  EXPECT_NE(joined(check(writing).complaints).find("never closed"), std::string::npos);
}

TEST_F(Verify, ComparesWithTheCatalogue) {
  run_.info.run = 1;
  Catalogue catalogue(folder_.path());
  ASSERT_EQ(catalogue.begin_run({}), 1U);
  const auto path = run_.write(folder_.path(), 20);
  const EventFileReader file(path);
  model::RunSummary summary;
  summary.run = 1;
  summary.condition = model::Condition::kComplete;
  summary.digest = file.books()->digest;
  summary.files = {path.string()};
  summary.livetime = file.books()->livetime;
  summary.counts.push_back({"csi", 1, 0, {}, {}, {}, {}, run_.derivation().protons().at(0), {}, {}});
  catalogue.end_run(summary);
  const Verification good = check(path);
  EXPECT_TRUE(good.complaints.empty()) << joined(good.complaints);
  EXPECT_TRUE(good.notes.empty()) << joined(good.notes);

  summary.digest[5] = summary.digest[5] == '0' ? '1' : '0';
  summary.counts[0].pot *= 2;
  summary.livetime[1].books.run.live.ns -= 1;
  catalogue.end_run(summary);
  write_manifest(path);
  const std::string complaints = joined(check(path).complaints);
  EXPECT_NE(complaints.find("the digest listed is"), std::string::npos) << complaints;
  EXPECT_NE(complaints.find("protons on target"), std::string::npos) << complaints;
  EXPECT_NE(complaints.find("the live time listed"), std::string::npos) << complaints;
}

TEST_F(Verify, ComparesAFileWithoutManifestWithTheDigestListed) {
  run_.info.run = 1;
  const auto path = run_.write(folder_.path(), 20);
  Catalogue catalogue(folder_.path());
  catalogue.begin_run({});
  model::RunSummary summary;
  summary.run = 1;
  summary.condition = model::Condition::kIncomplete;
  summary.files = {path.string()};
  catalogue.end_run(summary);
  std::filesystem::remove(manifest_path(path));
  EXPECT_TRUE(check(path).complaints.empty()) << joined(check(path).complaints);

  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t attribute = H5Acreate2(file, "unseen", H5T_NATIVE_INT, space, H5P_DEFAULT, H5P_DEFAULT);
  ASSERT_GE(attribute, 0);
  H5Aclose(attribute);
  H5Sclose(space);
  H5Fclose(file);
  const Verification result = check(path);
  EXPECT_NE(joined(result.complaints).find("another digest is listed"), std::string::npos)
      << joined(result.complaints) << joined(result.notes);
}

TEST_F(Verify, NoticesAnotherRunOrPartThanNamedOrAskedFor) {
  const auto path = run_.write(folder_.path(), 5);
  EXPECT_TRUE(verify({path}, "", 42).complaints.empty());
  EXPECT_NE(joined(verify({path}, "", 41).complaints).find("is of run 42, not 41"), std::string::npos);
  for (const std::string& name :
       {event_file_name(41, 0), event_file_name(42, 1), event_file_name(41, 0) + ".writing"}) {
    const auto other = folder_.path() / name;
    std::filesystem::copy_file(path, other);
    EXPECT_NE(joined(verify({other}, "").complaints).find("not what its name says"), std::string::npos) << name;
  }
  std::filesystem::copy_file(path, folder_.path() / "copy.h5");
  EXPECT_TRUE(verify({folder_.path() / "copy.h5"}, "").complaints.empty()) << "other names say nothing of the run";
}

TEST_F(Verify, NoticesAChangedManifest) {
  const auto path = run_.write(folder_.path(), 3);
  const Bytes good = test::read_file(manifest_path(path));
  for (std::size_t i = 0; i < good.size(); i += 7) {
    Bytes bad = good;
    bad[i] ^= std::byte{2};
    test::write_file(manifest_path(path), bad);
    EXPECT_FALSE(manifest_faults(path).empty()) << i;
  }
}

}  // namespace
}  // namespace spillway::storage
