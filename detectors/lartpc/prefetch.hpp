#pragma once

#include <cstddef>

namespace spillway::detectors::lartpc {

/// Frames follow each other in memory: asks for what comes half a frame later, which the processor does not do by
/// itself across pages.
[[gnu::always_inline]] inline void prefetch_row(const std::byte* row) {
  constexpr std::size_t kAhead = 4096;
  __builtin_prefetch(row + kAhead);
  __builtin_prefetch(row + kAhead + 64);
}

}  // namespace spillway::detectors::lartpc
