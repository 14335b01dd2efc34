#include "sim_front_end/primitive_frame.hpp"

#include <algorithm>

namespace spillway::sim_front_end {

SourceFrame primitive_frame(std::size_t stream, std::span<const model::Primitive> primitives) {
  const Timestamp begin = primitives.front().time().begin;
  SourceFrame frame{stream, {begin, begin + nanoseconds(1)}, {}};
  for (const model::Primitive& primitive : primitives) {
    frame.time.end = std::max(frame.time.end, primitive.time().end);
    append(frame.bytes, primitive);
  }
  return frame;
}

}  // namespace spillway::sim_front_end
