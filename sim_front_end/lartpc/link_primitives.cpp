#include "sim_front_end/lartpc/link_primitives.hpp"

#include <algorithm>

#include "sim_front_end/lartpc/frames.hpp"
#include "sim_front_end/primitive_frame.hpp"

namespace spillway::sim_front_end::lartpc {

using namespace detectors::lartpc;

LinkPrimitives::LinkPrimitives(const FinderSettings& settings, Timestamp epoch)
    : finder_(settings, wib_eth_clock(epoch)), epoch_(epoch), lead_(Duration{kFrameNs} + longest_hit(settings)) {}

void LinkPrimitives::release(const BeamView& view, std::size_t stream, std::vector<SourceFrame>& out) {
  // What begins in the same WIBEth frame as the span's end may belong to a frame that begins in the span.
  const Timestamp known = view.span.end + Duration{kFrameNs};
  std::erase_if(found_, [&](const model::Primitive& p) { return p.time().begin < known && !view.shows(p.time()); });
  std::ranges::sort(found_, model::Primitive::earlier);
  auto first = found_.begin();
  while (first != found_.end() && first->time().begin < view.span.end) {
    const std::int64_t frame = (first->time().begin - epoch_).ns / kFrameNs;
    const Timestamp end = epoch_ + Duration{(frame + 1) * kFrameNs};
    const auto last =
        std::find_if(first, found_.end(), [&](const model::Primitive& p) { return p.time().begin >= end; });
    out.push_back(primitive_frame(stream, std::span(first, last)));
    first = last;
  }
  found_.erase(found_.begin(), first);
}

}  // namespace spillway::sim_front_end::lartpc
