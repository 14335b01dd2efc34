#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <utility>

#include "monitoring/web/documents.hpp"

namespace spillway::web {

namespace {

using Labels = std::vector<prometheus::ClientMetric::Label>;

/// Families in the order in which they are first named.
class Exposition {
 public:
  void gauge(std::string_view name, std::string_view help, double value, Labels labels = {}) {
    add(name, help, prometheus::MetricType::Gauge, std::move(labels)).gauge.value = value;
  }
  void counter(std::string_view name, std::string_view help, double value, Labels labels = {}) {
    add(name, help, prometheus::MetricType::Counter, std::move(labels)).counter.value = value;
  }
  [[nodiscard]] std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  prometheus::ClientMetric& add(std::string_view name, std::string_view help, prometheus::MetricType type,
                                Labels labels) {
    auto family = families_.begin();
    while (family != families_.end() && family->name != name) ++family;
    if (family == families_.end()) {
      family = families_.insert(family, {std::string(name), std::string(help), type, {}});
    }
    prometheus::ClientMetric& metric = family->metric.emplace_back();
    metric.label = std::move(labels);
    return metric;
  }

  std::vector<prometheus::MetricFamily> families_;
};

void counts_to(Exposition& out, const RunView& view) {
  for (const CountsView& line : view.counts) {
    const model::DetectorCounts& counts = line.counts;
    const std::string& detector = counts.detector;
    // Gauges: a dead interval that becomes known late takes candidates back.
    constexpr std::string_view kCandidates = "Candidates inside live gates.";
    out.gauge("spillway_candidates", kCandidates, static_cast<double>(counts.on),
              {{"detector", detector}, {"gate", "on"}});
    out.gauge("spillway_candidates", kCandidates, static_cast<double>(counts.off),
              {{"detector", detector}, {"gate", "off"}});
    constexpr std::string_view kLive = "Live time of the gates counted.";
    out.gauge("spillway_live_time_seconds", kLive, line.live_on.seconds(), {{"detector", detector}, {"gate", "on"}});
    out.gauge("spillway_live_time_seconds", kLive, line.live_off.seconds(), {{"detector", detector}, {"gate", "off"}});
    out.gauge("spillway_protons_on_target", "Protons of live on-gates.", counts.pot, {{"detector", detector}});
    if (counts.alpha) {
      out.gauge("spillway_alpha", "Live time on over live time off.", *counts.alpha, {{"detector", detector}});
    }
    if (counts.excess && counts.excess_low && counts.excess_high) {
      out.gauge("spillway_excess", "On counts minus alpha times off counts.", *counts.excess, {{"detector", detector}});
      out.gauge("spillway_excess_low", "Lower end of the excess's 68.27 % interval.", *counts.excess_low,
                {{"detector", detector}});
      out.gauge("spillway_excess_high", "Upper end of the excess's 68.27 % interval.", *counts.excess_high,
                {{"detector", detector}});
    }
  }
}

void gates_to(Exposition& out, const RunView& view) {
  for (const auto& [facility, gates] : view.gates) {
    for (const auto& [kind, count] : {std::pair{"on", gates.on}, {"off", gates.off}, {"random", gates.random}}) {
      out.counter("spillway_gates_total", "Gates of the run.", static_cast<double>(count),
                  {{"facility", facility}, {"kind", kind}});
    }
    for (const auto& [rule, count] : gates.dropped) {
      out.counter("spillway_gates_dropped_total", "Gates not made, by rule.", static_cast<double>(count),
                  {{"facility", facility}, {"rule", rule}});
    }
    out.counter("spillway_late_pulses_total", "Pulses that came after their bound.",
                static_cast<double>(gates.late_pulses), {{"facility", facility}});
  }
}

void streams_to(Exposition& out, const RunView& view) {
  for (const model::StreamLedger& stream : view.streams) {
    constexpr std::string_view kFrames =
        "Frames of a stream: sent + duplicated = accepted + rejected + lost + outside_run.";
    for (const auto& [fate, count] : {std::pair{"sent", stream.sent},
                                      {"duplicated", stream.duplicated},
                                      {"accepted", stream.accepted},
                                      {"outside_run", stream.outside_run}}) {
      out.counter("spillway_frames_total", kFrames, static_cast<double>(count),
                  {{"stream", stream.stream}, {"fate", fate}});
    }
    for (const auto& [reason, count] : stream.rejected) {
      out.counter("spillway_frames_rejected_total", "Malformed frames, by reason.", static_cast<double>(count),
                  {{"stream", stream.stream}, {"reason", reason}});
    }
    for (const auto& [reason, count] : stream.lost) {
      out.counter("spillway_frames_lost_total", "Frames lost, by reason.", static_cast<double>(count),
                  {{"stream", stream.stream}, {"reason", reason}});
    }
  }
}

void services_to(Exposition& out, const RunView& view) {
  for (const ServiceView& service : view.services) {
    const Labels process = {{"process", service.process}};
    out.counter("spillway_cpu_seconds_total", "User and system time of a process.", service.cpu_s, process);
    out.gauge("spillway_max_resident_bytes", "Largest resident memory of a process.",
              static_cast<double>(service.rss_bytes), process);
    out.gauge("spillway_heartbeat_age_seconds", "Since the last heartbeat of a process.", service.heartbeat_age_s,
              process);
    for (const WaitView& wait : service.waits) {
      out.gauge("spillway_link_wait_bytes", "Bytes that wait to be sent.", static_cast<double>(wait.bytes),
                {{"process", service.process}, {"link", wait.link}});
      out.gauge("spillway_link_wait_seconds", "How long they have waited.", wait.seconds,
                {{"process", service.process}, {"link", wait.link}});
    }
  }
}

}  // namespace

std::string metrics_text(const RunView& view) {
  Exposition out;
  for (const Connection connection :
       {Connection::kWaiting, Connection::kLive, Connection::kStale, Connection::kFinished}) {
    out.gauge("spillway_connection", "1 for how current these figures are.", view.connection == connection ? 1 : 0,
              {{"connection", std::string(name(connection))}});
  }
  out.gauge("spillway_run", "Number of the run shown; 0: none.", static_cast<double>(view.run));
  if (view.run == 0) return out.text();
  out.gauge(
      "spillway_run_info", "Always 1; what the run is.", 1,
      {{"run", std::to_string(view.run)}, {"setup", view.setup}, {"condition", view.condition}, {"state", view.state}});
  out.gauge("spillway_status_age_seconds", "Since run control last spoke.", view.status_age_s);
  if (view.data_time && view.begin) {
    out.gauge("spillway_data_time_seconds", "Data time since the run's begin.",
              (*view.data_time - *view.begin).seconds());
  }
  out.gauge("spillway_lag_seconds", "Behind the pace asked for.", view.lag_s);
  out.gauge("spillway_alarms", "Alarms of the run that run control shows.", static_cast<double>(view.alarms.size()));
  counts_to(out, view);
  gates_to(out, view);
  streams_to(out, view);
  services_to(out, view);
  return out.text();
}

}  // namespace spillway::web
