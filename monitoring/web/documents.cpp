#include "monitoring/web/documents.hpp"

#include "daq/base/time.hpp"

namespace spillway::web {

namespace {

using Json = nlohmann::ordered_json;

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
  for (const CountsView& line : view.counts) list.push_back(storage::to_json(line.counts));
  return list;
}

Json livetime_of(const RunView& view) {
  if (!view.livetime.empty()) return storage::to_json(view.livetime);
  Json list = Json::array();
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
