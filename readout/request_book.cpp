#include "readout/request_book.hpp"

namespace spillway::readout {

namespace {
/// Far more than the trigger lets be under way.
constexpr std::size_t kMostRemembered = 65536;
}  // namespace

bool RequestBook::add(const DataRequest& request) {
  if (!seen_.insert(request.decision).second) {
    ++refused_["repeated_request"];
    return false;
  }
  if (seen_.size() > kMostRemembered) seen_.erase(seen_.begin());
  for (ByEnd& open : open_) open.emplace(std::pair(request.window.end, request.decision), request);
  return true;
}

const DataRequest* RequestBook::due(std::size_t stream, Timestamp watermark) const {
  const ByEnd& open = open_.at(stream);
  return open.empty() || open.begin()->first.first > watermark ? nullptr : &open.begin()->second;
}

void RequestBook::answered(std::size_t stream) {
  ByEnd& open = open_.at(stream);
  open.erase(open.begin());
}

std::size_t RequestBook::open() const {
  std::size_t sum = 0;
  for (const ByEnd& open : open_) sum += open.size();
  return sum;
}

}  // namespace spillway::readout
