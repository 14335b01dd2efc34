#include "daq/storage/text.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include <fmt/format.h>

namespace spillway::storage {
namespace {

bool is_number(std::string_view cell) {
  return !cell.empty() && ((cell[0] >= '0' && cell[0] <= '9') || cell[0] == '-' || cell[0] == '+');
}

}  // namespace

std::string human(Duration duration) {
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 3> kUnits = {
      {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}}};
  for (const auto& [size, unit] : kUnits) {
    if (duration.ns >= size || duration.ns <= -size) {
      const std::int64_t whole = duration.ns / size;
      const std::int64_t rest = duration.ns < 0 ? -(duration.ns % size) : duration.ns % size;
      if (rest == 0) return fmt::format("{} {}", whole, unit);
      std::string digits = fmt::format("{:0{}}", rest, fmt::formatted_size("{}", size) - 1);
      digits.erase(digits.find_last_not_of('0') + 1);
      return fmt::format("{}.{} {}", whole, digits, unit);
    }
  }
  return fmt::format("{} ns", duration.ns);
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (value /= 1024; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  std::string digits = fmt::format("{:.1f}", value);
  if (digits.ends_with(".0")) digits.resize(digits.size() - 2);
  return fmt::format("{} {}", digits, kUnits[unit]);
}

std::string human(const Counters& counters) {
  std::string text;
  for (const auto& [name, count] : counters) {
    if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  }
  return text.empty() ? "-" : text;
}

std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

void Table::print(std::ostream& out, std::size_t indent) const {
  std::vector<std::size_t> widths(rows_[0].size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::vector<bool> right(widths.size(), rows_.size() > 1);
  for (std::size_t r = 1; r < rows_.size(); ++r) {
    for (std::size_t i = 0; i < rows_[r].size(); ++i) right[i] = right[i] && is_number(rows_[r][i]);
  }
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += right[i] ? fmt::format("{:>{}}", row[i], widths[i]) : fmt::format("{:<{}}", row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

}  // namespace spillway::storage
