#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "daq/event_builder/latency_histogram.hpp"
#include "daq/proto/control.pb.h"
#include "daq/storage/event_file.hpp"

namespace spillway::event_builder {

/// What the builder reports of a run that it has closed, but for the latencies.
[[nodiscard]] v1::RunReport report_of(const storage::RunBooks& books, std::span<const std::filesystem::path> files,
                                      std::uint64_t decisions_made);
[[nodiscard]] v1::Latency latency_of(const LatencyHistogram& histogram);

}  // namespace spillway::event_builder
