#pragma once

#include <cstdint>

#include "daq/model/gate.hpp"

namespace spillway::model {

/// A run of equally spaced gates: gate k begins at first + floor((phase + k * period_num) / period_den) ns. It means
/// exactly its expansion; ids, live time and digest are those of the single gates.
struct GateTrain {
  GateKind kind = GateKind::kOn;
  Timestamp first;
  std::uint64_t period_num = 0;  ///< ns, numerator; 14 Hz: 1'000'000'000 / 14
  std::uint64_t period_den = 1;
  std::uint64_t count = 0;
  Duration length;
  std::uint64_t first_index = 0;
  std::uint64_t first_pulse_id = 0;  ///< gate k stands for pulse first_pulse_id + k
  double protons = 0;                ///< of each gate
  std::uint64_t phase = 0;           ///< < period_den; the fraction of a ns by which gate 0 begins behind `first`
  friend bool operator==(const GateTrain&, const GateTrain&) = default;

  /// Gate k < count. The sum phase + k * period_num is taken in 128 bits.
  [[nodiscard]] Gate gate(std::uint64_t k) const;
};

/// True where the train has gates, of a kind that there is, and its numbers are possible: what came from elsewhere must
/// be asked.
[[nodiscard]] bool is_sane(const GateTrain& train);

/// Walks along a train, gate by gate.
class TrainCursor {
 public:
  explicit TrainCursor(const GateTrain& train)
      : train_(&train),
        whole_(train.period_num / train.period_den),
        part_(train.period_num % train.period_den),
        phase_(train.phase),
        gate_(train.gate(0)) {}

  [[nodiscard]] const Gate& gate() const { return gate_; }
  void step() {
    std::uint64_t ns = whole_;
    if (phase_ >= train_->period_den - part_) {
      phase_ -= train_->period_den - part_;
      ++ns;
    } else {
      phase_ += part_;
    }
    const Duration period{static_cast<std::int64_t>(ns)};
    gate_.time = {gate_.time.begin + period, gate_.time.end + period};
    ++gate_.index;
    ++gate_.pulse_id;
  }

 private:
  const GateTrain* train_;
  std::uint64_t whole_, part_, phase_;
  Gate gate_;
};

}  // namespace spillway::model
