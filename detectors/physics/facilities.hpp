#pragma once

#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

namespace spillway::physics {

/// A source of neutrinos from pions that decay at rest.
struct Facility {
  std::string_view name;
  std::string_view meaning;
  double average_power_mw = 0;  ///< over the time in which it is scheduled to run
  double proton_energy_gev = 0;
  double pulses_per_second = 0;
  double pulse_us = 0;              ///< length of the proton pulse
  double counting_us = 0;           ///< length of the window in which its neutrinos are counted
  double pot_per_year = 0;          ///< protons on target
  double neutrinos_per_proton = 0;  ///< of each of nu_mu, nu_e, anti-nu_mu; 0 where no source gives it

  /// Part of the time in which a detector counts.
  [[nodiscard]] constexpr double duty_factor() const { return pulses_per_second * counting_us * 1e-6; }

  /// Time without beam over time with beam (Kelly et al., LEvEL, Fig. 2).
  [[nodiscard]] constexpr double background_rejection() const {
    const double on = pulses_per_second * pulse_us * 1e-6;
    return (1 - on) / on;
  }

  /// Figures of merit of the same figure, in arbitrary units: the signal goes with the average power, a steady
  /// background with the part of the time that has beam.
  [[nodiscard]] constexpr double signal_to_background() const { return average_power_mw * background_rejection(); }
  [[nodiscard]] double signal_to_root_background() const {
    return average_power_mw * std::sqrt(background_rejection());
  }

  /// Neutrinos of one flavour per year.
  [[nodiscard]] constexpr double neutrinos_per_year() const { return pot_per_year * neutrinos_per_proton; }

  /// Neutrinos of one flavour per cm^2 and year at a distance from a point-like, isotropic source.
  [[nodiscard]] constexpr double flux_per_cm2_year(double distance_m) const {
    const double distance_cm = 100 * distance_m;
    return neutrinos_per_year() / (4 * std::numbers::pi * distance_cm * distance_cm);
  }
};

// Baxter et al., JHEP 02 (2020) 123, section 2: 5000 h a year. Its 8.5e22 neutrinos per flavour and year are what all
// its numbers rest on, though 2.8e23 protons times 0.3 would be 8.4e22; the protons here follow the neutrinos.
inline constexpr Facility kEss{"ess", "European Spallation Source", 5, 2, 14, 2800, 2800, 8.5e22 / 0.3, 0.3};
inline constexpr Facility kEss28{"ess28", "the same, 28 Hz upgrade", 10, 2, 28, 2800, 2800, 2 * 8.5e22 / 0.3, 0.3};
inline constexpr Facility kSns{"sns", "Spallation Neutron Source", 1, 0.94, 60, 1, 10, 9.2e21 / 0.08, 0.08};

// Kelly et al., LEvEL (arXiv:2104.12785), section 2: two dumps a day, 200 days a year, 2760 bunches of 1.1e11 protons
// in 86 us.
inline constexpr double kLhcDumpsPerYear = 400;
inline constexpr double kLhcProtonsPerDump = 2760 * 1.1e11;
inline constexpr Facility kLhcDump{
    "lhc_dump", "LHC beam dump", 7.9e-3, 7000, 2.0 / 86400, 86, 86, kLhcDumpsPerYear* kLhcProtonsPerDump, 365};

// The other stopped-pion sources of that figure, in round numbers, from what its caption cites; no neutrino yield.
inline constexpr std::array kFacilities = {
    kEss,
    kEss28,
    kSns,
    kLhcDump,
    // arXiv:1705.08629
    Facility{"mlf", "J-PARC Materials and Life Science Facility", 1, 3, 25, 0.2, 10, 3.8e22, 0},
    // Nucl. Instrum. Meth. A 600 (2009) 10
    Facility{"csns", "China Spallation Neutron Source", 0.1, 1.6, 25, 0.4, 10, 0, 0},
    // Nucl. Instrum. Meth. A 368 (1996) 416
    Facility{"isis", "ISIS Neutron and Muon Source", 0.16, 0.8, 50, 0.3, 10, 0, 0},
    // Nucl. Instrum. Meth. A 388 (1997) 149
    Facility{"lampf", "Los Alamos, as LSND used it", 0.8, 0.8, 120, 600, 600, 0, 0},
    // Phys. Rev. D 79 (2009) 072002
    Facility{"bnb", "Booster Neutrino Beam", 0.032, 8, 5, 1.6, 10, 0, 0},
    // J. Hylen, NuMI 700 kW operation, NBI 2017
    Facility{"numi", "Neutrinos at the Main Injector", 0.7, 120, 0.75, 9.6, 20, 0, 0},
    // arXiv:1006.0260
    Facility{"daedalus", "DAEdALUS, near cyclotron (proposed)", 1, 0.8, 2000, 100, 100, 0, 0},
};

}  // namespace spillway::physics
