#pragma once

#include <map>
#include <string>

#include "daq/base/bytes.hpp"
#include "daq/model/decision.hpp"
#include "daq/model/decision_train.hpp"
#include "daq/model/fragment.hpp"
#include "daq/model/setup.hpp"

namespace spillway::model {

/// SHA-256 over what a run decided and recorded, in canonical little-endian records: equal input gives an equal
/// digest, at any speed and with any number of processes. Version 1:
///   "spillway-digest-1", then of each part its SHA-256 in lower-case hexadecimal:
///   per detector, by name: 'D', name, then for each decision its gate (kind u8, begin i64, end i64, index u64), id u64
///   and bits u32; per stream, by name: 'S', name, then for each fragment decision id u64, window begin i64, end i64,
///   status u8, length u64 and frames. Names are a length u64 and their bytes.
/// Detectors and streams may be fed in any interleaving; within one, decisions must come in order.
class RunDigest {
 public:
  void add(const Decision& decision, const std::string& detector);
  /// Each decision of the train.
  void add(const DecisionTrain& train, const std::string& detector);
  void add_fragment(const std::string& stream, std::uint64_t decision, Interval window, FragmentStatus status,
                    ByteView frames);
  /// Lower-case hexadecimal; the object is spent.
  std::string finish();

 private:
  std::map<std::string, Sha256> detectors_;
  std::map<std::string, Sha256> streams_;
};

}  // namespace spillway::model
