#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace spillway::physics::level {

/// A 1 sigma uncertainty that the paper prints.
struct PublishedWidth {
  std::string_view fit;
  std::string_view parameter;
  double exposure_ton_years = 0;
  double distance_m = 0;
  bool systematics = false;
  double half_width = 0;
  std::string_view printed;
};

/// Kelly et al., LEvEL (arXiv:2104.12785), table 2, section 4.2.3 with its footnote 10, and appendix B.
inline constexpr std::array kPublishedWidths = {
    PublishedWidth{"nue_ar", "R", 100, 15, false, 0.04, "±4 %"},
    PublishedWidth{"nue_ar", "R", 3000, 15, false, 0.01, "±1 % (one digit)"},
    PublishedWidth{"nue_ar", "gamma", 100, 15, false, 0.09, "±0.09"},
    PublishedWidth{"nue_ar", "gamma", 3000, 15, false, 0.02, "±0.02 (one digit)"},
    PublishedWidth{"nue_ar", "R", 100, 15, true, 0.065, "0.94 ... 1.07"},
    PublishedWidth{"nue_ar", "R", 3000, 15, true, 0.05, "±5 %"},
    PublishedWidth{"nue_ar", "gamma", 100, 15, true, 0.10, "±0.10"},
    PublishedWidth{"nue_ar", "gamma", 3000, 15, true, 0.03, "±0.03"},
    PublishedWidth{"cevns_norm", "R", 1, 15, true, 0.17, "±17 %"},
    PublishedWidth{"cevns_norm", "R", 30, 15, true, 0.060, "±6.0 %"},
    PublishedWidth{"cevns_norm", "R", 1, 15, false, 0.16, "±16 %"},
    PublishedWidth{"cevns_norm", "R", 30, 15, false, 0.029, "±2.9 %"},
    PublishedWidth{"cevns_norm", "R", 1, 18, true, 0.16, "±16 %"},
    PublishedWidth{"cevns_norm", "R", 30, 18, true, 0.060, "±6.0 %"},
    PublishedWidth{"cevns_norm", "R", 1, 18, false, 0.15, "±15 %"},
    PublishedWidth{"cevns_norm", "R", 30, 18, false, 0.027, "±2.7 %"},
};

[[nodiscard]] constexpr std::optional<PublishedWidth> published_width(std::string_view fit, std::string_view parameter,
                                                                      double exposure_ton_years, double distance_m,
                                                                      bool systematics) {
  for (const PublishedWidth& width : kPublishedWidths) {
    if (width.fit == fit && width.parameter == parameter && width.exposure_ton_years == exposure_ton_years &&
        width.distance_m == distance_m && width.systematics == systematics) {
      return width;
    }
  }
  return std::nullopt;
}

}  // namespace spillway::physics::level
