#pragma once

#include <chrono>
#include <string>

#include "daq/proto/control.pb.h"

namespace spillway::cli {

/// Asks the run control that listens at `endpoint`. Throws Error where it does not answer within `patience`.
[[nodiscard]] v1::QueryReply ask(const std::string& endpoint, const v1::Query& query,
                                 std::chrono::milliseconds patience = std::chrono::milliseconds(2000));

}  // namespace spillway::cli
