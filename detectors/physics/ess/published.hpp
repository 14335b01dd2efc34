#pragma once

#include <optional>
#include <string_view>

namespace spillway::physics::ess {

/// What Baxter et al., JHEP 02 (2020) 123 print, to be put beside what comes out here.
struct PublishedRate {
  std::string_view detector;
  double recoils_per_year = 0;  ///< table 1, at 20 m
};

inline constexpr PublishedRate kPublishedRates[] = {{"csi", 8405}, {"si", 80},   {"xe", 7770},
                                                    {"ge", 1610},  {"ar", 1380}, {"c3f8", 515}};

inline constexpr double kPublishedSin2ThetaW = 0.239;  ///< around which its ranges are printed

/// Table 3, in the units of `Parameter`.
struct PublishedRange {
  std::string_view detector;
  std::string_view parameter;
  double low = 0;
  double high = 0;
};

inline constexpr PublishedRange kPublishedRanges[] = {
    {"ar", "sin2w", 0.217, 0.267},    {"c3f8", "sin2w", 0.219, 0.264}, {"csi", "sin2w", 0.213, 0.271},
    {"ge", "sin2w", 0.215, 0.268},    {"si", "sin2w", 0.210, 0.271},   {"xe", "sin2w", 0.213, 0.272},
    {"xe+ar", "sin2w", 0.210, 0.259}, {"ar", "mu_numu", 0, 9},         {"c3f8", "mu_numu", 0, 11},
    {"csi", "mu_numu", 0, 9},         {"ge", "mu_numu", 0, 7},         {"si", "mu_numu", 0, 6},
    {"xe", "mu_numu", 0, 9},          {"xe+ar", "mu_numu", 0, 10},     {"ar", "r_ee", -65, 20},
    {"c3f8", "r_ee", -58, 18},        {"csi", "r_ee", -67, 16},        {"ge", "r_ee", -67, 20},
    {"si", "r_ee", -54, 18},          {"xe", "r_ee", -70, 17},         {"xe+ar", "r_ee", -55, 20},
    {"ar", "r_mumu", -51, 7},         {"c3f8", "r_mumu", -46, 6},      {"csi", "r_mumu", -59, 7},
    {"ge", "r_mumu", -54, 7},         {"si", "r_mumu", -43, 6.5},      {"xe", "r_mumu", -60, 7.5},
    {"xe+ar", "r_mumu", -28, 7},      {"ar", "r_emu", 0, 15},          {"c3f8", "r_emu", 0, 12},
    {"csi", "r_emu", 0, 21},          {"ge", "r_emu", 0, 17},          {"si", "r_emu", 0, 11},
    {"xe", "r_emu", 0, 21},           {"xe+ar", "r_emu", 0, 17},
};

[[nodiscard]] constexpr std::optional<PublishedRange> published_range(std::string_view detector,
                                                                      std::string_view parameter) {
  for (const PublishedRange& range : kPublishedRanges) {
    if (range.detector == detector && range.parameter == parameter) return range;
  }
  return std::nullopt;
}

/// 0 where the paper gives none.
[[nodiscard]] constexpr double published_rate(std::string_view detector) {
  for (const PublishedRate& rate : kPublishedRates) {
    if (rate.detector == detector) return rate.recoils_per_year;
  }
  return 0;
}

}  // namespace spillway::physics::ess
