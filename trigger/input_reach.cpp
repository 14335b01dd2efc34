#include "trigger/input_reach.hpp"

#include <algorithm>

namespace spillway::trigger {

void InputReach::take(std::size_t source, const PulseBatch& batch) {
  Source& from = sources_.at(source);
  from.watermark = std::max(from.watermark, batch.end_of_stream ? Timestamp::max() : batch.watermark);
  if (batch.input_end) from.end = batch.input_end;
}

Timestamp InputReach::reached() const {
  Timestamp reached = Timestamp::min();
  for (const Source& source : sources_) reached = std::max(reached, source.end.value_or(source.watermark));
  return reached;
}

std::optional<Timestamp> InputReach::end() const {
  const bool all = std::ranges::all_of(sources_, [](const Source& source) { return source.end.has_value(); });
  return all && !sources_.empty() ? std::optional(reached()) : std::nullopt;
}

}  // namespace spillway::trigger
