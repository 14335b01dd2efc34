#include <gmock/gmock.h>

#include "daq/cli/file_groups.hpp"
#include "daq/cli/prune_plan.hpp"

namespace spillway::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Paths = std::vector<std::filesystem::path>;

Paths deleted(std::vector<EventFile> files, std::uint64_t keep_bytes) {
  Paths paths;
  for (const EventFile& file : files_to_delete(std::move(files), keep_bytes)) paths.push_back(file.path);
  return paths;
}

TEST(Prune, DeletesTheOldestUntilTheRestFits) {
  const std::vector<EventFile> files = {{"c", 10, 100, true}, {"b", 2, 100, true}, {"a", 2, 100, true}};
  EXPECT_THAT(deleted(files, 300), IsEmpty());
  EXPECT_THAT(deleted(files, 299), ElementsAre("a"));
  EXPECT_THAT(deleted(files, 100), ElementsAre("a", "b"));
  EXPECT_THAT(deleted(files, 0), ElementsAre("a", "b", "c"));
}

TEST(Prune, NeverDeletesFilesOfARunningRunButCountsTheirBytes) {
  const std::vector<EventFile> files = {{"a", 1, 100, false}, {"b", 2, 100, true}, {"c", 3, 100, false}};
  EXPECT_THAT(deleted(files, 250), ElementsAre("b"));
  EXPECT_THAT(deleted(files, 0), ElementsAre("b"));
}

TEST(FileGroups, FilesOfOneRunInOneFolderBelongTogether) {
  const auto groups =
      by_run({"/d/run000002_0000.h5", "/d/run000001_0001.h5", "/d/run000001_0000.h5", "/e/run000001_0000.h5"});
  EXPECT_THAT(groups, ElementsAre(ElementsAre("/d/run000001_0000.h5", "/d/run000001_0001.h5"),
                                  ElementsAre("/d/run000002_0000.h5"), ElementsAre("/e/run000001_0000.h5")));
  EXPECT_THAT(by_run({}), IsEmpty());
}

}  // namespace
}  // namespace spillway::cli
