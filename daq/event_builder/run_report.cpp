#include "daq/event_builder/run_report.hpp"

#include "daq/proto/convert.hpp"

namespace spillway::event_builder {

v1::RunReport report_of(const storage::RunBooks& books, std::span<const std::filesystem::path> files,
                        std::uint64_t decisions_made) {
  v1::RunReport report;
  report.set_digest(books.digest);
  for (const auto& file : files) report.add_files(file.string());
  report.set_begin_ns(books.time.begin.ns);
  report.set_end_ns(books.time.end.ns);
  for (const auto& [facility, counts] : books.gates) *report.add_gates() = proto::to_proto(facility, counts);
  for (const auto& ledger : books.streams) *report.add_streams() = proto::to_proto(ledger);
  for (const auto& lines : books.livetime) *report.add_livetime() = proto::to_proto(lines);
  report.set_decisions_made(decisions_made);
  report.set_decisions_acknowledged(books.decisions_acknowledged);
  for (const std::string& what : books.missing) report.add_missing(what);
  return report;
}

v1::Latency latency_of(const LatencyHistogram& histogram) {
  v1::Latency latency;
  latency.set_p50_ms(histogram.quantile_ms(0.5));
  latency.set_p99_ms(histogram.quantile_ms(0.99));
  return latency;
}

}  // namespace spillway::event_builder
