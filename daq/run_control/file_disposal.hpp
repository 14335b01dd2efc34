#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "daq/run_control/plan.hpp"
#include "daq/run_control/supervisor.hpp"

namespace spillway::run_control {

inline constexpr const char* kVerifyProcess = "verify";

/// Where storage.keep is "none": each event file that is closed and that the online stage has read is verified by
/// `spillway verify` and, where everything holds, deleted. Its manifest stays. One at a time, in the order of numbers.
class FileDisposal {
 public:
  /// Does nothing where `keep` is true.
  FileDisposal(bool keep, std::uint64_t run, const Places& places, Supervisor& supervisor);

  /// The online stage reads file number `part` now.
  void online_reads(std::uint32_t part) { read_before_ = part; }
  /// Whatever is there is closed, and, where `counted`, read by an online stage that gave its counts.
  void run_over(bool counted);
  /// The online stage starts anew and would have to read everything again.
  void online_lost();
  void ended(const Ended& verification);

  /// Starts the next verification where one is due. True while there is one under way. Where the program cannot be
  /// started, all files are kept from then on.
  bool tick();

  [[nodiscard]] std::vector<std::string> problems() const;
  /// What was deleted, in a sentence; "" where nothing was.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] std::filesystem::path next_file() const;

  bool keep_;
  std::uint64_t run_;
  Places places_;
  Supervisor* supervisor_;
  std::uint32_t next_ = 0;
  std::uint32_t read_before_ = 0;
  bool verifying_ = false;
  std::uint64_t missed_files_ = 0;  ///< that were deleted before the online stage was lost for the last time
  std::uint64_t deleted_files_ = 0;
  std::uint64_t deleted_bytes_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace spillway::run_control
