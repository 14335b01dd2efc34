#include "trigger/primitive_merge.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace spillway::trigger {

namespace {

/// In primitives: far enough for memory to answer. There are more streams than the processor follows by itself.
constexpr std::ptrdiff_t kAhead = 16;

}  // namespace

PrimitiveMerge::PrimitiveMerge(std::span<const std::span<const model::Primitive>> streams)
    : sources_(std::bit_ceil(std::max<std::size_t>(streams.size(), 1))), losers_(sources_.size()) {
  for (std::size_t s = 0; s < streams.size(); ++s) {
    sources_[s] = {streams[s].data(), streams[s].data() + streams[s].size()};
  }
  stream_bits_ = static_cast<unsigned>(std::countr_zero(sources_.size()));
  far_ = std::numeric_limits<std::uint64_t>::max() >> stream_bits_;
  begin_at_earliest();
}

inline std::uint64_t PrimitiveMerge::key_of(std::size_t stream) const {
  const Source& source = sources_[stream];
  std::uint64_t offset = far_;
  if (source.next != source.end) {
    offset = std::min(far_, static_cast<std::uint64_t>(source.next->time_start_ns) - begin_);
  }
  return offset << stream_bits_ | stream;
}

bool PrimitiveMerge::begin_at_earliest() {
  std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
  bool any = false;
  for (const Source& source : sources_) {
    if (source.next == source.end) continue;
    earliest = std::min(earliest, source.next->time_start_ns);
    any = true;
  }
  begin_ = static_cast<std::uint64_t>(earliest);

  std::vector<std::uint64_t> winners(2 * sources_.size());
  for (std::size_t s = 0; s < sources_.size(); ++s) winners[sources_.size() + s] = key_of(s);
  for (std::size_t match = sources_.size() - 1; match > 0; --match) {
    losers_[match] = std::max(winners[2 * match], winners[2 * match + 1]);
    winners[match] = std::min(winners[2 * match], winners[2 * match + 1]);
  }
  winner_ = winners[1];
  return any;
}

std::size_t PrimitiveMerge::take(std::span<StreamPrimitive> out) {
  const std::uint64_t first_far = far_ << stream_bits_;
  const std::size_t streams = sources_.size();
  std::uint64_t* const losers = losers_.data();
  std::uint64_t winner = winner_;
  std::size_t taken = 0;
  while (taken < out.size()) {
    if (winner >= first_far) {
      if (!begin_at_earliest()) break;
      winner = winner_;
    }
    const std::size_t stream = winner & (streams - 1);
    Source& source = sources_[stream];
    __builtin_prefetch(source.next + kAhead);
    out[taken++] = {static_cast<std::uint32_t>(stream), *source.next++};
    winner = key_of(stream);
    for (std::size_t match = (streams + stream) / 2; match > 0; match /= 2) {
      // Minimum and maximum; written as such, g++ makes a branch of them that nobody can predict.
      const std::uint64_t loser = losers[match];
      const std::uint64_t swap = (loser ^ winner) & (std::uint64_t{0} - static_cast<std::uint64_t>(loser < winner));
      losers[match] = loser ^ swap;
      winner ^= swap;
    }
  }
  winner_ = winner;
  return taken;
}

}  // namespace spillway::trigger
