#include "sim_front_end/lartpc/events.hpp"

#include <algorithm>
#include <cmath>

#include "detectors/physics/argon_cross_sections.hpp"
#include "detectors/physics/kaon_decay_at_rest.hpp"
#include "detectors/physics/level/beam_dump.hpp"
#include "detectors/physics/pion_decay_at_rest.hpp"

namespace spillway::sim_front_end::lartpc {

namespace {

using namespace detectors::lartpc;

std::array<float, 3> position_of(const Point& p) {
  return {static_cast<float>(p.x), static_cast<float>(p.y), static_cast<float>(p.z)};
}

double visible_mev(const std::vector<Deposit>& deposits) {
  double sum = 0;
  for (const Deposit& deposit : deposits) sum += deposit.mev;
  return sum;
}

}  // namespace

EnergyTable nue_argon_energies() {
  constexpr double kStepMev = 0.1;
  constexpr double kKe3PerPion = physics::level::kStoppedKaonsPerPion * physics::kKe3BranchingRatio;
  std::vector<double> energies;
  std::vector<double> density;
  for (double e = 5; e < physics::kKe3EndPoint_mev; e += kStepMev) {
    const double flux = physics::nu_e_spectrum(e) + kKe3PerPion * physics::ke3_spectrum(e);
    energies.push_back(e);
    density.push_back(flux * physics::interpolate(physics::nu_e_argon_table(), e));
  }
  return {std::move(energies), density};
}

Point any_fiducial_point(Draw& draw) {
  const auto between = [&](double low, double high) {
    return low + kFiducialMarginMm + (high - low - 2 * kFiducialMarginMm) * draw.uniform();
  };
  const double x = between(-kDriftMm, kDriftMm);
  const double y = between(-kHalfHeightMm, kHalfHeightMm);
  return {x, y, between(0, kLengthMm)};
}

Interaction nue_argon_at(const Point& vertex, double neutrino_mev, Draw& draw) {
  const NueArgonEvent event = draw_nue_argon(neutrino_mev, draw);
  std::vector<Particle> particles = {
      {ParticleKind::kElectron, vertex, turned({}, event.electron_cos, any_azimuth(draw)), event.electron_mev}};
  for (const double gamma : event.gammas_mev) {
    particles.push_back({ParticleKind::kPhoton, vertex, isotropic(draw), gamma});
  }
  Interaction made;
  transport(particles, draw, made.deposits);
  made.truth.kind = model::TruthKind::kNueAr;
  made.truth.signal = true;
  made.truth.neutrino_mev = neutrino_mev;
  made.truth.energy_kev = 1000 * visible_mev(made.deposits);
  made.truth.above_threshold = made.truth.energy_kev >= 1000 * kNominalThresholdMev;
  made.truth.position_mm = position_of(vertex);
  return made;
}

EventGenerator::EventGenerator(std::uint64_t seed, std::string detector, Timestamp epoch, const EventRates& rates)
    : seed_(seed),
      detector_(std::move(detector)),
      epoch_(epoch),
      rates_(rates),
      neutrinos_(nue_argon_energies()),
      betas_(argon39_spectrum()) {}

void EventGenerator::signals(const model::Pulse& pulse, std::vector<Interaction>& out) const {
  Draw draw(hash_key(seed_, detector_ + "/nue_argon", pulse.id));
  const std::uint64_t count = draw.poisson(rates_.signals_per_proton * pulse.protons);
  const auto length = static_cast<double>(pulse.time.length().ns);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Timestamp time = pulse.time.begin + Duration{static_cast<std::int64_t>(length * draw.uniform())};
    const Point vertex = any_fiducial_point(draw);
    const double neutrino_mev = neutrinos_.draw(draw);
    Interaction made = nue_argon_at(vertex, neutrino_mev, draw);
    made.truth.time = time;
    made.truth.pulse_id = pulse.id;
    out.push_back(std::move(made));
  }
}

template <typename MakeOne>
void EventGenerator::in_blocks(Interval span, Duration block, double rate_hz, std::string_view what,
                               const MakeOne& make_one) const {
  if (rate_hz <= 0 || span.end <= span.begin) return;
  const auto index_of = [&](Timestamp t) { return std::max<std::int64_t>((t - epoch_).ns, 0) / block.ns; };
  const std::string owner = detector_ + "/" + std::string(what);
  for (std::int64_t b = index_of(span.begin); b <= index_of(span.end); ++b) {
    Draw block_draw(hash_key(seed_, owner, static_cast<std::uint64_t>(b)));
    const std::uint64_t count = block_draw.poisson(rate_hz * block.seconds());
    for (std::uint64_t i = 0; i < count; ++i) {
      Draw draw(block_draw());
      const auto offset = static_cast<std::int64_t>(static_cast<double>(block.ns) * draw.uniform());
      const Timestamp time = epoch_ + Duration{b * block.ns + offset};
      if (time >= span.begin && time < span.end) make_one(time, draw);
    }
  }
}

void EventGenerator::muons(Interval span, bool with_deposits, std::vector<Interaction>& out) const {
  in_blocks(span, milliseconds(1), rates_.muons_hz, "muons", [&](Timestamp time, Draw& draw) {
    const MuonTrack track = draw_muon(draw);
    Interaction made;
    made.truth.kind = model::TruthKind::kMuon;
    made.truth.time = time;
    made.truth.energy_kev = 100 * kMinimumLossPerCm * track.length_mm;
    made.truth.position_mm = position_of(track.entry);
    if (with_deposits) ionise(track, draw, made.deposits);
    out.push_back(std::move(made));
  });
}

void EventGenerator::argon39(Interval span, std::vector<Interaction>& out) const {
  in_blocks(span, microseconds(100), rates_.argon39_hz, "39Ar", [&](Timestamp time, Draw& draw) {
    const auto between = [&](double low, double high) { return low + (high - low) * draw.uniform(); };
    const double x = between(-kDriftMm, kDriftMm);
    const double y = between(-kHalfHeightMm, kHalfHeightMm);
    const Point at{x, y, between(0, kLengthMm)};
    const double mev = betas_.draw(draw);
    Interaction made;
    made.truth.time = time;
    made.deposits.push_back({at, mev, electron_loss_per_cm(mev / 2)});
    out.push_back(std::move(made));
  });
}

}  // namespace spillway::sim_front_end::lartpc
