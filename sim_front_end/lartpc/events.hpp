#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daq/base/time.hpp"
#include "daq/model/pulse.hpp"
#include "daq/model/truth.hpp"
#include "sim_front_end/lartpc/backgrounds.hpp"

namespace spillway::sim_front_end::lartpc {

/// How often what happens; rates with their scales in them.
struct EventRates {
  double signals_per_proton = 1.6 / 3.036e14;
  double muons_hz = 270;
  double argon39_hz = 1.1e5;  ///< of the active volume
};

/// An interaction and what it leaves in the active volume.
struct Interaction {
  model::TruthEvent truth;  ///< but for its detector
  std::vector<Deposit> deposits;
};

/// nu_e-argon events count as above threshold from this visible energy on.
inline constexpr double kNominalThresholdMev = 5;

/// Events per MeV of nu_e on argon at the beam dump, from muon and Ke3 decays at rest; not normalised.
[[nodiscard]] EnergyTable nue_argon_energies();

/// Draws a nu_e-argon event at this point, the neutrino along the chamber: electron and gammas, transported.
[[nodiscard]] Interaction nue_argon_at(const Point& vertex, double neutrino_mev, Draw& draw);
/// Uniform in the fiducial 100 t.
[[nodiscard]] Point any_fiducial_point(Draw& draw);

/// What happens in the chamber, as a function of seed and data time: signals of a pulse are drawn from its id, the
/// background from blocks of data time since the epoch.
class EventGenerator {
 public:
  EventGenerator(std::uint64_t seed, std::string detector, Timestamp epoch, const EventRates& rates);

  /// Appends the pulse's nu_e-argon events, uniform in it, Poisson in number.
  void signals(const model::Pulse& pulse, std::vector<Interaction>& out) const;
  /// Appends cosmic muons in [span.begin, span.end), without what they leave where `with_deposits` is false.
  void muons(Interval span, bool with_deposits, std::vector<Interaction>& out) const;
  /// Appends 39Ar decays: one deposit each, no truth but the time.
  void argon39(Interval span, std::vector<Interaction>& out) const;

 private:
  template <typename MakeOne>
  void in_blocks(Interval span, Duration block, double rate_hz, std::string_view what, const MakeOne& make_one) const;

  std::uint64_t seed_;
  std::string detector_;
  Timestamp epoch_;
  EventRates rates_;
  EnergyTable neutrinos_;
  EnergyTable betas_;
};

}  // namespace spillway::sim_front_end::lartpc
