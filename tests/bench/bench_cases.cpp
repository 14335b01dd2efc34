#include <array>
#include <iterator>

#include "tests/bench/bench_case.hpp"

namespace spillway::bench {

namespace {

using Cases = std::vector<BenchCase> (*)();
constexpr std::array<Cases, 6> kGroups = {hit_finder_cases, link_cases,  udp_cases,
                                          trigger_cases,    codec_cases, storage_cases};

}  // namespace

std::vector<BenchCase> bench_cases() {
  std::vector<BenchCase> all;
  for (const Cases group : kGroups) {
    auto cases = group();
    all.insert(all.end(), std::make_move_iterator(cases.begin()), std::make_move_iterator(cases.end()));
  }
  return all;
}

}  // namespace spillway::bench
