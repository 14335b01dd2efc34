#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

namespace spillway {

/// Checks a word of the command line that is to be a whole number of 64 bits without a sign, which CLI11 itself takes
/// from "-1" and "1e99" as well. In the form that CLI::Option::check() wants: what is wrong, or "".
struct WholeNumber {
  std::uint64_t least = 0;

  [[nodiscard]] std::string operator()(const std::string& text) const {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc{} && stopped == end && number >= least) return "";
    return "must be a whole number from " + std::to_string(least) + " to " +
           std::to_string(std::numeric_limits<std::uint64_t>::max()) + ", not " + text;
  }
};

}  // namespace spillway
