#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daq/base/counters.hpp"
#include "daq/model/fragment.hpp"

namespace spillway::model {

/// The books of one stream's frames and of the requests for its data.
struct StreamLedger {
  std::string stream;
  std::uint64_t sent = 0;        ///< by the front end
  std::uint64_t duplicated = 0;  ///< received again under a sequence number already seen
  std::uint64_t accepted = 0;    ///< decoded and inside the run (with its longest window)
  Counters rejected;             ///< malformed, by reason
  Counters lost;                 ///< never arrived, overwritten unread, or gone with a process, by reason
  std::uint64_t outside_run = 0;
  std::uint64_t asked = 0;                                      ///< data requests
  std::uint64_t ok = 0, partial = 0, expired = 0, no_data = 0;  ///< replies received
  std::uint64_t built = 0;  ///< fragments written (OK and PARTIAL, EXPIRED and NO_DATA as their status rows)
  Counters missing;         ///< requests whose reply never came, by reason

  /// A reply was received and written.
  void count(FragmentStatus status);
  /// sent + duplicated = accepted + rejected + lost + outside_run
  [[nodiscard]] bool frames_balance() const;
  /// What is out of balance, in words; empty when all holds.
  [[nodiscard]] std::vector<std::string> complaints() const;
  /// Adds the other's books; the name stays.
  StreamLedger& operator+=(const StreamLedger& other);
  friend bool operator==(const StreamLedger&, const StreamLedger&) = default;
};

}  // namespace spillway::model
