#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daq/base/config_value.hpp"

namespace spillway {

struct ParsedKey {
  std::string key;
  RawValue value;
  std::string file;
  std::uint32_t line = 0;
};

struct ParsedSection {
  std::string name;  ///< "setup", "detector.csi"
  std::string file;
  std::uint32_t line = 0;
  std::vector<ParsedKey> keys;
};

/// The sections of a TOML text in its order. Throws ConfigError where it does not parse, where a key stands outside of
/// a section and where sections are nested deeper than [kind.name].
[[nodiscard]] std::vector<ParsedSection> parse_sections(const std::string& text, const std::string& file_name);

/// One TOML value; text that is none, or is a date or a table, is taken as a string.
[[nodiscard]] RawValue parse_value(std::string_view text);

}  // namespace spillway
