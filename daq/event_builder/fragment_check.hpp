#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "daq/base/summed_bytes.hpp"
#include "daq/model/decision.hpp"
#include "daq/proto/data.pb.h"

namespace spillway::event_builder {

/// Why a reply cannot be stored; the request counts as missing for that reason.
enum class FragmentError : std::uint8_t { kBadStatus, kWrongWindow, kBadSizes, kBadCrc };
/// "bad_status", "wrong_window", "bad_sizes", "bad_crc".
[[nodiscard]] std::string_view name(FragmentError error);

/// Checks a fragment against what was asked for and its own description before anything of it is believed.
[[nodiscard]] std::optional<FragmentError> check(const v1::Fragment& fragment, const SummedBytes& payload,
                                                 const model::Decision& decision);

}  // namespace spillway::event_builder
