#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "daq/storage/space_ahead.hpp"
#include "daq/storage/verify.hpp"
#include "fake_run.hpp"

namespace spillway::storage {
namespace {

using test::FakeRun;
using test::joined;
using test::TemporaryFolder;

/// A tmpfs of a few MiB; the test is skipped where it cannot be mounted.
class DiskFull : public ::testing::Test {
 protected:
  void SetUp() override {
    mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=12m") == 0;
    if (!mounted_) GTEST_SKIP() << "a tmpfs can be mounted by root alone";
  }
  void TearDown() override {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  /// Takes every byte that is left.
  void fill() const {
    const FileDescriptor file(folder_.path() / "ballast", O_RDWR | O_CREAT | O_APPEND);
    const std::string page(4096, 'x');
    while (::write(file.get(), page.data(), page.size()) > 0) {
    }
  }
  void free_some() const { std::filesystem::remove(folder_.path() / "ballast"); }

  TemporaryFolder folder_;
  bool mounted_ = false;
};

class DiskFullOfChunks : public DiskFull, public ::testing::WithParamInterface<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(ChunkBytes, DiskFullOfChunks, ::testing::Values(1024, 4096, 16384, 65536, 262144));

TEST_P(DiskFullOfChunks, NeverReachesHdf5AndTheRunGoesOnWhenThereIsRoomAgain) {
  FakeRun run;
  run.frame_bytes = 3000;
  run.setup.storage.chunk_bytes = GetParam();
  EventFileWriter writer(folder_.path() / event_file_name(42, 0), run.info, run.setup.storage);
  constexpr std::uint64_t kGate = 80'000;
  std::uint64_t id = 0;
  for (int cycle = 0; cycle < 3; ++cycle) {
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(writer.reserve(kGate));
      run.append(writer, id++);
    }
    // What has been promised fits, however full the disk is in the meantime.
    ASSERT_TRUE(writer.reserve(kGate));
    fill();
    run.append(writer, id++);
    writer.commit();
    bool full = false;
    for (int i = 0; i < 200 && !full; ++i) {
      full = !writer.reserve(kGate);
      if (full) break;
      run.append(writer, id++);
      if (i % 5 == 4) writer.commit();
    }
    EXPECT_TRUE(full);
    EXPECT_FALSE(writer.reserve(kGate)) << "asking again changes nothing";
    writer.commit();
    free_some();
  }
  ASSERT_TRUE(writer.reserve(kGate));
  run.append(writer, id++);
  fill();
  writer.close(run.books());
  const EventFileReader file(writer.path());
  expect_decisions(run, file, id);
  const Verification result = verify({writer.path()}, "");
  EXPECT_TRUE(result.complaints.empty()) << joined(result.complaints);
}

TEST_F(DiskFull, ThrowsWithoutDamageWhenMoreIsAppendedThanReserved) {
  FakeRun run;
  EventFileWriter writer(folder_.path() / event_file_name(42, 0), run.info, run.setup.storage);
  run.append(writer, 0);
  writer.commit();
  fill();
  FakeRun large;
  large.frame_bytes = 2'000'000;
  const auto fragment = large.fragment(0, large.decision(0, 2));
  EXPECT_THROW(writer.append(fragment.record), Error);
  writer.close(run.books());
  EXPECT_TRUE(verify({writer.path()}, "").complaints.empty());
}

TEST_F(DiskFull, RefusesANewFileAndLeavesNothing) {
  fill();
  FakeRun run;
  EXPECT_THROW(EventFileWriter(folder_.path() / "run.h5", run.info, run.setup.storage), Error);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "run.h5.writing"));
}

}  // namespace
}  // namespace spillway::storage
