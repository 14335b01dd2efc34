#include "daq/base/config_toml.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace spillway {
namespace {

constexpr std::size_t kMostTextBytes = std::size_t{4} << 20;
/// Parts of a key, and brackets within brackets.
constexpr int kDeepest = 64;
constexpr std::string_view kLineBreaks = "\n\v\f\r";

/// Behind the string that begins at `begin`; one that is not closed ends with its line, or the text.
std::size_t behind_string(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  const std::string_view triple = quote == '"' ? R"(""")" : "'''";
  const bool multiline = text.substr(begin, 3) == triple;
  const std::string_view closing = multiline ? triple : triple.substr(0, 1);
  std::size_t at = begin + closing.size();
  while (at < text.size()) {
    if (text.substr(at, closing.size()) == closing) {
      at += closing.size();
      // A multi-line string may end in two quotes of its own.
      for (int own = 0; multiline && own < 2 && at < text.size() && text[at] == quote; ++own) ++at;
      return at;
    }
    if (!multiline && kLineBreaks.find(text[at]) != std::string_view::npos) return at;
    at += quote == '"' && text[at] == '\\' ? 2U : 1U;
  }
  return text.size();
}

/// The line that toml++, which descends into every part of a key and every bracket, might not have the stack for.
std::optional<std::uint32_t> line_too_deep(std::string_view text) {
  int dots = 0;
  int brackets = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = behind_string(text, at);
      continue;
    }
    if (c == '#') {
      at = std::min(text.find_first_of(kLineBreaks, at), text.size());
      continue;
    }
    // No key goes on behind a comma, so a long list of numbers is no deep key.
    if (c == ',' || kLineBreaks.find(c) != std::string_view::npos) dots = 0;
    if (c == '.') ++dots;
    if (c == '[' || c == '{') ++brackets;
    if ((c == ']' || c == '}') && brackets > 0) --brackets;
    ++at;
    if (dots > kDeepest || brackets > kDeepest) {
      const auto here = text.begin() + static_cast<std::ptrdiff_t>(at);
      return static_cast<std::uint32_t>(1 + std::count(text.begin(), here, '\n'));
    }
  }
  return std::nullopt;
}

RawValue raw_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return {flag->get()};
  if (const auto* integer = node.as_integer()) return {integer->get()};
  if (const auto* number = node.as_floating_point()) return {number->get()};
  if (const auto* text = node.as_string()) return {text->get()};
  if (const auto* array = node.as_array()) {
    std::vector<RawValue> elements;
    for (const toml::node& element : *array) elements.push_back(raw_of(element));
    return {std::move(elements)};
  }
  return {};
}

/// Collects [name] and [kind.name] from the tree that toml++ makes of them.
class SectionCollector {
 public:
  explicit SectionCollector(std::string file) : file_(std::move(file)) {}

  void collect(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string name(key.str());
      const toml::table* table = node.as_table();
      if (table == nullptr) {
        throw ConfigError(file_, key.source().begin.line, name, "stands outside of a section",
                          "move it below a line such as [setup]");
      }
      add(name, *table, key.source().begin.line, true);
    }
    std::stable_sort(sections_.begin(), sections_.end(),
                     [](const ParsedSection& a, const ParsedSection& b) { return a.line < b.line; });
  }

  std::vector<ParsedSection> take() { return std::move(sections_); }

 private:
  void add(const std::string& name, const toml::table& table, std::uint32_t line, bool outer) {
    ParsedSection section{name, file_, line, {}};
    bool only_subsections = !table.empty();
    for (const auto& [key, node] : table) {
      const std::uint32_t key_line = key.source().begin.line;
      if (const toml::table* inner = node.as_table()) {
        if (!outer) {
          throw ConfigError(file_, key_line, fmt::format("{}.{}", name, key.str()), "is nested too deep",
                            "sections are [name] or [kind.name]");
        }
        add(fmt::format("{}.{}", name, key.str()), *inner, key_line, false);
        continue;
      }
      only_subsections = false;
      section.keys.push_back({std::string(key.str()), raw_of(node), file_, key_line});
    }
    if (only_subsections) return;
    std::stable_sort(section.keys.begin(), section.keys.end(),
                     [](const ParsedKey& a, const ParsedKey& b) { return a.line < b.line; });
    sections_.push_back(std::move(section));
  }

  std::string file_;
  std::vector<ParsedSection> sections_;
};

}  // namespace

std::vector<ParsedSection> parse_sections(const std::string& text, const std::string& file_name) {
  if (text.size() > kMostTextBytes) {
    throw ConfigError(file_name, 0, "", fmt::format("holds {} bytes", text.size()),
                      fmt::format("a configuration has at most {}; name a TOML file", kMostTextBytes));
  }
  if (const auto line = line_too_deep(text)) {
    throw ConfigError(file_name, *line, "",
                      fmt::format("has more than {} dots in a key or brackets in each other", kDeepest),
                      "sections are [name] or [kind.name], and values are at most lists");
  }
  SectionCollector collector(file_name);
  try {
    collector.collect(toml::parse(text));
  } catch (const toml::parse_error& error) {
    throw ConfigError(file_name, error.source().begin.line, "", std::string(error.description()),
                      "correct the TOML on this line or just above it");
  }
  return collector.take();
}

RawValue parse_value(std::string_view text) {
  if (text.size() > kMostTextBytes || line_too_deep(text)) return {std::string(text)};
  try {
    const toml::table table = toml::parse(fmt::format("value = {}", text));
    const toml::node* node = table.get("value");
    // More than one key: the text held a line break and what follows it is no part of a value.
    if (table.size() == 1 && node != nullptr) {
      RawValue raw = raw_of(*node);
      if (!std::holds_alternative<std::monostate>(raw.value)) return raw;
    }
  } catch (const toml::parse_error&) {
    return {std::string(text)};
  }
  return {std::string(text)};
}

}  // namespace spillway
