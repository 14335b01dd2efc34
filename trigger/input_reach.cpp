#include "trigger/input_reach.hpp"

#include <algorithm>

namespace spillway::trigger {

void InputReach::take(std::size_t source, const PulseBatch& batch) {
  Source& from = sources_.at(source);
  if (batch.input_end && !from.end) from.end = std::max(*batch.input_end, from.watermark);
  from.watermark = std::max(from.watermark, batch.end_of_stream ? Timestamp::max() : batch.watermark);
}

Timestamp InputReach::reached() const {
  Timestamp reached = Timestamp::min();
  for (const Source& source : sources_) reached = std::max(reached, source.end.value_or(source.watermark));
  return reached;
}

std::optional<Timestamp> InputReach::end() const {
  if (!std::ranges::all_of(sources_, [](const Source& source) { return source.end.has_value(); })) return std::nullopt;
  const Timestamp end = reached();
  const bool there = std::ranges::any_of(sources_, [end](const Source& source) { return source.watermark >= end; });
  return there ? std::optional(end) : std::nullopt;
}

}  // namespace spillway::trigger
