#include "detectors/physics/argon_cross_sections.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace spillway::physics {
namespace {

constexpr std::array<CrossSectionRow, 44> kNuE = {
    {{5, 4.13e-43},    {6, 7.234e-43},    {7, 1.162e-42},   {8, 1.818e-42},    {9, 2.754e-42},   {10, 4.008e-42},
     {12, 7.838e-42},  {14, 1.442e-41},   {16, 2.362e-41},  {18, 3.513e-41},   {20, 4.918e-41},  {22.5, 7.057e-41},
     {25, 9.62e-41},   {27.5, 1.263e-40}, {30, 1.617e-40},  {32.5, 2.031e-40}, {35, 2.513e-40},  {37.5, 3.07e-40},
     {40, 3.71e-40},   {42.5, 4.443e-40}, {45, 5.28e-40},   {47.5, 6.229e-40}, {50, 7.293e-40},  {52.5, 8.474e-40},
     {55, 9.772e-40},  {60, 1.273e-39},   {65, 1.615e-39},  {70, 2.005e-39},   {75, 2.448e-39},  {80, 2.924e-39},
     {85, 3.435e-39},  {90, 3.989e-39},   {95, 4.58e-39},   {100, 5.209e-39},  {110, 6.57e-39},  {120, 8.058e-39},
     {130, 9.658e-39}, {140, 1.135e-38},  {150, 1.313e-38}, {160, 1.497e-38},  {170, 1.685e-38}, {180, 1.876e-38},
     {190, 2.068e-38}, {199, 2.241e-38}}};

constexpr std::array<CrossSectionRow, 27> kAntiNuE = {
    {{16, 1.018e-44},  {18, 2.227e-43},   {20, 4.809e-43}, {22.5, 1.056e-42}, {25, 2.041e-42},  {27.5, 3.622e-42},
     {30, 5.882e-42},  {32.5, 9.123e-42}, {35, 1.33e-41},  {37.5, 1.889e-41}, {40, 2.564e-41},  {42.5, 3.385e-41},
     {45, 4.395e-41},  {47.5, 5.54e-41},  {50, 6.856e-41}, {52.5, 8.37e-41},  {55, 1.004e-40},  {60, 1.397e-40},
     {70, 2.387e-40},  {80, 3.704e-40},   {90, 5.33e-40},  {100, 7.261e-40},  {120, 1.199e-39}, {140, 1.777e-39},
     {160, 2.445e-39}, {180, 3.184e-39},  {199, 3.934e-39}}};

constexpr std::array<CrossSectionRow, 23> kNeutralCurrent = {
    {{10, 1.931e-46},  {12, 1.642e-44},  {14, 5.875e-44},  {16, 1.272e-43},  {18, 2.217e-43}, {20, 3.424e-43},
     {25, 7.582e-43},  {30, 1.337e-42},  {35, 2.079e-42},  {40, 2.985e-42},  {45, 4.053e-42}, {50, 5.285e-42},
     {55, 6.679e-42},  {60, 8.237e-42},  {70, 1.184e-41},  {80, 1.61e-41},   {90, 2.101e-41}, {100, 2.657e-41},
     {120, 3.966e-41}, {140, 5.535e-41}, {160, 7.366e-41}, {180, 9.457e-41}, {199, 1.169e-40}}};

}  // namespace

std::span<const CrossSectionRow> nu_e_argon_table() {
  return kNuE;
}

std::span<const CrossSectionRow> anti_nu_e_argon_table() {
  return kAntiNuE;
}

std::span<const CrossSectionRow> neutral_current_argon_table() {
  return kNeutralCurrent;
}

double interpolate(std::span<const CrossSectionRow> table, double energy_mev) {
  if (!(energy_mev >= table.front().energy_mev)) return 0;
  if (energy_mev >= table.back().energy_mev) return table.back().cm2;
  const auto above =
      std::upper_bound(table.begin(), table.end(), energy_mev,
                       [](double energy, const CrossSectionRow& row) { return energy < row.energy_mev; });
  const CrossSectionRow& b = *above;
  const CrossSectionRow& a = *(above - 1);
  const double power = std::log(b.cm2 / a.cm2) / std::log(b.energy_mev / a.energy_mev);
  return a.cm2 * std::pow(energy_mev / a.energy_mev, power);
}

double tilt(double normalisation, double gamma, double energy_mev) {
  return normalisation * std::pow(energy_mev / kTiltReference_mev, gamma);
}

}  // namespace spillway::physics
