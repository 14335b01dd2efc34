#include "sim_front_end/lartpc/transport.hpp"

#include <algorithm>
#include <cassert>

namespace spillway::sim_front_end::lartpc {

namespace {

using detectors::lartpc::inside;
using std::numbers::pi;

constexpr double kElectronMass = 0.51099895;       // MeV
constexpr double kElectronRadius = 2.8179403e-13;  // cm
constexpr double kFineStructure = 1 / 137.035999;
constexpr double kZ = 18;
constexpr double kAtomsPerCm3 = detectors::lartpc::kDensity * 6.02214076e23 / 39.948;
constexpr double kRadiationLengthCm = 19.55 / detectors::lartpc::kDensity;

constexpr double kStepMm = 1;
constexpr double kStopMev = 0.05;   // electrons of less reach less than a twentieth of a millimetre
constexpr double kPhotonMev = 0.1;  // photons of less are absorbed within millimetres

class Shower {
 public:
  Shower(std::span<const Particle> particles, Draw& draw, std::vector<Deposit>& deposits)
      : draw_(draw), deposits_(deposits), left_(particles.begin(), particles.end()) {}

  double follow() {
    while (!left_.empty()) {
      const Particle next = left_.back();
      left_.pop_back();
      next.kind == ParticleKind::kPhoton ? follow_photon(next) : follow_electron(next);
    }
    return escaped_;
  }

 private:
  void follow_electron(Particle e) {
    while (inside(e.at)) {
      const double loss = electron_loss_per_cm(e.mev);
      const double step_mm = std::min(kStepMm, 10 * e.mev / loss);
      const double lost = loss * step_mm / 10;
      if (e.mev <= kStopMev || lost >= e.mev) {
        if (e.mev > 0) deposits_.push_back({e.at, e.mev, loss});
        if (e.kind == ParticleKind::kPositron) annihilate(e.at);
        return;
      }
      deposits_.push_back({moved(e.at, e.direction, step_mm / 2), lost, loss});
      e.at = moved(e.at, e.direction, step_mm);
      e.mev -= lost;
      radiate(e, step_mm / 10 / kRadiationLengthCm);
      scatter(e, step_mm / 10 / kRadiationLengthCm);
    }
    escaped_ += e.mev + (e.kind == ParticleKind::kPositron ? 2 * kElectronMass : 0);
  }

  void radiate(Particle& e, double radiation_lengths) {
    if (e.mev <= kPhotonMev) return;
    const double total = e.mev + kElectronMass;
    const double log_range = std::log(e.mev / kPhotonMev);
    // The integral of (4/3 - 4/3 y + y^2) / k over k, y = k / total.
    const double photons = 4.0 / 3 * (log_range - (e.mev - kPhotonMev) / total) +
                           (e.mev * e.mev - kPhotonMev * kPhotonMev) / (2 * total * total);
    if (draw_.uniform() >= radiation_lengths * photons) return;
    for (;;) {
      const double k = kPhotonMev * std::exp(log_range * draw_.uniform());
      const double y = k / total;
      if (draw_.uniform() >= 1 - y + 0.75 * y * y) continue;
      left_.push_back({ParticleKind::kPhoton, e.at, e.direction, k});
      e.mev -= k;
      return;
    }
  }

  void scatter(Particle& e, double radiation_lengths) {
    const double total = e.mev + kElectronMass;
    const double beta_momentum = e.mev * (e.mev + 2 * kElectronMass) / total;
    if (beta_momentum <= 0) return;
    const double plane_angle =
        13.6 / beta_momentum * std::sqrt(radiation_lengths) * (1 + 0.038 * std::log(std::max(radiation_lengths, 1e-3)));
    const double angle = plane_angle * std::sqrt(2 * exponential(draw_));
    e.direction = turned(e.direction, std::cos(std::min(angle, pi)), any_azimuth(draw_));
  }

  void annihilate(const Point& at) {
    const Direction d = isotropic(draw_);
    left_.push_back({ParticleKind::kPhoton, at, d, kElectronMass});
    left_.push_back({ParticleKind::kPhoton, at, {-d.x, -d.y, -d.z}, kElectronMass});
  }

  void follow_photon(Particle photon) {
    while (photon.mev > kPhotonMev) {
      const double compton = compton_per_cm(photon.mev);
      const double pairs = pairs_per_cm(photon.mev);
      photon.at = moved(photon.at, photon.direction, 10 * exponential(draw_) / (compton + pairs));
      if (!inside(photon.at)) {
        escaped_ += photon.mev;
        return;
      }
      if (draw_.uniform() * (compton + pairs) < pairs) {
        make_pair(photon);
        return;
      }
      scatter_photon(photon);
    }
    deposits_.push_back({photon.at, photon.mev, electron_loss_per_cm(photon.mev)});
  }

