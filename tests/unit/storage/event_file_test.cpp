#include "daq/storage/event_file.hpp"

#include <hdf5.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <map>

#include "daq/storage/manifest.hpp"
#include "fake_run.hpp"

namespace spillway::storage {
namespace {

using test::FakeRun;
using test::TemporaryFolder;

TEST(EventFile, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  FakeRun run;
  const auto path = run.write(folder.path(), 60);
  EXPECT_TRUE(std::filesystem::exists(manifest_path(path)));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".writing"));
  EXPECT_TRUE(manifest_faults(path).empty());
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++entries;
  EXPECT_EQ(entries, 2U) << "nothing but file and manifest stays";

  const EventFileReader file(path);
  EXPECT_EQ(file.info().run, 42U);
  EXPECT_EQ(file.info().config_text, run.info.config_text);
  EXPECT_EQ(file.info().overrides, run.info.overrides);
  EXPECT_EQ(file.info().streams, run.info.streams);
  EXPECT_TRUE(file.info().detector_info.at(1).whole_gate);
  EXPECT_EQ(file.info().begin, run.setup.epoch);
  EXPECT_EQ(file.pulses().size(), 30U);
  EXPECT_EQ(file.gates().size(), 120U);
  EXPECT_EQ(file.decisions(100).size(), 20U);
  EXPECT_EQ(file.missing().size(), 6U);
  EXPECT_EQ(file.dead().size(), 15U);
  ASSERT_EQ(file.clocks().size(), 1U);
  EXPECT_EQ(file.clocks()[0].first_tick, 100U);
  expect_decisions(run, file, 60);
  const auto books = file.books();
  ASSERT_TRUE(books.has_value());
  EXPECT_EQ(books->condition, model::Condition::kComplete);
  EXPECT_EQ(books->streams.at(2).built, 54U);
  EXPECT_EQ(books->streams.at(2).missing.at("restart"), 6U);
  EXPECT_EQ(books->livetime.at(0).books.run, run.derivation().livetime(books->time).at(0).books.run);
}

TEST(EventFile, KeepsAFragmentThatFitsAChunkWithinOne) {
  const TemporaryFolder folder;
  FakeRun run;
  run.frame_bytes = 2000;
  const EventFileReader file(run.write(folder.path(), 80));
  for (const FragmentRow& row : file.fragments()) {
    const FragmentHeader header = file.header(row);
    const std::uint64_t begin = row.offset - header.sizes_bytes - sizeof(FragmentHeader);
    const std::uint64_t end = row.offset + row.length;
    if (end - begin <= 16384) {
      EXPECT_EQ(begin / 16384, (end - 1) / 16384) << row.decision;
    }
  }
}

TEST(EventFile, HoldsFragmentsLongerThanAChunk) {
  const TemporaryFolder folder;
  FakeRun run;
  run.frame_bytes = 50'000;
  const auto path = run.write(folder.path(), 12);
  expect_decisions(run, EventFileReader(path), 12);
}

TEST(EventFile, HoldsZerosWhereNothingWasWrittenBetweenLargeFragments) {
  const TemporaryFolder folder;
  FakeRun run;
  run.frame_bytes = 50'000;
  const EventFileReader file(run.write(folder.path(), 12));
  std::map<std::uint32_t, std::uint64_t> ends;
  std::uint64_t zeros = 0;
  for (const FragmentRow& row : file.fragments()) {
    const std::uint64_t begin = row.offset - file.header(row).sizes_bytes - sizeof(FragmentHeader);
    std::uint64_t& end = ends[row.stream];
    const Bytes padding = file.payload_range(row.stream, end, begin - end);
    EXPECT_EQ(padding, Bytes(padding.size())) << row.decision;
    zeros += padding.size();
    end = row.offset + row.length;
  }
  EXPECT_GT(zeros, 16384U);
}

TEST(EventFile, RefusesAFragmentWhoseFramesDoNotAddUpAndTakesTheNext) {
  const TemporaryFolder folder;
  FakeRun run;
  EventFileWriter writer(folder.path() / "run.h5", run.info, run.setup.storage);
  FakeRun::Fragment bad = run.fragment(0, run.decision(0, 1));
  bad.sizes.back() += 1;
  EXPECT_THROW(writer.append(bad.record), Error);
  run.append(writer, 0);
  EXPECT_NO_THROW(writer.close(run.books()));
}

