#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/registry.hpp"

namespace spillway::cli {

/// The keys that `query` names: by "ring_bytes", "readout.ring_bytes", "readout.<any name>.ring_bytes", the section, or
/// the beginning of any of these. An exact name wins over beginnings; an empty query names all.
[[nodiscard]] std::vector<detectors::ExplainedKey> matching_keys(std::span<const detectors::ExplainedKey> keys,
                                                                 const std::string& query);
/// The key that a query without a match may have meant; empty where none is near.
[[nodiscard]] std::string nearest_key(std::span<const detectors::ExplainedKey> keys, const std::string& query);

/// "integer", "list of texts", ...
[[nodiscard]] std::string_view type_name(KeyType type);

void explain(std::span<const detectors::ExplainedKey> keys, std::ostream& out);
/// The whole of docs/configuration.md.
void explain_markdown(std::span<const detectors::ExplainedKey> keys, std::ostream& out);

}  // namespace spillway::cli
