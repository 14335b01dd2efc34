#include "daq/base/config_value.hpp"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

namespace spillway {
namespace {

constexpr double kUnbounded = 1e300;

std::string described(const RawValue& raw) {
  if (const auto* flag = std::get_if<bool>(&raw.value)) return *flag ? "true is a boolean" : "false is a boolean";
  if (const auto* integer = std::get_if<std::int64_t>(&raw.value)) return fmt::format("{} is an integer", *integer);
  if (const auto* number = std::get_if<double>(&raw.value))
    return fmt::format("{} is a floating-point number", *number);
  if (const auto* text = std::get_if<std::string>(&raw.value)) return fmt::format("\"{}\" is a string", *text);
  if (std::holds_alternative<std::vector<RawValue>>(raw.value)) return "the value is a list";
  return "the value is a date, a time or a table";
}

KeyType element_type(KeyType list) {
  switch (list) {
    case KeyType::kIntegerList:
      return KeyType::kInteger;
    case KeyType::kStringList:
      return KeyType::kString;
    default:
      return list;
  }
}

bool is_list(KeyType type) {
  return element_type(type) != type;
}

bool has_type(const RawValue& raw, KeyType type) {
  switch (type) {
    case KeyType::kBool:
      return std::holds_alternative<bool>(raw.value);
    case KeyType::kInteger:
      return std::holds_alternative<std::int64_t>(raw.value);
    case KeyType::kNumber:
      return std::holds_alternative<std::int64_t>(raw.value) || std::holds_alternative<double>(raw.value);
    case KeyType::kString:
      return std::holds_alternative<std::string>(raw.value);
    default:
      return std::holds_alternative<std::vector<RawValue>>(raw.value);
  }
}

bool is_choice(std::string_view choices, std::string_view text) {
  while (true) {
    const std::size_t bar = choices.find('|');
    if (choices.substr(0, bar) == text) return true;
    if (bar == std::string_view::npos) return false;
    choices.remove_prefix(bar + 1);
  }
}

double as_double(const RawValue& raw) {
  const auto* integer = std::get_if<std::int64_t>(&raw.value);
  return integer != nullptr ? static_cast<double>(*integer) : std::get<double>(raw.value);
}

std::string expected_scalar(const KeySpec& spec) {
  std::string text;
  switch (element_type(spec.type)) {
    case KeyType::kBool:
      return "true or false";
    case KeyType::kString:
      if (spec.choices.empty()) return "a string in quotes";
      text = fmt::format("one of \"{}\"", spec.choices);
      for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 4)) {
        text.replace(at, 1, "\", \"");
      }
      return text;
    case KeyType::kInteger:
      text = "an integer";
      break;
    default:
      text = "a number";
      break;
  }
  const bool low = spec.low > -kUnbounded;
  const bool high = spec.high < kUnbounded;
  if (low && high) text += fmt::format(" from {} to {}", spec.low, spec.high);
  if (low && !high) text += fmt::format(" of at least {}", spec.low);
  if (!low && high) text += fmt::format(" of at most {}", spec.high);
  if (!spec.unit.empty()) text += fmt::format(" ({})", spec.unit);
  return text;
}

std::optional<std::string> fault_of_scalar(const RawValue& raw, const KeySpec& spec) {
  const KeyType type = element_type(spec.type);
  if (!has_type(raw, type)) return described(raw);
  if (type == KeyType::kString && !spec.choices.empty()) {
    const auto& text = std::get<std::string>(raw.value);
    if (!is_choice(spec.choices, text)) return fmt::format("\"{}\" is not one of its choices", text);
  }
  if (type == KeyType::kInteger || type == KeyType::kNumber) {
    const double value = as_double(raw);
    // Written so that nan is out of bounds.
    if (!(value >= spec.low && value <= spec.high)) return fmt::format("{} is out of bounds", value);
  }
  return std::nullopt;
}

}  // namespace

std::string expectation(const KeySpec& spec) {
  const std::string scalar = expected_scalar(spec);
  return is_list(spec.type) ? fmt::format("a list in brackets, each {}", scalar) : scalar;
}

std::optional<Complaint> complaint_about(const RawValue& raw, const KeySpec& spec) {
  std::optional<std::string> fault;
  if (!is_list(spec.type)) {
    fault = fault_of_scalar(raw, spec);
  } else if (!has_type(raw, spec.type)) {
    fault = described(raw);
  } else {
    for (const RawValue& element : std::get<std::vector<RawValue>>(raw.value)) {
      fault = fault_of_scalar(element, spec);
      if (fault) break;
    }
  }
  if (!fault) return std::nullopt;
  return Complaint{*fault, "give " + expectation(spec)};
}

template <>
bool typed(const RawValue& raw) {
  return std::get<bool>(raw.value);
}

template <>
std::int64_t typed(const RawValue& raw) {
  return std::get<std::int64_t>(raw.value);
}

template <>
double typed(const RawValue& raw) {
  return as_double(raw);
}

template <>
std::string typed(const RawValue& raw) {
  return std::get<std::string>(raw.value);
}

namespace {

template <typename T>
std::vector<T> typed_list(const RawValue& raw) {
  const auto& elements = std::get<std::vector<RawValue>>(raw.value);
  std::vector<T> values;
  values.reserve(elements.size());
  for (const RawValue& element : elements) values.push_back(typed<T>(element));
  return values;
}

}  // namespace

template <>
std::vector<std::int64_t> typed(const RawValue& raw) {
  return typed_list<std::int64_t>(raw);
}

template <>
std::vector<std::string> typed(const RawValue& raw) {
  return typed_list<std::string>(raw);
}

}  // namespace spillway
