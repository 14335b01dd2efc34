#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "daq/base/time.hpp"

namespace spillway::model {

enum class TruthKind : std::uint8_t {
  kCevns = 1,       ///< nuclear recoil of a neutrino
  kNueAr = 2,       ///< nu_e + 40Ar -> e- + 40K*
  kBackground = 3,  ///< steady background
  kMuon = 4,        ///< cosmic muon
};

/// One event that a simulation made. It travels beside the data into the files, and never into a decision.
struct TruthEvent {
  std::uint32_t detector = 0;  ///< index into Setup::detectors
  TruthKind kind = TruthKind::kBackground;
  bool signal = false;
  bool above_threshold = false;  ///< of the detector's nominal threshold
  Timestamp time;                ///< of the interaction
  std::uint64_t pulse_id = 0;    ///< of the beam pulse that caused it; 0: none
  double neutrino_mev = 0;       ///< energy of the neutrino; 0: none
  double energy_kev = 0;         ///< of the nuclear recoil, or visible energy where none recoils
  std::array<float, 3> position_mm{};
  friend bool operator==(const TruthEvent&, const TruthEvent&) = default;
};

}  // namespace spillway::model
