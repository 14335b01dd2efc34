#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace spillway {

/// Counts by name, such as frames lost by reason. Ordered, so that what is printed and hashed never varies.
using Counters = std::map<std::string, std::uint64_t, std::less<>>;

inline std::uint64_t total(const Counters& counters) {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : counters) sum += count;
  return sum;
}

inline void add(Counters& to, const Counters& from) {
  for (const auto& [name, count] : from) to[name] += count;
}

}  // namespace spillway
