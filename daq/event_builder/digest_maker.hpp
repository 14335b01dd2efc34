#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "daq/event_builder/worker.hpp"
#include "daq/model/run_digest.hpp"

namespace spillway::event_builder {

/// Makes a run's digest. Long fragments, the most of what a large window costs, are hashed on a thread of lower
/// priority: nothing but the run's end waits for it.
class DigestMaker {
 public:
  DigestMaker();

  /// model::Decision or model::DecisionTrain.
  template <typename Decided>
  void add(const Decided& decided, const std::string& detector) {
    digest_.add(decided, detector);
  }
  /// `stream` and `payload` must stay until `release` is called. Waits where too much is under way.
  void add_fragment(const std::string& stream, const model::Decision& decision, model::FragmentStatus status,
                    ByteView payload, std::function<void()> release);

  /// Releases what has been hashed.
  void release() { worker_.finish(); }
  /// A descriptor that is readable while release() has something to do.
  [[nodiscard]] int event() const { return worker_.event(); }
  /// Waits for all; the object is spent.
  std::string finish();

 private:
  model::RunDigest digest_;
  std::size_t under_way_ = 0;  ///< bytes
  Worker worker_;              ///< last: gone before what its jobs use
};

}  // namespace spillway::event_builder
