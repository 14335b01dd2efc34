#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "daq/base/counters.hpp"
#include "daq/base/time.hpp"

namespace spillway::readout {

struct DataRequest {
  std::uint64_t decision = 0;
  std::uint32_t detector = 0;
  Interval window;
  friend bool operator==(const DataRequest&, const DataRequest&) = default;
};

/// Which requests still owe a reply, stream by stream: each is answered exactly once for each stream, and not before
/// the stream is complete up to the window's end.
class RequestBook {
 public:
  explicit RequestBook(std::size_t streams) : open_(streams) {}

  /// False, and counted in refused() as "repeated_request", where the decision had asked before.
  bool add(const DataRequest& request);
  /// No request follows.
  void end() { ended_ = true; }

  /// The next request that a stream can answer, where it is complete before `watermark`; null where there is none.
  [[nodiscard]] const DataRequest* due(std::size_t stream, Timestamp watermark) const;
  /// The stream has answered the request that was due.
  void answered(std::size_t stream);

  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] std::size_t open() const;
  [[nodiscard]] const Counters& refused() const { return refused_; }

 private:
  using ByEnd = std::map<std::pair<Timestamp, std::uint64_t>, DataRequest>;
  std::vector<ByEnd> open_;
  std::set<std::uint64_t> seen_;
  bool ended_ = false;
  Counters refused_;
};

}  // namespace spillway::readout
