#include "daq/model/ledger.hpp"

#include <fmt/format.h>

namespace spillway::model {

void StreamLedger::count(FragmentStatus status) {
  ++built;
  switch (status) {
    case FragmentStatus::kOk:
      ++ok;
      break;
    case FragmentStatus::kPartial:
      ++partial;
      break;
    case FragmentStatus::kExpired:
      ++expired;
      break;
    case FragmentStatus::kNoData:
      ++no_data;
      break;
  }
}

bool StreamLedger::frames_balance() const {
  return sent + duplicated == accepted + total(rejected) + total(lost) + outside_run;
}

StreamLedger& StreamLedger::operator+=(const StreamLedger& other) {
  sent += other.sent;
  duplicated += other.duplicated;
  accepted += other.accepted;
  outside_run += other.outside_run;
  asked += other.asked;
  ok += other.ok;
  partial += other.partial;
  expired += other.expired;
  no_data += other.no_data;
  built += other.built;
  for (const auto& [reason, count] : other.rejected) rejected[reason] += count;
  for (const auto& [reason, count] : other.lost) lost[reason] += count;
  for (const auto& [reason, count] : other.missing) missing[reason] += count;
  return *this;
}

std::vector<std::string> StreamLedger::complaints() const {
  std::vector<std::string> found;
  if (!frames_balance()) {
    found.push_back(
        fmt::format("stream {}: frames do not balance: sent {} + duplicated {} is not accepted {} + rejected {} + "
                    "lost {} + outside_run {}",
                    stream, sent, duplicated, accepted, total(rejected), total(lost), outside_run));
  }
  if (asked != ok + partial + expired + no_data + total(missing)) {
    found.push_back(
        fmt::format("stream {}: requests do not balance: asked {} is not ok {} + partial {} + expired {} + "
                    "no_data {} + missing {}",
                    stream, asked, ok, partial, expired, no_data, total(missing)));
  }
  if (asked != built + total(missing)) {
    found.push_back(fmt::format("stream {}: fragments do not balance: asked {} is not built {} + missing {}", stream,
                                asked, built, total(missing)));
  }
  return found;
}

}  // namespace spillway::model
