#pragma once

#include <vector>

#include "detectors/lartpc/link_finder.hpp"
#include "sim_front_end/digitiser.hpp"

namespace spillway::sim_front_end::lartpc {

/// Frames of a link become frames of the primitives that the readout would find in them: all those that begin in the
/// time of a WIBEth frame are one.
class LinkPrimitives {
 public:
  LinkPrimitives(const detectors::lartpc::FinderSettings& settings, Timestamp epoch);

  void take(const detectors::lartpc::WibEthView& frame) { finder_.find(frame, found_); }
  /// The next frame will not continue the last one.
  void close() { finder_.close(found_); }
  /// Appends the frames that begin in view.span. All WIBEth frames that begin before span.end + lead() were taken.
  void release(const BeamView& view, std::size_t stream, std::vector<SourceFrame>& out);
  [[nodiscard]] Duration lead() const { return lead_; }

 private:
  detectors::lartpc::LinkFinder finder_;
  Timestamp epoch_;
  Duration lead_;
  std::vector<model::Primitive> found_;
};

}  // namespace spillway::sim_front_end::lartpc
