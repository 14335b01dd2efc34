#pragma once

#include <optional>
#include <vector>

#include "trigger/records.hpp"

namespace spillway::trigger {

/// How far the inputs of all pulse sources reach. A run that nothing else ends, ends where the last of them does; each
/// goes on telling how far it is, as the others may still have something.
class InputReach {
 public:
  explicit InputReach(std::size_t sources) : sources_(sources) {}

  void take(std::size_t source, const PulseBatch& batch);
  /// Some input has got as far as this: the run does not end before for want of input.
  [[nodiscard]] Timestamp reached() const;
  /// The latest end, once all are known and some source has got there: until then an earlier T1 can be asked for.
  [[nodiscard]] std::optional<Timestamp> end() const;

 private:
  struct Source {
    Timestamp watermark = Timestamp::min();
    std::optional<Timestamp> end;
  };
  std::vector<Source> sources_;
};

}  // namespace spillway::trigger
