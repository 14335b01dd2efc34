#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "daq/base/counters.hpp"
#include "daq/base/time.hpp"

namespace spillway::storage {

/// "50 ms", "3 us", "-1.5 s": exact, in the largest unit below it.
[[nodiscard]] std::string human(Duration duration);
/// "64 MiB", "1.5 GiB", "12 B".
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);
/// "crc 3, late 1", or "-" where all are zero.
[[nodiscard]] std::string human(const Counters& counters);

/// Text from a damaged file, with everything but printable ASCII as '?': safe on a terminal and in JSON.
[[nodiscard]] std::string printable(std::string text);

/// Columns as wide as their widest cell; a column whose cells all begin with a digit or sign is aligned right.
class Table {
 public:
  explicit Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.size() == 1; }
  /// Each line begins with `indent` spaces.
  void print(std::ostream& out, std::size_t indent = 0) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace spillway::storage
