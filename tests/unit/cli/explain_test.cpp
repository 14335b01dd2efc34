#include "daq/cli/explain.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/unit/cli/folder.hpp"

namespace spillway::cli {
namespace {

using detectors::ExplainedKey;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<ExplainedKey>& keys() {
  static const std::vector<ExplainedKey> all = {
      {"setup", {"setup", "name", KeyType::kString, "", "", "What it is called."}},
      {"detector.<name>", {"detector", "pre_ns", KeyType::kInteger, "ns", "0", "Before the gate.", 0}},
      {"detector.<name> (box)", {"detector", "mode", KeyType::kString, "", "\"a\"", "How.", -1e300, 1e300, "a|b"}},
      {"readout.<name>", {"readout", "pre", KeyType::kBool, "", "true", "Whether."}},
  };
  return all;
}

std::vector<std::string> found(const std::string& query) {
  std::vector<std::string> names;
  for (const auto& key : matching_keys(keys(), query)) names.emplace_back(key.spec.key);
  return names;
}

TEST(Explain, AKeyIsFoundByItsNameWithOrWithoutItsSection) {
  EXPECT_THAT(found("pre_ns"), ElementsAre("pre_ns"));
  EXPECT_THAT(found("detector.pre_ns"), ElementsAre("pre_ns"));
  EXPECT_THAT(found("detector.<name>.pre_ns"), ElementsAre("pre_ns"));
  EXPECT_THAT(found("detector.csi.pre_ns"), ElementsAre("pre_ns"));
}

TEST(Explain, TheBeginningOfAKeyFindsAllThatBeginSo) {
  EXPECT_THAT(found("detector"), ElementsAre("pre_ns", "mode"));
  EXPECT_THAT(found("detector.csi.m"), ElementsAre("mode"));
  EXPECT_THAT(found(""), ElementsAre("name", "pre_ns", "mode", "pre"));
}

TEST(Explain, AnExactNameWinsOverBeginnings) {
  EXPECT_THAT(found("pre"), ElementsAre("pre"));
}

TEST(Explain, AnUnknownKeyHasANearestOne) {
  EXPECT_THAT(found("detector.per_ns"), IsEmpty());
  EXPECT_EQ(nearest_key(keys(), "detector.per_ns"), "detector.pre_ns");
  EXPECT_EQ(nearest_key(keys(), "moed"), "mode");
  EXPECT_EQ(nearest_key(keys(), "something else"), "");
}

TEST(Explain, EachKeyComesWithTypeUnitDefaultLimitsAndMeaning) {
  std::ostringstream out;
  explain(keys(), out);
  EXPECT_EQ(out.str(),
            "[setup]\n  name  text; must be given\n      What it is called.\n"
            "\n[detector.<name>]\n  pre_ns  integer in ns, at least 0; default 0\n      Before the gate.\n"
            "\n[detector.<name>] (box)\n  mode  text, one of a, b; default \"a\"\n      How.\n"
            "\n[readout.<name>]\n  pre  true or false; default true\n      Whether.\n");
}

TEST(Explain, TheDocumentationIsWhatTheProgramSays) {
  const Outcome outcome = spillway({"config", "--explain", "--markdown"});
  std::ifstream in(root() / "docs/configuration.md");
  const std::string documented((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(documented, outcome.out) << "`spillway config --explain --markdown > docs/configuration.md` makes it anew";
}

TEST(Explain, TheCommandPrintsOneKeyOrRefusesAnUnknownOne) {
  const Outcome all = spillway({"config", "--explain"});
  EXPECT_EQ(all.status, kOk);
  EXPECT_THAT(all.out, AllOf(HasSubstr("[setup]"), HasSubstr("ring_bytes"), HasSubstr("roll_over_bytes")));
  const Outcome one = spillway({"config", "--explain", "readout.csi.ring_bytes", "--json"});
  const auto list = nlohmann::json::parse(one.out);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["key"], "ring_bytes");
  EXPECT_EQ(list[0]["type"], "integer");
  const Outcome none = spillway({"config", "--explain", "ring_byte_s"});
  EXPECT_EQ(none.status, kUsage);
  EXPECT_THAT(none.err, AllOf(HasSubstr("`ring_byte_s`"), HasSubstr("`ring_bytes`")));
}

}  // namespace
}  // namespace spillway::cli
