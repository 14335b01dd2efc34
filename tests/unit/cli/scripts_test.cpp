#include <cstdlib>

#include <gmock/gmock.h>

#include "daq/storage/catalogue.hpp"
#include "tests/unit/cli/folder.hpp"

namespace spillway::cli {
namespace {

/// The build folder that this test belongs to.
std::filesystem::path build() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
}

int run_script(const std::string& name, const std::string& first, const std::string& second) {
  const std::string script = (root() / "tests/unit/cli" / name).string();
  return std::system(("bash '" + script + "' '" + first + "' '" + second + "'").c_str());
}

TEST(Completion, OffersCommandsOptionsKeysConfigurationsAndRuns) {
  const Folder folder;
  {
    storage::Catalogue catalogue(folder.path());
    (void)catalogue.begin_run(new_run("one"));
    (void)catalogue.begin_run(new_run("two"));
  }
  EXPECT_EQ(run_script("completion_test.sh", build() / "bin/spillway", folder.path().string()), 0);
}

TEST(Install, PutsProgramsConfigurationsPageAndCompletionInPlace) {
  const Folder folder;
  EXPECT_EQ(run_script("install_test.sh", build(), folder.path().string()), 0);
}

}  // namespace
}  // namespace spillway::cli
