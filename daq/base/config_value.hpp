#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daq/base/config.hpp"

namespace spillway {

/// A value as it stands in the file; monostate for what no key takes (dates, tables).
struct RawValue {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<RawValue>> value;
};

struct Complaint {
  std::string what;
  std::string remedy;
};

/// What is wrong with a value by its spec, or nothing.
[[nodiscard]] std::optional<Complaint> complaint_about(const RawValue& raw, const KeySpec& spec);

/// "an integer from 1 to 64 (ns)": what the key takes.
[[nodiscard]] std::string expectation(const KeySpec& spec);

/// A value about which there is no complaint, as T of the spec's type.
template <typename T>
[[nodiscard]] T typed(const RawValue& raw);

}  // namespace spillway
