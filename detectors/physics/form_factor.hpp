#pragma once

namespace spillway::physics {

/// Nuclear form factor 3 j1(q R0) / (q R0) exp(-(q s)^2 / 2) of Helm, Phys. Rev. 104 (1956) 1466; 1 at q = 0.
class FormFactor {
 public:
  /// 1 at any momentum transfer.
  [[nodiscard]] static constexpr FormFactor point_like() { return {0, 0}; }

  /// Of a nucleus of root-mean-square radius R: R0^2 = 5/3 (R^2 - 3 s^2).
  [[nodiscard]] static FormFactor helm_of_rms_radius(double rms_radius_fm, double skin_fm = 0.9);

  /// R0^2 = c^2 + 7/3 pi^2 a^2 - 5 s^2, c = 1.23 A^(1/3) - 0.60 fm, a = 0.52 fm, s = 0.9 fm.
  /// Source: Lewin & Smith, Astropart. Phys. 6 (1996) 87, eq. 4.11.
  [[nodiscard]] static FormFactor lewin_smith(double mass_number);

  /// `momentum_mev` is |q| = sqrt(2 M T).
  [[nodiscard]] double operator()(double momentum_mev) const;

  [[nodiscard]] double radius_fm() const { return radius_fm_; }  ///< R0
  [[nodiscard]] double skin_fm() const { return skin_fm_; }      ///< s

 private:
  constexpr FormFactor(double radius_fm, double skin_fm) : radius_fm_(radius_fm), skin_fm_(skin_fm) {}
  double radius_fm_;
  double skin_fm_;
};

}  // namespace spillway::physics
