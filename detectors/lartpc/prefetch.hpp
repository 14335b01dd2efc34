#pragma once

#include <cstddef>

namespace spillway::detectors::lartpc {

inline constexpr std::size_t kLineBytes = 64;  ///< of a cache

/// Frames follow each other in memory: asks for what comes half a frame later, which the processor does not do by
/// itself across pages.
[[gnu::always_inline]] inline void prefetch_line(const std::byte* line) {
  constexpr std::size_t kAhead = 4096;
  __builtin_prefetch(line + kAhead);
}
[[gnu::always_inline]] inline void prefetch_row(const std::byte* row) {
  prefetch_line(row);
  prefetch_line(row + kLineBytes);
}

}  // namespace spillway::detectors::lartpc
