#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "daq/model/primitive.hpp"
#include "detectors/lartpc/finder_state.hpp"
#include "detectors/lartpc/isa.hpp"
#include "detectors/lartpc/wibeth.hpp"

namespace spillway::detectors::lartpc {

inline constexpr std::size_t kPlanes = 3;

/// How the channels of a wire plane are searched.
struct PlaneSettings {
  std::int16_t threshold_adc = 60;  ///< a sample counts where it is strictly above, 0 to 32767
  std::int16_t limit = 10;  ///< of the accumulators, 1 to 32766: so many more samples above than below move a median
  std::int16_t memory = 8;  ///< tenths of the running sum that are kept, 0 to 10
  std::int16_t scale = 5;   ///< tenths of a sample that are added to it, 0 to 10
};

struct FinderSettings {
  Chain chain = Chain::kThreshold;
  std::array<PlaneSettings, kPlanes> planes = {};
  std::array<std::uint8_t, kChannels> plane_of = {};  ///< 0 to 2, by channel
  std::uint64_t masked = 0;                           ///< bit c: channel c finds nothing
};

/// Every channel gives at most a hit for every other sample, and a gap closes at most one of each.
inline constexpr std::size_t kMaxHitsPerFrame = kChannels * (kSamples / 2 + 1);
using HitBuffer = std::span<Hit, kMaxHitsPerFrame>;

/// Finds hits in the frames of one link, which come in the order of time.
///
/// Each channel follows its pedestal with a frugal median that starts from the median of its first 64 samples: the sign
/// of each sample's distance is summed, and where the sum passes the limit the median moves by one and the sum starts
/// anew. Samples above pedestal by more than the threshold make a hit, which ends with the first that is not, with an
/// integral of 65535, or with a gap. The running-sum chains search not the samples but a leaky sum of them (of their
/// magnitudes), from which a second frugal median is subtracted. All in 16-bit integers, so that every path gives the
/// same hits.
///
/// Source: DUNE-DAQ/tpglibs (FrugalPedestalSubtract, AbsRunSum, Threshold), whose pedestals start from full scale;
/// frugal medians: Ma, Muthukrishnan, Sandler, arXiv:1407.1121.
class HitFinder {
 public:
  /// Throws Error for settings outside of their ranges, and for instructions that this processor has not.
  explicit HitFinder(const FinderSettings& settings, Isa isa = best_isa());

  /// Writes the hits that end in this frame or in a gap before it to the begin of `out`, in the order in which they
  /// end, those of one tick by channel; returns how many.
  std::size_t find(const WibEthView& frame, HitBuffer out) noexcept;
  /// Ends all open hits, as a gap does: there will be no more data. Returns how many.
  std::size_t close(HitBuffer out) noexcept;
  /// After close(): what comes next is searched as if nothing had been before.
  void start_anew() noexcept;

  /// Ticks at which the earliest open hit begins; none where none is open.
  [[nodiscard]] std::optional<std::uint64_t> open_since() const noexcept;
  /// How often a frame was not the continuation of the one before it.
  [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }
  /// In ADC counts; 0 before the first frame.
  [[nodiscard]] std::int16_t pedestal(std::size_t channel) const noexcept { return state_.pedestal[channel]; }

 private:
  FinderState state_;
  FinderKernel kernel_;
  std::uint64_t next_tick_ = 0;
  std::uint64_t gaps_ = 0;
  bool begun_ = false;
};

/// What travels to the trigger; channel within the link.
[[nodiscard]] model::Primitive to_primitive(const Hit& hit, const ClockSegment& clock);

}  // namespace spillway::detectors::lartpc
