#include "daq/cli/plot/ticks.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace spillway::cli {
namespace {

std::string superscript(int number) {
  static constexpr std::array<std::string_view, 10> kDigits = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text;
  for (const char c : std::to_string(number))
    text += c == '-' ? std::string_view("⁻") : kDigits.at(static_cast<std::size_t>(c - '0'));
  return text;
}

std::string power_label(int exponent) {
  if (exponent == 0) return "1";
  if (exponent == 1) return "10";
  return "10" + superscript(exponent);
}

/// With as many decimals as tell neighbouring ticks apart, and a true minus sign.
std::string linear_label(double value, double step) {
  if (std::abs(value) < step * 1e-6) value = 0;
  const double magnitude = std::max(std::abs(value), step);
  std::string text;
  if (magnitude >= 1e6 || step < 1e-5) {
    text = fmt::format("{:.6g}", value);
  } else {
    const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
    text = fmt::format("{:.{}f}", value, decimals);
  }
  if (text.starts_with('-')) text.replace(0, 1, "−");
  return text;
}

double nice_step(double span, double wanted) {
  const double raw = span / std::max(1.0, wanted);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double multiple : {1.0, 2.0, 5.0}) {
    if (raw <= multiple * power * 1.0001) return multiple * power;
  }
  return 10 * power;
}

void add_linear_ticks(TickedAxis& axis, double wanted) {
  const double step = nice_step(axis.high - axis.low, wanted);
  const double leading = step / std::pow(10.0, std::floor(std::log10(step) + 1e-9));
  const int minors = leading > 1.5 && leading < 2.5 ? 4 : 5;
  const double minor = step / minors;
  const auto first = static_cast<long>(std::ceil(axis.low / minor - 1e-6));
  const auto last = static_cast<long>(std::floor(axis.high / minor + 1e-6));
  for (long i = first; i <= last; ++i) {
    const double value = static_cast<double>(i) * minor;
    const bool major = i % minors == 0;
    axis.ticks.push_back({value, major, major ? linear_label(value, step) : ""});
  }
}

void add_log_ticks(TickedAxis& axis, double wanted) {
  const int first = static_cast<int>(std::floor(std::log10(axis.low) + 1e-9));
  const int last = static_cast<int>(std::ceil(std::log10(axis.high) - 1e-9));
  const int stride = std::max(1, static_cast<int>(std::ceil((last - first) / std::max(1.0, wanted))));
  const bool few = std::log10(axis.high / axis.low) < 1.5;
  for (int exponent = first; exponent <= last; ++exponent) {
    for (int digit = 1; digit < 10; ++digit) {
      const double value = digit * std::pow(10.0, exponent);
      if (value < axis.low * (1 - 1e-9) || value > axis.high * (1 + 1e-9)) continue;
      const bool major = digit == 1 ? exponent % stride == 0 : few && (digit == 2 || digit == 5);
      if (digit > 1 && stride > 1) continue;
      std::string label;
      if (major) label = few ? fmt::format("{:g}", value) : power_label(exponent);
      axis.ticks.push_back({value, major, label});
    }
  }
}

}  // namespace

double TickedAxis::place(double value) const {
  if (scale == Scale::kLinear) return (value - low) / (high - low);
  return value > 0 ? std::log(value / low) / std::log(high / low) : std::numeric_limits<double>::quiet_NaN();
}

TickedAxis ticked(const Axis& axis, double data_low, double data_high, double wanted) {
  TickedAxis result;
  result.scale = axis.scale;
  const bool is_log = axis.scale == Scale::kLog;
  if (!std::isfinite(data_low) || !std::isfinite(data_high)) {
    data_low = is_log ? 1 : 0;
    data_high = is_log ? 10 : 1;
  }
  if (is_log) {
    data_low = std::pow(10.0, std::floor(std::log10(data_low) + 1e-9));
    data_high = std::pow(10.0, std::ceil(std::log10(data_high) - 1e-9));
  }
  result.low = std::isfinite(axis.low) ? axis.low : data_low;
  result.high = std::isfinite(axis.high) ? axis.high : data_high;
  if (!(result.high > result.low)) {
    const double half = is_log ? 0 : std::max(0.5 * std::abs(result.low), 0.5);
    result.high = is_log ? result.low * 10 : result.low + half;
    result.low -= half;
  }
  is_log ? add_log_ticks(result, wanted) : add_linear_ticks(result, wanted);
  return result;
}

}  // namespace spillway::cli