TEST(EventFile, DoesNotOverwriteAFileThatIsBeingWritten) {
  const TemporaryFolder folder;
  FakeRun run;
  EventFileWriter first(folder.path() / "run.h5", run.info, run.setup.storage);
  EXPECT_THROW(EventFileWriter(folder.path() / "run.h5", run.info, run.setup.storage), Error);
  EXPECT_TRUE(std::filesystem::exists(first.writing_path()));
}

TEST(EventFile, SaysWhatIsWrongWithAFileThatIsNone) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "no.h5";
  test::write_file(path, as_byte_view("not an event file"));
  try {
    const EventFileReader file(path);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_NE(std::string(problem.what()).find("no.h5"), std::string::npos);
  }
}

TEST(EventFile, IsReadWhileItIsWritten) {
  const TemporaryFolder folder;
  FakeRun run;
  const auto path = folder.path() / "run.h5";
  int to_child[2];
  int to_parent[2];
  ASSERT_EQ(::pipe(to_child), 0);
  ASSERT_EQ(::pipe(to_parent), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    EventFileWriter writer(path, run.info, run.setup.storage);
    std::uint64_t id = 0;
    char byte = 0;
    while (::write(to_parent[1], "x", 1) == 1 && ::read(to_child[0], &byte, 1) == 1 && byte == 'm') {
      for (int i = 0; i < 25; ++i) run.append(writer, id++);
      writer.commit();
    }
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(to_parent[0], &byte, 1), 1);
  {
    EventFileReader file(path.string() + ".writing");
    EXPECT_TRUE(file.decisions().empty());
    for (std::uint64_t round = 1; round <= 8; ++round) {
      ASSERT_EQ(::write(to_child[1], "m", 1), 1);
      ASSERT_EQ(::read(to_parent[0], &byte, 1), 1);
      file.refresh();
      EXPECT_EQ(file.decisions().size(), round * 50);
      expect_decisions(run, file, round * 25);
      EXPECT_FALSE(file.books().has_value());
    }
  }
  ASSERT_EQ(::write(to_child[1], "q", 1), 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(EventFile, KeepsItsReservationThroughCommits) {
  const TemporaryFolder folder;
  FakeRun run;
  EventFileWriter writer(folder.path() / "run.h5", run.info, run.setup.storage);
  std::uint64_t id = 0;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(writer.reserve(100'000));
    for (int k = 0; k < 10; ++k) run.append(writer, id++);
    writer.commit();
    struct stat status {};
    ASSERT_EQ(::stat(writer.writing_path().c_str(), &status), 0);
    EXPECT_GT(static_cast<std::uint64_t>(status.st_blocks) * 512, static_cast<std::uint64_t>(status.st_size) + 65536);
  }
  writer.close(run.books());
  struct stat status {};
  ASSERT_EQ(::stat(writer.path().c_str(), &status), 0);
  EXPECT_LT(static_cast<std::uint64_t>(status.st_blocks) * 512, static_cast<std::uint64_t>(status.st_size) + 65536)
      << "the surplus is given back";
}

TEST(EventFile, GivesEachStreamAnAlignedPlaceInTheFile) {
  const TemporaryFolder folder;
  FakeRun run;
  const auto path = run.write(folder.path(), 200);
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t dataset = H5Dopen2(file, "/payload/csi/0", H5P_DEFAULT);
  const hid_t space = H5Dget_space(dataset);
  hsize_t chunks = 0;
  ASSERT_GE(H5Dget_num_chunks(dataset, space, &chunks), 0);
  EXPECT_GT(chunks, 2U);
  for (hsize_t i = 0; i < chunks; ++i) {
    hsize_t offset = 0;
    hsize_t size = 0;
    unsigned mask = 0;
    haddr_t address = 0;
    ASSERT_GE(H5Dget_chunk_info(dataset, space, i, &offset, &mask, &address, &size), 0);
    EXPECT_EQ(address % 16384, 0U);
  }
  H5Sclose(space);
  H5Dclose(dataset);
  H5Fclose(file);
}

TEST(EventFileName, HasRunAndPart) {
  EXPECT_EQ(event_file_name(42, 3), "run000042_0003.h5");
}

}  // namespace
}  // namespace spillway::storage
