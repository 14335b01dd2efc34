#include "daq/model/run_digest.hpp"

namespace spillway::model {
namespace {

constexpr std::string_view kVersion = "spillway-digest-1";

Sha256& part(std::map<std::string, Sha256>& parts, char kind, const std::string& name) {
  const auto [at, is_new] = parts.try_emplace(name);
  if (is_new) {
    at->second.update_value(kind).update_value(static_cast<std::uint64_t>(name.size())).update(as_byte_view(name));
  }
  return at->second;
}

void put(Sha256& digest, const Decision& decision) {
  digest.update_value(static_cast<std::uint8_t>(decision.gate.kind))
      .update_value(decision.gate.time.begin.ns)
      .update_value(decision.gate.time.end.ns)
      .update_value(decision.gate.index)
      .update_value(decision.id)
      .update_value(decision.bits);
}

}  // namespace

void RunDigest::add(const Decision& decision, const std::string& detector) {
  put(part(detectors_, 'D', detector), decision);
}

void RunDigest::add(const DecisionTrain& train, const std::string& detector) {
  Sha256& digest = part(detectors_, 'D', detector);
  train.for_each([&digest](const Decision& decision) { put(digest, decision); });
}

void RunDigest::add_fragment(const std::string& stream, std::uint64_t decision, Interval window, FragmentStatus status,
                             ByteView frames) {
  part(streams_, 'S', stream)
      .update_value(decision)
      .update_value(window.begin.ns)
      .update_value(window.end.ns)
      .update_value(static_cast<std::uint8_t>(status))
      .update_value(static_cast<std::uint64_t>(frames.size()))
      .update(frames);
}

std::string RunDigest::finish() {
  Sha256 whole;
  whole.update(as_byte_view(kVersion));
  for (auto& [name, digest] : detectors_) whole.update(as_byte_view(digest.hex()));
  for (auto& [name, digest] : streams_) whole.update(as_byte_view(digest.hex()));
  detectors_.clear();
  streams_.clear();
  return whole.hex();
}

}  // namespace spillway::model
