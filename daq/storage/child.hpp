#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace spillway::storage {

/// What a child process said before it ended, and how it ended if that was not by itself.
struct ChildOutcome {
  std::vector<nlohmann::json> messages;
  std::string failure;  ///< what it threw, or the signal that ended it; empty: it did its work
  bool crashed = false;
};

using Send = std::function<void(const nlohmann::json&)>;

/// Runs `work` in a forked process, where a damaged file may do its worst. It may use `cpu_seconds` at most,
/// and four times as long by the clock.
ChildOutcome run_in_child(std::uint64_t cpu_seconds, const std::function<void(const Send&)>& work);

}  // namespace spillway::storage
