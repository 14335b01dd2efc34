#pragma once

#include <cstdint>
#include <vector>

#include "daq/model/digital_line.hpp"
#include "daq/model/gate_train.hpp"

namespace spillway::model {

/// More gates are never put into one train, so that nobody has to believe in a longer one.
inline constexpr std::uint64_t kMostInTrain = 1U << 20U;
/// Shorter trains would be larger than what they stand for.
inline constexpr std::uint64_t kShortestTrain = 8;

/// Trains of several kinds of gate that take turns: gate j is the (j / trains)th of train j % trains. Off-gates stand
/// between on-gates in this way.
struct InterleavedTrains {
  std::vector<GateTrain> trains;
  friend bool operator==(const InterleavedTrains&, const InterleavedTrains&) = default;

  [[nodiscard]] std::uint64_t count() const;
  /// Gate j < count().
  [[nodiscard]] Gate gate(std::uint64_t j) const { return trains[j % trains.size()].gate(j / trains.size()); }
  /// True where the trains' counts let them take turns, and each is possible: what came from elsewhere must be asked.
  [[nodiscard]] bool sane() const;
  /// Calls `function(gate)` for each gate in turn, without a division for each.
  template <typename Function>
  void for_each(Function&& function) const {
    std::vector<TrainCursor> cursors(trains.begin(), trains.end());
    const std::uint64_t all = count();
    std::size_t turn = 0;
    for (std::uint64_t j = 0; j < all; ++j) {
      function(cursors[turn].gate());
      cursors[turn].step();
      if (++turn == cursors.size()) turn = 0;
    }
  }
};

/// Folds gates, given one by one, into trains that take turns, wherever they are exactly that. The period is found from
/// the gates alone.
class GateFolder {
 public:
  /// False, and nothing changes, where the gate does not continue those before it.
  bool extend(const Gate& gate);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// All gates since the last clear().
  [[nodiscard]] InterleavedTrains trains() const;
  void clear();

 private:
  struct Lane {
    Gate first;
    DigitalLine line;
  };
  std::vector<Lane> lanes_;
  bool repeats_ = false;  ///< the first kind has come again: their turns are known
  std::uint64_t count_ = 0;
};

/// The gates of one detector in the order of its decisions, in a memory that grows with what is irregular about them
/// and not with their number.
class GateLog {
 public:
  struct Stretch {
    Duration pre, post;  ///< the readout window is the gate with these added
    InterleavedTrains gates;
    /// Calls `function(gate, window)` for each gate in turn.
    template <typename Function>
    void for_each(Function&& function) const {
      gates.for_each([&](const Gate& gate) { function(gate, Interval{gate.time.begin - pre, gate.time.end + post}); });
    }
  };

  void add(const Gate& gate, Interval window);

  [[nodiscard]] std::vector<Stretch> stretches() const;
  /// Calls `function(gate, window)` for each gate in the order in which they were added.
  template <typename Function>
  void for_each(Function&& function) const {
    for (const Stretch& stretch : folded_) stretch.for_each(function);
    if (open_.count() > 0) Stretch{pre_, post_, open_.trains()}.for_each(function);
  }

 private:
  std::vector<Stretch> folded_;
  GateFolder open_;
  Duration pre_, post_;  ///< of what is open
};

}  // namespace spillway::model
