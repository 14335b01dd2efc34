#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daq/base/error.hpp"
#include "daq/base/time.hpp"

namespace spillway {

enum class KeyType { kBool, kInteger, kNumber, kString, kIntegerList, kStringList };

/// One key of the configuration: what `spillway config --explain` prints and what every file is checked against.
struct KeySpec {
  std::string_view section;  ///< "setup", or "detector" for [detector.<name>]
  std::string_view key;
  KeyType type;
  std::string_view unit;      ///< "" where it has none
  std::string_view fallback;  ///< as TOML text; empty: the key must be given
  std::string_view meaning;
  double low = -1e300;  ///< bounds of numbers, inclusive
  double high = 1e300;
  std::string_view choices = {};  ///< "a|b|c" for strings that are one of a few
};

/// What is wrong with a key, beginning with where it stands:
/// "recorded.toml:14: readout.dt5730.ring_bytes: <what>; <remedy>". Line 0 (overrides, absent sections) is left out.
class ConfigError : public Error {
 public:
  ConfigError(std::string file, std::uint32_t line, std::string key, const std::string& what,
              const std::string& remedy);
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] std::uint32_t line() const { return line_; }
  [[nodiscard]] const std::string& key() const { return key_; }

 private:
  std::string file_;
  std::uint32_t line_;
  std::string key_;
};

/// The one of `known` that `word` may have been meant to be; empty where none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// A parsed TOML file with its overrides. Sections are [name] or [kind.name]; deeper nesting is refused.
class Config {
 public:
  /// Throws ConfigError on TOML that does not parse or an override that is not KEY=VALUE. An override's value is
  /// TOML; text that does not parse as TOML is taken as a string. `overrides` are reported as file "--define".
  static Config parse(std::string text, std::string file_name, std::span<const std::string> overrides = {});
  static Config load(const std::filesystem::path& file, std::span<const std::string> overrides = {});

  ~Config();
  Config(Config&&) noexcept;
  Config& operator=(Config&&) noexcept;

  /// Names of [kind.<name>] in the order of the alphabet.
  [[nodiscard]] std::vector<std::string> names(std::string_view kind) const;
  [[nodiscard]] bool has_section(std::string_view section) const;
  [[nodiscard]] bool has(std::string_view section, std::string_view key) const;
  /// Keys that stand in a section, in the file's order.
  [[nodiscard]] std::vector<std::string> keys(std::string_view section) const;
  /// All sections that stand in the file, "setup" and "detector.csi" alike.
  [[nodiscard]] std::vector<std::string> sections() const;

  /// Checks type, bounds and choices of one key against its spec and returns the value or the fallback.
  /// `section` is the full one ("detector.csi"). Throws ConfigError; KeySpec's type must match the getter.
  [[nodiscard]] bool get_bool(std::string_view section, const KeySpec& spec) const;
  [[nodiscard]] std::int64_t get_integer(std::string_view section, const KeySpec& spec) const;
  [[nodiscard]] double get_number(std::string_view section, const KeySpec& spec) const;
  [[nodiscard]] std::string get_string(std::string_view section, const KeySpec& spec) const;
  [[nodiscard]] std::vector<std::int64_t> get_integers(std::string_view section, const KeySpec& spec) const;
  [[nodiscard]] std::vector<std::string> get_strings(std::string_view section, const KeySpec& spec) const;

  /// Every key of one section against `specs`: unknown keys (with the nearest known one as a hint), wrong types and
  /// values out of bounds, in the file's order, then missing keys. Throws the first.
  void check(std::string_view section, std::span<const KeySpec> specs) const;

  /// An error about a key, with its file and line.
  [[nodiscard]] ConfigError error(std::string_view section, std::string_view key, const std::string& what,
                                  const std::string& remedy) const;

  /// The file's text exactly as read, and the overrides: what is stored with the run and sent to the services.
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] const std::vector<std::string>& overrides() const;
  [[nodiscard]] const std::string& file_name() const;

 private:
  struct State;
  explicit Config(std::unique_ptr<State> state);
  template <typename T>
  [[nodiscard]] T get(std::string_view section, const KeySpec& spec) const;
  std::unique_ptr<State> state_;
};

/// The typed values of one section, checked against the specs of its kind; a convenience over Config's getters.
/// Asking for a key that has no spec is a programming error.
class Section {
 public:
  Section(const Config& config, std::string name, std::span<const KeySpec> specs)
      : config_(&config), name_(std::move(name)), specs_(specs) {}
  [[nodiscard]] bool flag(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key) const;
  [[nodiscard]] double number(std::string_view key) const;
  [[nodiscard]] std::string text(std::string_view key) const;
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  /// Integer key in ns.
  [[nodiscard]] Duration duration(std::string_view key) const { return {integer(key)}; }
  [[nodiscard]] ConfigError error(std::string_view key, const std::string& what, const std::string& remedy) const {
    return config_->error(name_, key, what, remedy);
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  [[nodiscard]] const KeySpec& spec(std::string_view key) const;
  const Config* config_;
  std::string name_;
  std::span<const KeySpec> specs_;
};

}  // namespace spillway
