#include "daq/event_builder/fragment_check.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "tests/unit/event_builder/builder_bench.hpp"

namespace spillway::event_builder {
namespace {

const Bytes kPayload(12, std::byte{5});

v1::Fragment good() {
  v1::Fragment fragment;
  fragment.set_begin_ns(test::decision(0, 1).window.begin.ns);
  fragment.set_end_ns(test::decision(0, 1).window.end.ns);
  fragment.set_frames(2);
  fragment.add_frame_bytes(4);
  fragment.add_frame_bytes(8);
  fragment.set_crc32c(crc32c(kPayload));
  return fragment;
}

TEST(FragmentCheck, TakesAFragmentThatIsWhatItSays) {
  EXPECT_FALSE(check(good(), kPayload, test::decision(0, 1)));
  v1::Fragment alike = good();
  alike.clear_frame_bytes();
  alike.add_frame_bytes(6);
  EXPECT_FALSE(check(alike, kPayload, test::decision(0, 1)));
}

TEST(FragmentCheck, TakesOneWithoutFrames) {
  v1::Fragment empty = good();
  empty.set_frames(0);
  empty.clear_frame_bytes();
  empty.set_crc32c(0);
  EXPECT_FALSE(check(empty, {}, test::decision(0, 1)));
}

TEST(FragmentCheck, SaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::function<void(v1::Fragment&)>>> table = {
      {"bad_status", [](v1::Fragment& f) { f.set_status(4); }},
      {"wrong_window", [](v1::Fragment& f) { f.set_end_ns(f.end_ns() + 1); }},
      {"bad_sizes", [](v1::Fragment& f) { f.set_frame_bytes(1, 9); }},
      {"bad_sizes", [](v1::Fragment& f) { f.set_frames(3); }},
      {"bad_sizes", [](v1::Fragment& f) { f.clear_frame_bytes(); }},
      {"bad_crc", [](v1::Fragment& f) { f.set_crc32c(1); }},
  };
  for (const auto& [expected, spoil] : table) {
    v1::Fragment fragment = good();
    spoil(fragment);
    const auto error = check(fragment, kPayload, test::decision(0, 1));
    ASSERT_TRUE(error) << expected;
    EXPECT_EQ(name(*error), expected);
  }
}

}  // namespace
}  // namespace spillway::event_builder
