#pragma once

#include <iosfwd>

#include <nlohmann/json.hpp>

#include "daq/proto/control.pb.h"

namespace spillway::cli {

void print_status(const v1::RunStatus& status, std::ostream& out);
[[nodiscard]] nlohmann::ordered_json status_json(const v1::RunStatus& status);

}  // namespace spillway::cli
