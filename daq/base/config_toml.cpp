#include "daq/base/config_toml.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace spillway {
namespace {

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
