#include "daq/cli/template_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <numeric>

#include <fmt/format.h>

#include "daq/base/error.hpp"

namespace spillway::cli {
namespace {

constexpr std::uintmax_t kMaxBytes = 256U << 20U;
constexpr std::size_t kMaxColumns = 16;
constexpr std::string_view kBlanks = " \t\r\v\f";

/// A word as it may be shown: short, and printable.
std::string shown(std::string_view word) {
  std::string text(word.substr(0, 24));
  for (char& c : text) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return word.size() > 24 ? text + "..." : text;
}

double number(std::string_view word, const std::string& name, std::size_t line) {
  double value = 0;
  if (word.starts_with('+')) word.remove_prefix(1);
  const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (failed != std::errc{} || end != word.data() + word.size() || !std::isfinite(value)) {
    throw Error(
        fmt::format("{}:{}: `{}` is no number; a line holds the bin's coordinates and then its counts, separated by "
                    "blanks, and `#` begins a comment",
                    name, line, shown(word)));
  }
  return value;
}

std::vector<double> numbers(std::string_view line, const std::string& name, std::size_t number_of_line) {
  std::vector<double> values;
  line = line.substr(0, line.find('#'));
  for (;;) {
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return values;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(kBlanks), line.size());
    values.push_back(number(line.substr(0, end), name, number_of_line));
    if (values.size() > kMaxColumns) {
      throw Error(fmt::format("{}:{}: more than {} columns; a line holds one bin: its coordinates and its counts", name,
                              number_of_line, kMaxColumns));
    }
    line.remove_prefix(end);
  }
}

void refuse_repeated_bins(const TemplateFile& file) {
  const std::size_t width = file.columns - 1;
  const auto bin = [&](std::size_t i) { return file.coordinates.begin() + static_cast<std::ptrdiff_t>(i * width); };
  std::vector<std::size_t> order(file.bins());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto size = static_cast<std::ptrdiff_t>(width);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::lexicographical_compare(bin(a), bin(a) + size, bin(b), bin(b) + size);
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (std::equal(bin(order[i - 1]), bin(order[i - 1]) + size, bin(order[i]))) {
      throw Error(fmt::format("{}:{}: the bin of line {} again; give each bin once", file.name, file.lines[order[i]],
                              file.lines[order[i - 1]]));
    }
  }
}

}  // namespace

TemplateFile parse_template(std::string name, std::string_view text) {
  TemplateFile file;
  file.name = std::move(name);
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::vector<double> values = numbers(text.substr(0, end), file.name, line);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (values.empty()) continue;
    if (file.columns == 0) file.columns = values.size();
    if (values.size() < 2) {
      throw Error(
          fmt::format("{}:{}: one column only; give the bin's coordinates and then its counts", file.name, line));
    }
    if (values.size() != file.columns) {
      throw Error(fmt::format("{}:{}: {} columns where line {} has {}; give every bin the same columns", file.name,
                              line, values.size(), file.lines.front(), file.columns));
    }
    if (values.back() < 0) {
      throw Error(fmt::format("{}:{}: {} counts; counts are not negative, so subtract no background beforehand",
                              file.name, line, values.back()));
    }
    file.lines.push_back(line);
    file.coordinates.insert(file.coordinates.end(), values.begin(), values.end() - 1);
    file.counts.push_back(values.back());
  }
  if (file.counts.empty()) {
    throw Error(fmt::format("{} holds no bin; give one line a bin: its coordinates and its counts", file.name));
  }
  refuse_repeated_bins(file);
  file.sum = std::accumulate(file.counts.begin(), file.counts.end(), 0.0);
  return file;
}

TemplateFile read_template(const std::filesystem::path& file) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed)) {
    throw Error(fmt::format("{} is no file that can be read; name a text file of bins", file.string()));
  }
  if (const auto size = std::filesystem::file_size(file, failed); failed || size > kMaxBytes) {
    throw Error(fmt::format("{} has more than {} bytes; use fewer bins", file.string(), kMaxBytes));
  }
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw Error(fmt::format("{} cannot be read; look at its rights", file.string()));
  return parse_template(file.string(), text);
}

void require_same_bins(const TemplateFile& a, const TemplateFile& b) {
  if (a.columns != b.columns || a.bins() != b.bins()) {
    throw Error(fmt::format("{} has {} bins of {} coordinates where {} has {} of {}; give all files the same bins",
                            b.name, b.bins(), b.columns - 1, a.name, a.bins(), a.columns - 1));
  }
  for (std::size_t i = 0; i < a.coordinates.size(); ++i) {
    const double x = a.coordinates[i];
    const double y = b.coordinates[i];
    if (std::abs(x - y) <= 1e-6 * std::max(std::abs(x), std::abs(y))) continue;
    const std::size_t bin = i / (a.columns - 1);
    throw Error(
        fmt::format("{}:{}: coordinate {} is {} where {}:{} has {}; give all files the same bins in the same "
                    "order",
                    b.name, b.lines[bin], i % (a.columns - 1) + 1, y, a.name, a.lines[bin], x));
  }
}

}  // namespace spillway::cli
