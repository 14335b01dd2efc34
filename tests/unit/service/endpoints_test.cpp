#include "daq/service/endpoints.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "daq/service/service.hpp"
#include "tests/unit/transport/support.hpp"

namespace spillway::service {
namespace {

namespace fs = std::filesystem;

TEST(SocketDirectory, IsPrivateAndShort) {
  const test::SocketFolder base;
  const auto folder = make_socket_directory_in(base.path(), 123456);
  struct stat status {};
  ASSERT_EQ(stat(folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  EXPECT_LT(folder.filename().string().size(), 20U);
}

TEST(SocketDirectory, StaysWhileItsRunControlLives) {
  const test::SocketFolder base;
  const auto folder = make_socket_directory_in(base.path(), 1);
  EXPECT_TRUE(remove_stale_socket_directories(base.path()).empty());
  EXPECT_TRUE(fs::exists(folder));
}

TEST(SocketDirectory, IsRemovedOnceItsRunControlIsDead) {
  const test::SocketFolder base;
  const pid_t pid = fork();
  if (pid == 0) {
    make_socket_directory_in(base.path(), 1);
    _exit(0);
  }
  waitpid(pid, nullptr, 0);
  ASSERT_FALSE(fs::is_empty(base.path()));
  EXPECT_EQ(remove_stale_socket_directories(base.path()).size(), 1U);
  EXPECT_TRUE(fs::is_empty(base.path()));
}

TEST(Links, HaveTheSameNamesAtBothEnds) {
  EXPECT_EQ(readout_process("csi", 2), "readout.csi.2");
  EXPECT_EQ(front_end_process("recorder"), "front_end.recorder");
  EXPECT_EQ(frames_link("recorder", "readout.csi.2"), "frames.recorder.readout.csi.2");
  EXPECT_NE(primitives_link("readout.csi.2"), fragments_link("readout.csi.2"));
}

}  // namespace
}  // namespace spillway::service
