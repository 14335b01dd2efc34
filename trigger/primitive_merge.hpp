#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "daq/model/primitive.hpp"
#include "trigger/records.hpp"

namespace spillway::trigger {

/// Merges the primitives of many streams into one sequence, ordered by (time_start, stream); those of one stream keep
/// their order. Each stream must be ordered by time_start; of one that is not, every primitive still comes out, but the
/// result is ordered no more.
///
/// A tournament tree of losers (Knuth, The Art of Computer Programming 3, 5.4.1). Time and stream of a competitor are
/// one integer, so that a match is a minimum and a maximum and leaves the processor nothing to guess.
class PrimitiveMerge {
 public:
  /// The primitives of `streams` must live as long as the merge.
  explicit PrimitiveMerge(std::span<const std::span<const model::Primitive>> streams);

  /// Writes the next primitives to the begin of `out`. Returns how many; fewer than `out` has room for only at the end.
  std::size_t take(std::span<StreamPrimitive> out);

 private:
  struct Source {
    const model::Primitive* next = nullptr;
    const model::Primitive* end = nullptr;
  };
  [[nodiscard]] std::uint64_t key_of(std::size_t stream) const;
  /// Starts the tournament anew from the earliest primitive left; false where none is.
  bool begin_at_earliest();

  std::vector<Source> sources_;  ///< a power of two of them, the last ones empty
  std::vector<std::uint64_t> losers_;
  std::uint64_t winner_ = 0;
  unsigned stream_bits_ = 0;
  std::uint64_t far_ = 0;  ///< offset in time of what takes no part: empty streams, and what is too far ahead for a key
  std::uint64_t begin_ = 0;  ///< time that keys count from
};

}  // namespace spillway::trigger
