#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace spillway::bench {

/// Some work and how much of it a call does, in the case's unit x seconds (thousands of frames, millions of
/// primitives).
struct Work {
  double amount = 0;
  std::function<void()> run;
  double frames = 0;                              ///< that a call moves, where processor time per frame is asked for
  std::function<double()> cpu_seconds = nullptr;  ///< of all processes that take part, so far
};

enum class Clock : std::uint8_t {
  kThread,  ///< processor time of this thread, which does all the work
  kWall,    ///< several threads or processes share the work
};

/// A case with its data in memory.
struct Trial {
  Work ours;
  Work baseline;
  Work limit;
  /// Whether our output equals the baseline's; asked before anything is measured.
  std::function<bool()> equal;
  Clock clock = Clock::kThread;
  double compression = 0;  ///< of codecs: bytes that went in to bytes that came out; 0: does not compress
};

/// A row of the table of results.
struct BenchCase {
  std::string name;  ///< "hit_finder.threshold.avx2"; with the set unique
  std::string set;
  std::string working_set;  ///< "DRAM", "L3", "L2"
  std::string unit;
  std::function<Trial()> prepare;  ///< called only for a case that is chosen
};

/// All cases, those with the same data behind each other.
[[nodiscard]] std::vector<BenchCase> bench_cases();

std::vector<BenchCase> hit_finder_cases();
std::vector<BenchCase> storage_cases();
std::vector<BenchCase> trigger_cases();
std::vector<BenchCase> codec_cases();
std::vector<BenchCase> link_cases();
std::vector<BenchCase> udp_cases();

}  // namespace spillway::bench
