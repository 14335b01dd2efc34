#include "readout/quarantine.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace spillway::readout {
namespace {

TEST(Quarantine, KeepsTheFirstFramesOfAStreamUpToItsLimit) {
  const auto folder = std::filesystem::temp_directory_path() / ("spillway-quarantine-" + std::to_string(getpid()));
  const Bytes frame(Quarantine::kMostBytes / 4, std::byte{1});
  for (int process = 0; process < 2; ++process) {
    Quarantine quarantine(folder);
    for (int i = 0; i < 2; ++i) quarantine.keep("csi/0", frame);
    quarantine.keep("csi/2", ByteView(frame).first(10));
    EXPECT_EQ(quarantine.kept(), process == 0 ? 3U : 2U) << "the second process finds the file nearly full";
  }
  EXPECT_LE(std::filesystem::file_size(folder / "csi_0.bin"), Quarantine::kMostBytes);
  EXPECT_EQ(std::filesystem::file_size(folder / "csi_2.bin"), 2U * (4U + 10U));
  std::filesystem::remove_all(folder);
}

TEST(Quarantine, DoesNotMindAFolderThatCannotBeMade) {
  Quarantine quarantine("/proc/no-such-folder");
  quarantine.keep("csi/0", Bytes(10));
  EXPECT_EQ(quarantine.kept(), 0U);
}

}  // namespace
}  // namespace spillway::readout
