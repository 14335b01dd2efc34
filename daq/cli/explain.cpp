#include "daq/cli/explain.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

namespace spillway::cli {
namespace {

using detectors::ExplainedKey;

/// "detector.<name> (caen_digitizer)" -> "detector.<name>".
std::string section_name(const ExplainedKey& key) {
  return key.section.substr(0, key.section.find(" ("));
}

/// "detector.<name>" -> "detector".
std::string section_kind(const ExplainedKey& key) {
  const std::string name = section_name(key);
  return name.substr(0, name.find('.'));
}

/// All names under which a key may be asked for.
std::vector<std::string> names(const ExplainedKey& key) {
  const std::string last(key.spec.key);
  return {last, section_kind(key) + "." + last, section_name(key) + "." + last};
}

/// "readout.csi.ring_bytes" -> "readout.ring_bytes": which one of the readouts is meant makes no difference.
std::string without_own_name(const std::string& query) {
  const std::size_t first = query.find('.');
  const std::size_t last = query.rfind('.');
  if (first == std::string::npos || first == last) return query;
  return query.substr(0, first) + query.substr(last);
}

template <typename Matches>
std::vector<ExplainedKey> those(std::span<const ExplainedKey> keys, Matches matches) {
  std::vector<ExplainedKey> found;
  for (const ExplainedKey& key : keys) {
    const auto all = names(key);
    if (std::any_of(all.begin(), all.end(), matches)) found.push_back(key);
  }
  return found;
}

std::string limits(const KeySpec& spec) {
  if (!spec.choices.empty()) {
    std::string text = "one of ";
    for (const char c : spec.choices) text += c == '|' ? std::string(", ") : std::string(1, c);
    return text;
  }
  const bool low = spec.low > -1e300;
  const bool high = spec.high < 1e300;
  if (low && high) return fmt::format("{} to {}", spec.low, spec.high);
  if (low) return fmt::format("at least {}", spec.low);
  return high ? fmt::format("at most {}", spec.high) : "";
}

}  // namespace

std::string_view type_name(KeyType type) {
  switch (type) {
    case KeyType::kBool:
      return "true or false";
    case KeyType::kInteger:
      return "integer";
    case KeyType::kNumber:
      return "number";
    case KeyType::kString:
      return "text";
    case KeyType::kIntegerList:
      return "list of integers";
    case KeyType::kStringList:
      return "list of texts";
  }
  return "";
}

std::vector<ExplainedKey> matching_keys(std::span<const ExplainedKey> keys, const std::string& query) {
  const std::string general = without_own_name(query);
  auto found = those(keys, [&](const std::string& name) { return name == query || name == general; });
  if (found.empty()) {
    found = those(keys, [&](const std::string& name) { return name.starts_with(query) || name.starts_with(general); });
  }
  return found;
}

std::string nearest_key(std::span<const ExplainedKey> keys, const std::string& query) {
  const std::string general = without_own_name(query);
  const bool with_section = general.find('.') != std::string::npos;
  std::vector<std::string> candidates;
  for (const ExplainedKey& key : keys) candidates.push_back(names(key)[with_section ? 1 : 0]);
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  return std::string(nearest(general, views));
}

void explain(std::span<const ExplainedKey> keys, std::ostream& out) {
  std::string section;
  for (const ExplainedKey& key : keys) {
    if (key.section != section) {
      out << fmt::format("{}[{}]{}\n", section.empty() ? "" : "\n", section_name(key),
                         key.section.substr(section_name(key).size()));
      section = key.section;
    }
    const KeySpec& spec = key.spec;
    out << fmt::format("  {}  {}{}{}", spec.key, type_name(spec.type), spec.unit.empty() ? "" : " in ", spec.unit);
    if (const std::string text = limits(spec); !text.empty()) out << ", " << text;
    out << (spec.fallback.empty() ? std::string("; must be given") : fmt::format("; default {}", spec.fallback))
        << '\n';
    out << fmt::format("      {}\n", spec.meaning);
  }
}

void explain_markdown(std::span<const ExplainedKey> keys, std::ostream& out) {
  const auto cell = [](std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
    return text;
  };
  out << "# Configuration\n\n"
         "One TOML file describes a set-up. Sections are `[name]` or `[kind.name]`, where `name` is yours to choose. "
         "Every\n"
         "key is checked before anything starts: `spillway check FILE` says what is wrong, in which line, and what "
         "would be\n"
         "right. `spillway config --explain [KEY]` prints what follows; this page is its output with `--markdown`, and "
         "a\n"
         "test keeps the two equal. `--define section.key=value` overrides a key for one run.\n";
  std::string section;
  for (const ExplainedKey& key : keys) {
    if (key.section != section) {
      section = key.section;
      out << fmt::format("\n## `[{}]`{}\n\n", section_name(key), key.section.substr(section_name(key).size()));
      out << "| key | type | unit | limits | default | meaning |\n|---|---|---|---|---|---|\n";
    }
    const KeySpec& spec = key.spec;
    out << fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", spec.key, type_name(spec.type),
                       cell(std::string(spec.unit)), cell(limits(spec)),
                       spec.fallback.empty() ? "must be given" : "`" + cell(std::string(spec.fallback)) + "`",
                       cell(std::string(spec.meaning)));
  }
}

}  // namespace spillway::cli
