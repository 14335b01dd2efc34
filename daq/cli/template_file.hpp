#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace spillway::cli {

/// Counts by bin: one line a bin, the bin's coordinates and then its counts, separated by blanks; `#` begins a comment.
struct TemplateFile {
  std::string name;
  std::size_t columns = 0;          ///< with the counts
  std::vector<std::size_t> lines;   ///< of each bin, from 1
  std::vector<double> coordinates;  ///< (columns - 1) of each bin, behind each other
  std::vector<double> counts;
  double sum = 0;

  [[nodiscard]] std::size_t bins() const { return counts.size(); }
};

/// Reads what `text` says. Throws Error with name, line and remedy: a word that is no number, a line with more or fewer
/// columns than the first, a count that is negative, a bin given twice, no bin at all.
[[nodiscard]] TemplateFile parse_template(std::string name, std::string_view text);

/// The same from a file of at most 256 MB.
[[nodiscard]] TemplateFile read_template(const std::filesystem::path& file);

/// Throws Error unless both have the same bins in the same order (to 1e-6 of the coordinates).
void require_same_bins(const TemplateFile& a, const TemplateFile& b);

}  // namespace spillway::cli
