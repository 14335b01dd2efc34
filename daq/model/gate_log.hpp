#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "daq/model/digital_line.hpp"
#include "daq/model/gate_train.hpp"

namespace spillway::model {

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
  };

  void add(const Gate& gate, Interval window);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::vector<Stretch> stretches() const;
  /// Calls `function(gate, window)` for each gate in the order in which they were added.
  template <typename Function>
  void for_each(Function&& function) const {
    const auto walk = [&function](const Stretch& stretch) {
      stretch.gates.for_each([&](const Gate& gate) {
        function(gate, Interval{gate.time.begin - stretch.pre, gate.time.end + stretch.post});
      });
    };
    for (const Stretch& stretch : folded_) walk(stretch);
    if (open_.count() > 0) walk({pre_, post_, open_.trains()});
  }

 private:
  std::vector<Stretch> folded_;
  GateFolder open_;
  Duration pre_, post_;  ///< of what is open
  std::uint64_t count_ = 0;
};

}  // namespace spillway::model
