#include "daq/base/config.hpp"

#include <algorithm>
#include <cassert>
#include <fstream>
#include <numeric>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "daq/base/config_toml.hpp"

namespace spillway {
namespace {

constexpr char kOverrideFile[] = "--define";

std::string located(const std::string& file, std::uint32_t line, const std::string& key) {
  std::string text = file;
  if (line != 0) text += fmt::format(":{}", line);
  if (!key.empty()) text += fmt::format(": {}", key);
  return text;
}

std::string qualified(std::string_view section, std::string_view key) {
  if (section.empty() || key.empty()) return fmt::format("{}{}", section, key);
  return fmt::format("{}.{}", section, key);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

bool is_bare(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

struct Override {
  std::string section;
  std::string key;
  RawValue value;
};

Override parse_override(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string path = text.substr(0, equals);
  const std::size_t last_dot = path.rfind('.');
  bool good = equals != std::string::npos && last_dot != std::string::npos;
  if (good) {
    const std::string section = path.substr(0, last_dot);
    const std::size_t dot = section.find('.');
    good = is_bare(path.substr(last_dot + 1)) && is_bare(section.substr(0, dot)) &&
           (dot == std::string::npos || is_bare(section.substr(dot + 1)));
  }
  if (!good) {
    throw ConfigError(kOverrideFile, 0, text, "is not KEY=VALUE", "write it like readout.dt5730.processes=2");
  }
  return {path.substr(0, last_dot), path.substr(last_dot + 1), parse_value(std::string_view(text).substr(equals + 1))};
}

}  // namespace

ConfigError::ConfigError(std::string file, std::uint32_t line, std::string key, const std::string& what,
                         const std::string& remedy)
    : Error(fmt::format("{}: {}; {}", located(file, line, key), what, remedy)),
      file_(std::move(file)),
      line_(line),
      key_(std::move(key)) {}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

struct Config::State {
  std::string text;
  std::string file_name;
  std::vector<std::string> overrides;
  std::vector<ParsedSection> sections;

  [[nodiscard]] const ParsedSection* find(std::string_view section) const {
    const auto at = std::find_if(sections.begin(), sections.end(),
                                 [section](const ParsedSection& candidate) { return candidate.name == section; });
    return at == sections.end() ? nullptr : &*at;
  }

  [[nodiscard]] const ParsedKey* find(std::string_view section, std::string_view key) const {
    const ParsedSection* found = find(section);
    if (found == nullptr) return nullptr;
    const auto at = std::find_if(found->keys.begin(), found->keys.end(),
                                 [key](const ParsedKey& candidate) { return candidate.key == key; });
    return at == found->keys.end() ? nullptr : &*at;
  }

  void apply(Override change) {
    auto section = std::find_if(sections.begin(), sections.end(),
                                [&change](const ParsedSection& candidate) { return candidate.name == change.section; });
    if (section == sections.end()) {
      section = sections.insert(sections.end(), ParsedSection{change.section, kOverrideFile, 0, {}});
    }
    auto key = std::find_if(section->keys.begin(), section->keys.end(),
                            [&change](const ParsedKey& candidate) { return candidate.key == change.key; });
    if (key == section->keys.end()) key = section->keys.insert(section->keys.end(), ParsedKey{});
    *key = {std::move(change.key), std::move(change.value), kOverrideFile, 0};
  }
};

Config::Config(std::unique_ptr<State> state) : state_(std::move(state)) {}
Config::~Config() = default;
Config::Config(Config&&) noexcept = default;
Config& Config::operator=(Config&&) noexcept = default;

Config Config::parse(std::string text, std::string file_name, std::span<const std::string> overrides) {
  auto state = std::make_unique<State>();
  state->sections = parse_sections(text, file_name);
  for (const std::string& definition : overrides) state->apply(parse_override(definition));
  state->text = std::move(text);
  state->file_name = std::move(file_name);
  state->overrides.assign(overrides.begin(), overrides.end());
  return Config(std::move(state));
}

Config Config::load(const std::filesystem::path& file, std::span<const std::string> overrides) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  // An empty file sets the output's failbit, so only the input's state tells.
  if (!stream.is_open() || stream.bad() || std::filesystem::is_directory(file)) {
    throw ConfigError(file.string(), 0, "", "cannot be read", "name a TOML file that exists and is readable");
  }
  return parse(text.str(), file.string(), overrides);
}

std::vector<std::string> Config::names(std::string_view kind) const {
  std::vector<std::string> found;
  for (const ParsedSection& section : state_->sections) {
    const std::string_view name = section.name;
    if (name.size() > kind.size() + 1 && name.substr(0, kind.size()) == kind && name[kind.size()] == '.') {
      found.emplace_back(name.substr(kind.size() + 1));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool Config::has_section(std::string_view section) const {
  return state_->find(section) != nullptr;
}

bool Config::has(std::string_view section, std::string_view key) const {
  return state_->find(section, key) != nullptr;
}

std::vector<std::string> Config::keys(std::string_view section) const {
  std::vector<std::string> found;
  if (const ParsedSection* parsed = state_->find(section)) {
    for (const ParsedKey& key : parsed->keys) found.push_back(key.key);
  }
  return found;
}

std::vector<std::string> Config::sections() const {
  std::vector<std::string> found;
  for (const ParsedSection& section : state_->sections) found.push_back(section.name);
  return found;
}

template <typename T>
T Config::get(std::string_view section, const KeySpec& spec) const {
  const ParsedKey* found = state_->find(section, spec.key);
  if (found == nullptr && spec.fallback.empty()) {
    throw error(section, spec.key, "is missing", "give " + expectation(spec));
  }
  const RawValue& raw = found != nullptr ? found->value : parse_value(spec.fallback);
  if (const auto complaint = complaint_about(raw, spec)) {
    throw error(section, spec.key, complaint->what, complaint->remedy);
  }
  return typed<T>(raw);
}

bool Config::get_bool(std::string_view section, const KeySpec& spec) const {
  assert(spec.type == KeyType::kBool);
  return get<bool>(section, spec);
}

std::int64_t Config::get_integer(std::string_view section, const KeySpec& spec) const {
  assert(spec.type == KeyType::kInteger);
  return get<std::int64_t>(section, spec);
}

double Config::get_number(std::string_view section, const KeySpec& spec) const {
  assert(spec.type == KeyType::kNumber);
  return get<double>(section, spec);
}

std::string Config::get_string(std::string_view section, const KeySpec& spec) const {
  assert(spec.type == KeyType::kString);
  return get<std::string>(section, spec);
}

std::vector<std::int64_t> Config::get_integers(std::string_view section, const KeySpec& spec) const {
  assert(spec.type == KeyType::kIntegerList);
  return get<std::vector<std::int64_t>>(section, spec);
}

std::vector<std::string> Config::get_strings(std::string_view section, const KeySpec& spec) const {
  assert(spec.type == KeyType::kStringList);
  return get<std::vector<std::string>>(section, spec);
}

void Config::check(std::string_view section, std::span<const KeySpec> specs) const {
  std::vector<std::string_view> known;
  for (const KeySpec& spec : specs) known.push_back(spec.key);
  const ParsedSection* parsed = state_->find(section);
  if (parsed != nullptr) {
    for (const ParsedKey& key : parsed->keys) {
      const auto spec = std::find_if(specs.begin(), specs.end(), [&key](const KeySpec& s) { return s.key == key.key; });
      if (spec == specs.end()) {
        const std::string_view hint = nearest(key.key, known);
        throw error(section, key.key, "there is no such key",
                    hint.empty() ? fmt::format("[{}] takes {}", section, fmt::join(known, ", "))
                                 : fmt::format("did you mean {}?", hint));
      }
      if (const auto complaint = complaint_about(key.value, *spec)) {
        throw error(section, key.key, complaint->what, complaint->remedy);
      }
    }
  }
  for (const KeySpec& spec : specs) {
    if (spec.fallback.empty() && !has(section, spec.key)) {
      throw error(section, spec.key, "is missing", "give " + expectation(spec));
    }
  }
}

ConfigError Config::error(std::string_view section, std::string_view key, const std::string& what,
                          const std::string& remedy) const {
  std::string file = state_->file_name;
  std::uint32_t line = 0;
  if (const ParsedKey* found = state_->find(section, key)) {
    file = found->file;
    line = found->line;
  } else if (const ParsedSection* parsed = state_->find(section)) {
    file = parsed->file;
    line = parsed->line;
  }
  return {file, line, qualified(section, key), what, remedy};
}

const std::string& Config::text() const {
  return state_->text;
}
const std::vector<std::string>& Config::overrides() const {
  return state_->overrides;
}
const std::string& Config::file_name() const {
  return state_->file_name;
}

const KeySpec& Section::spec(std::string_view key) const {
  const auto found = std::find_if(specs_.begin(), specs_.end(), [key](const KeySpec& s) { return s.key == key; });
  assert(found != specs_.end());
  return *found;
}

bool Section::flag(std::string_view key) const {
  return config_->get_bool(name_, spec(key));
}
std::int64_t Section::integer(std::string_view key) const {
  return config_->get_integer(name_, spec(key));
}
double Section::number(std::string_view key) const {
  return config_->get_number(name_, spec(key));
}
std::string Section::text(std::string_view key) const {
  return config_->get_string(name_, spec(key));
}
std::vector<std::int64_t> Section::integers(std::string_view key) const {
  return config_->get_integers(name_, spec(key));
}
std::vector<std::string> Section::texts(std::string_view key) const {
  return config_->get_strings(name_, spec(key));
}

}  // namespace spillway
