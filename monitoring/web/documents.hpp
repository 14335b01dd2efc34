#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "monitoring/web/run_view.hpp"

namespace spillway::web {

/// What `/api/v1/counts` returns: run, condition, state, connection, data time, counts and gates (fields as in
/// `spillway run --json`), live time (rows of on- and off-gates alone, wall_ns and dead_ns null, until the run's books
/// are closed).
[[nodiscard]] nlohmann::ordered_json counts_document(const RunView& view);

/// What `/api/v1/status` returns and `/ws` pushes: the counts document with streams, alarms, services, pace and
/// reasons.
[[nodiscard]] nlohmann::ordered_json status_document(const RunView& view);

/// The text of a document: UTF-8 whatever the alarms hold.
[[nodiscard]] std::string to_text(const nlohmann::ordered_json& document);

/// What `/metrics` returns: Prometheus text exposition format 0.0.4.
[[nodiscard]] std::string metrics_text(const RunView& view);

}  // namespace spillway::web
