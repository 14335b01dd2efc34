#include "daq/service/service.hpp"

namespace spillway::service {

void add_counters(v1::Heartbeat& heartbeat, const std::string& prefix, const Counters& counters) {
  for (const auto& [name, count] : counters) (*heartbeat.mutable_counters())[prefix + name] += count;
}

void add_wait(v1::Heartbeat& heartbeat, const transport::LinkWait& wait) {
  if (wait.bytes == 0) return;
  auto& entry = *heartbeat.add_waits();
  entry.set_link(wait.link);
  entry.set_bytes(wait.bytes);
  entry.set_seconds(wait.seconds);
}

v1::Report finished_report(const Service& service) {
  v1::Heartbeat last;
  service.describe(last);
  v1::Report report;
  *report.mutable_finished()->mutable_counters() = last.counters();
  return report;
}

}  // namespace spillway::service
