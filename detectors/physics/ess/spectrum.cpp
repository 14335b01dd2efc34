#include "detectors/physics/ess/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "detectors/physics/cevns.hpp"
#include "detectors/physics/quadrature.hpp"

namespace spillway::physics::ess {
namespace {

constexpr double kMev = 1e-3;  // of one keV
constexpr double kDutyFactor = 4e-2;
constexpr double kSigmasOfSmearing = 8;

/// Counts per keV_nr of true recoil energy, before acceptance.
struct Density {
  std::array<double, kFlavourCount> signal{};
  double magnetic = 0;
};

/// The integral of kernel times delayed spectrum over the neutrino's energy. Both kernels times both spectra are cubic
/// polynomials of the energy, so two points are exact; four leave room for another kernel.
template <typename Kernel>
double over_delayed(double (*spectrum)(double), double recoil_mev, double mass_mev, Kernel kernel) {
  static const GaussLegendre kRule(4);
  return kRule.integrate(min_energy_mev(recoil_mev, mass_mev), kDelayedEndPoint_mev,
                         [&](double energy) { return spectrum(energy) * kernel(energy, recoil_mev, mass_mev); });
}

class TrueSpectrum {
 public:
  TrueSpectrum(const Detector& detector, const Nucleus& nucleus, double years, double distance_m)
      : nucleus_(nucleus),
        form_factor_(detector.form_factor()),
        scale_(detector.mass_kg * nucleus.nuclei_per_kg() * years * kEss.flux_per_cm2_year(distance_m) * kMev) {
    charge_ = weak_charge(nucleus, kSin2ThetaW);
  }

  [[nodiscard]] Density operator()(double recoil_kevnr) const {
    const double recoil = recoil_kevnr * kMev;
    const double mass = nucleus_.mass_mev();
    const double form = charge_ * form_factor_(momentum_transfer_mev(recoil, mass));
    const double weak = scale_ * form * form;
    const double electric = scale_ * nucleus_.protons * nucleus_.protons;
    Density density;
    density.signal[index_of(Flavour::kNuMu)] = weak * cevns_kernel(kPromptEnergy_mev, recoil, mass);
    density.signal[index_of(Flavour::kNuE)] = weak * over_delayed(nu_e_spectrum, recoil, mass, cevns_kernel);
    density.signal[index_of(Flavour::kAntiNuMu)] = weak * over_delayed(anti_nu_mu_spectrum, recoil, mass, cevns_kernel);
    density.magnetic = electric * (magnetic_kernel(kPromptEnergy_mev, recoil, mass) +
                                   over_delayed(anti_nu_mu_spectrum, recoil, mass, magnetic_kernel));
    return density;
  }

  /// From `low` on, where the spectrum bends and ends: panels on which it is smooth, none wider than asked for.
  template <typename Width>
  [[nodiscard]] std::vector<double> panels(double low_kevnr, Width width) const {
    const double end = max_recoil_mev(kDelayedEndPoint_mev, nucleus_.mass_mev()) / kMev;
    const double bend = prompt_end_point_kevnr(nucleus_);
    std::vector<double> edges = {low_kevnr};
    while (edges.back() < end) {
      const double at = edges.back();
      const double next = std::min(at + width(at), end);
      edges.push_back(at < bend && next > bend ? bend : next);
    }
    return edges;
  }

 private:
  Nucleus nucleus_;
  FormFactor form_factor_;
  double charge_ = 0;
  double scale_ = 0;
};

void add(Bin& bin, const Density& density, double weight) {
  for (std::size_t flavour = 0; flavour < kFlavourCount; ++flavour) {
    bin.signal[flavour] += weight * density.signal[flavour];
  }
  bin.magnetic += weight * density.magnetic;
}

/// The standard normal distribution's integral up to x.
double normal_integral(double x) {
  return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

void count(const Detector& detector, const TrueSpectrum& spectrum, double acceptance, std::vector<Bin>& bins) {
  const auto width = [&](double recoil) {
    return detector.counts_only() ? recoil : std::min(recoil, detector.sigma_kevnr(recoil));
  };
  const std::vector<double> panels = spectrum.panels(detector.threshold_kevnr, width);
  const GaussLegendre& rule = gauss16();
  for (std::size_t panel = 0; panel + 1 < panels.size(); ++panel) {
    const double half = (panels[panel + 1] - panels[panel]) / 2;
    for (std::size_t i = 0; i < rule.nodes().size(); ++i) {
      const double recoil = panels[panel] + half * (1 + rule.nodes()[i]);
      const Density density = spectrum(recoil);
      const double weight = acceptance * half * rule.weights()[i];
      if (detector.counts_only()) {
        add(bins.front(), density, weight);
        continue;
      }
      const double sigma = detector.sigma_kevnr(recoil);
      for (Bin& bin : bins) {
        const double from = (bin.low_kevnr - recoil) / sigma;
        const double to = (bin.high_kevnr - recoil) / sigma;
        if (to < -kSigmasOfSmearing || from > kSigmasOfSmearing) continue;
        add(bin, density, weight * (normal_integral(to) - normal_integral(from)));
      }
    }
  }
}

}  // namespace

double Detector::sigma_kevnr(double recoil_kevnr) const {
  return resolution * std::sqrt(threshold_kevnr * recoil_kevnr);
}

double prompt_end_point_kevnr(const Nucleus& nucleus) {
  return max_recoil_mev(kPromptEnergy_mev, nucleus.mass_mev()) / kMev;
}

std::vector<Bin> empty_bins(const Detector& detector) {
  std::vector<Bin> bins;
  if (detector.counts_only()) {
    bins.push_back({.low_kevnr = detector.threshold_kevnr, .high_kevnr = detector.max_recoil_kevnr});
    return bins;
  }
  for (double low = detector.threshold_kevnr; low < detector.max_recoil_kevnr;) {
    // width = 2 sigma(low + width / 2), solved for the width.
    const double a = detector.resolution * detector.resolution * detector.threshold_kevnr;
    const double high = std::min(low + a + std::sqrt(a * a + 4 * a * low), detector.max_recoil_kevnr);
    bins.push_back({.low_kevnr = low, .high_kevnr = high});
    low = high;
  }
  return bins;
}

std::vector<Bin> expected_bins(const Detector& detector, const Exposure& exposure) {
  std::vector<Bin> bins = empty_bins(detector);
  const TrueSpectrum spectrum(detector, detector.nucleus, exposure.years, exposure.distance_m);
  count(detector, spectrum, exposure.acceptance, bins);
  const double days = exposure.years * kBeamHoursPerYear / 24;
  const double background = detector.background * detector.mass_kg * days * kDutyFactor * exposure.acceptance;
  for (Bin& bin : bins) {
    bin.background = background * (detector.counts_only() ? 1 : bin.high_kevnr - bin.low_kevnr);
  }
  return bins;
}

double recoils_per_year(const Detector& detector, double distance_m) {
  Detector counter = detector;
  counter.resolution = 0;
  if (detector.rate_mass_u > 0) counter.nucleus.mass_u = detector.rate_mass_u;
  std::vector<Bin> bins = empty_bins(counter);
  count(counter, TrueSpectrum(counter, counter.nucleus, 1, distance_m), 1, bins);
  return bins.front().total_signal();
}

}  // namespace spillway::physics::ess
