#include "monitoring/web/documents.hpp"

#include "daq/base/time.hpp"

namespace spillway::web {

namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json time_ns(const std::optional<Timestamp>& time) {
  return time ? Json(time->ns) : Json(nullptr);
}
Json time_text(const std::optional<Timestamp>& time) {
  return time ? Json(format_tai(*time)) : Json(nullptr);
}

Json counts_of(const RunView& view) {
  Json list = Json::array();
  for (const CountsView& line : view.counts) {
    const model::DetectorCounts& counts = line.counts;
    list.push_back({{"detector", counts.detector},
                    {"on", counts.on},
                    {"off", counts.off},
                    {"alpha", or_null(counts.alpha)},
                    {"excess", or_null(counts.excess)},
                    {"excess_low", or_null(counts.excess_low)},
                    {"excess_high", or_null(counts.excess_high)},
                    {"pot", counts.pot},
                    {"truth_signal_on", or_null(counts.truth_signal_on)},
                    {"efficiency", or_null(counts.efficiency)}});
  }
  return list;
}

Json dead_of(const model::LiveTime& line) {
  Json dead = Json::object();
  for (const model::DeadReason reason : model::kDeadReasons) {
    if (const Duration time = line.dead[static_cast<std::size_t>(reason)]; time.ns != 0) {
      dead[std::string(model::name(reason))] = time.ns;
    }
  }
  return dead;
}

Json livetime_of(const RunView& view) {
  Json list = Json::array();
  if (!view.livetime.empty()) {
    for (const model::DetectorBooks& books : view.livetime) {
      for (const model::GateKind kind : {model::GateKind::kOn, model::GateKind::kOff}) {
        const model::LiveTime& line = books.books.gates[static_cast<std::size_t>(kind)];
        list.push_back({{"detector", books.detector},
                        {"gate", model::name(kind)},
                        {"wall_ns", line.wall.ns},
                        {"live_ns", line.live.ns},
                        {"dead_ns", dead_of(line)}});
      }
      const model::LiveTime& run = books.books.run;
      list.push_back({{"detector", books.detector},
                      {"gate", "run"},
                      {"wall_ns", run.wall.ns},
                      {"live_ns", run.live.ns},
                      {"dead_ns", dead_of(run)},
                      {"not_read_ns", run.not_read.ns}});
    }
    return list;
  }
  for (const CountsView& line : view.counts) {
    for (const auto& [gate, live] : {std::pair{"on", line.live_on}, std::pair{"off", line.live_off}}) {
      list.push_back({{"detector", line.counts.detector},
                      {"gate", gate},
                      {"wall_ns", nullptr},
                      {"live_ns", live.ns},
                      {"dead_ns", nullptr}});
    }
  }
  return list;
}

Json gates_of(const RunView& view, bool all) {
  Json gates = Json::object();
  for (const auto& [facility, counts] : view.gates) {
    Json& line = gates[facility];
    line = {{"on", counts.on}, {"off", counts.off}};
    if (!all) continue;
    line["random"] = counts.random;
    line["dropped"] = Json(counts.dropped);
    line["late_pulses"] = counts.late_pulses;
  }
  return gates;
}

}  // namespace

Json counts_document(const RunView& view) {
  return {{"run", view.run == 0 ? Json(nullptr) : Json(view.run)},
          {"condition", or_null(view.condition)},
          {"state", or_null(view.state)},
          {"connection", name(view.connection)},
          {"data_time_ns", time_ns(view.data_time)},
          {"data_time", time_text(view.data_time)},
          {"counts", counts_of(view)},
          {"gates", gates_of(view, false)},
          {"livetime", livetime_of(view)}};
}

Json status_document(const RunView& view) {
  Json document = counts_document(view);
  document["gates"] = gates_of(view, true);
  document["setup"] = or_null(view.setup);
  document["begin_ns"] = time_ns(view.begin);
  document["begin"] = time_text(view.begin);
  document["started_utc"] = or_null(view.started_utc);
  document["ended_utc"] = or_null(view.ended_utc);
  document["last_heard_utc"] = or_null(view.last_heard_utc);
  document["speed"] = view.speed;
  document["lag_s"] = view.lag_s;
  document["reasons"] = view.reasons;
  document["digest"] = or_null(view.digest);
  Json& streams = document["streams"] = Json::array();
  for (const model::StreamLedger& stream : view.streams) {
    streams.push_back({{"stream", stream.stream},
                       {"frames_sent", stream.sent},
                       {"frames_received", stream.accepted},
                       {"frames_duplicated", stream.duplicated},
                       {"frames_outside_run", stream.outside_run},
                       {"frames_rejected", Json(stream.rejected)},
                       {"frames_lost", Json(stream.lost)}});
  }
  document["alarms"] = view.alarms;
  Json& services = document["services"] = Json::array();
  for (const ServiceView& service : view.services) {
    Json waits = Json::array();
    for (const WaitView& wait : service.waits) {
      waits.push_back({{"link", wait.link}, {"bytes", wait.bytes}, {"seconds", wait.seconds}});
    }
    services.push_back({{"process", service.process},
                        {"state", service.state},
                        {"cpu_s", service.cpu_s},
                        {"rss_bytes", service.rss_bytes},
                        {"heartbeat_age_s", service.heartbeat_age_s},
                        {"waits", std::move(waits)}});
  }
  return document;
}

std::string to_text(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace spillway::web