  void make_pair(const Particle& photon) {
    const double kinetic = photon.mev - 2 * kElectronMass;
    const double share = draw_.uniform();
    left_.push_back({ParticleKind::kElectron, photon.at, photon.direction, kinetic * share});
    left_.push_back({ParticleKind::kPositron, photon.at, photon.direction, kinetic * (1 - share)});
  }

  /// Klein and Nishina, sampled by composition and rejection (Butcher and Messel, Nucl. Phys. 20 (1960) 15).
  void scatter_photon(Particle& photon) {
    const double k = photon.mev / kElectronMass;
    const double least = 1 / (1 + 2 * k);
    const double weight_inverse = std::log(1 / least);
    const double weight_linear = (1 - least * least) / 2;
    double ratio = 0;
    double one_minus_cos = 0;
    for (;;) {
      const bool inverse = draw_.uniform() * (weight_inverse + weight_linear) < weight_inverse;
      const double u = draw_.uniform();
      ratio = inverse ? std::exp(-weight_inverse * u) : std::sqrt(least * least + (1 - least * least) * u);
      one_minus_cos = (1 / ratio - 1) / k;
      const double sin2 = one_minus_cos * (2 - one_minus_cos);
      if (draw_.uniform() < 1 - ratio * sin2 / (1 + ratio * ratio)) break;
    }
    const double before = photon.mev;
    const double after = before * ratio;
    const double azimuth = any_azimuth(draw_);
    const Direction axis = photon.direction;
    const double cos_photon = 1 - one_minus_cos;
    photon.mev = after;
    photon.direction = turned(axis, cos_photon, azimuth);
    const double along = before - after * cos_photon;
    const double across = after * std::sqrt(std::max(0.0, 1 - cos_photon * cos_photon));
    const double momentum = std::hypot(along, across);
    const Direction recoil = momentum > 0 ? turned(axis, along / momentum, azimuth + pi) : axis;
    left_.push_back({ParticleKind::kElectron, photon.at, recoil, before - after});
  }

  Draw& draw_;
  std::vector<Deposit>& deposits_;
  std::vector<Particle> left_;
  double escaped_ = 0;
};

}  // namespace

double electron_loss_per_cm(double kinetic_mev) {
  const double total = std::max(kinetic_mev, 0.01) + kElectronMass;
  const double beta2 = 1 - kElectronMass * kElectronMass / (total * total);
  return kMinimumLossPerCm / beta2;
}

double compton_per_cm(double photon_mev) {
  const double k = photon_mev / kElectronMass;
  const double l = std::log(1 + 2 * k);
  const double sigma = 2 * pi * kElectronRadius * kElectronRadius *
                       ((1 + k) / (k * k) * (2 * (1 + k) / (1 + 2 * k) - l / k) + l / (2 * k) -
                        (1 + 3 * k) / ((1 + 2 * k) * (1 + 2 * k)));
  return kAtomsPerCm3 * kZ * sigma;
}

double pairs_per_cm(double photon_mev) {
  constexpr double kZeta3 = 1.2020569;
  const double k = photon_mev / kElectronMass;
  if (k <= 2) return 0;
  double shape = 0;
  if (k < 4) {
    const double e = (2 * k - 4) / (2 + k + 2 * std::sqrt(2 * k));
    shape = 2 * pi / 3 * std::pow((k - 2) / k, 3) *
            (1 + e * (1.0 / 2 + e * (23.0 / 40 + e * (11.0 / 60 + e * 29.0 / 960))));
  } else {
    const double l = std::log(2 * k);
    const double s = 4 / (k * k);
    shape = 28.0 / 9 * l - 218.0 / 27 +
            s * (6 * l - 7.0 / 2 + 2.0 / 3 * l * l * l - l * l - pi * pi / 3 * l + 2 * kZeta3 + pi * pi / 6) -
            s * s * (3.0 / 16 * l + 1.0 / 8) - s * s * s * (29.0 / (9 * 256) * l - 77.0 / (27 * 512));
  }
  const double sigma = kFineStructure * kElectronRadius * kElectronRadius * kZ * (kZ + 1) * shape;
  return std::min(kAtomsPerCm3 * sigma, 7.0 / 9 / kRadiationLengthCm);
}

double transport(std::span<const Particle> particles, Draw& draw, std::vector<Deposit>& deposits) {
  return Shower(particles, draw, deposits).follow();
}

}  // namespace spillway::sim_front_end::lartpc
