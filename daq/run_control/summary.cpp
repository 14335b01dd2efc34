#include "daq/run_control/summary.hpp"

#include <algorithm>

#include "daq/proto/convert.hpp"

namespace spillway::run_control {

namespace {

void add_reason(model::RunSummary& summary, const std::string& reason) {
  if (std::find(summary.reasons.begin(), summary.reasons.end(), reason) == summary.reasons.end()) {
    summary.reasons.push_back(reason);
  }
}

void take_report(model::RunSummary& summary, const v1::RunReport& report) {
  summary.digest = report.digest();
  summary.files = {report.files().begin(), report.files().end()};
  summary.time = {Timestamp{report.begin_ns()}, Timestamp{report.end_ns()}};
  for (const auto& gates : report.gates()) summary.gates[gates.facility()] = proto::to_model(gates);
  for (const auto& stream : report.streams()) summary.streams.push_back(proto::to_model(stream));
  for (const auto& books : report.livetime()) summary.livetime.push_back(proto::to_model(books));
  summary.decisions_made = report.decisions_made();
  summary.decisions_acknowledged = report.decisions_acknowledged();
  summary.latency = {report.latency().p50_ms(), report.latency().p99_ms()};
  for (const auto& [detector, latency] : report.latency_by_detector()) {
    summary.latency_by_detector[detector] = {latency.p50_ms(), latency.p99_ms()};
  }
}

}  // namespace

model::RunSummary summarize(const Outcome& outcome, std::uint64_t run, const std::string& setup, Timestamp begin,
                            const std::vector<std::filesystem::path>& files) {
  model::RunSummary summary;
  summary.run = run;
  summary.setup = setup;
  summary.time = {begin, outcome.end.value_or(begin)};
  summary.files.assign(files.begin(), files.end());
  summary.wall_s = outcome.wall_s;
  if (outcome.report) {
    take_report(summary, *outcome.report);
  } else {
    // The builder died: what it had acknowledged is on disk, and the trigger knows how much that was.
    summary.decisions_made = outcome.decisions_made;
    summary.decisions_acknowledged = outcome.decisions_acknowledged;
  }
  summary.input_skipped = outcome.input_skipped;
  summary.messages = outcome.messages;
  if (outcome.counts) {
    for (const auto& counts : *outcome.counts) summary.counts.push_back(proto::to_model(counts));
  }

  if (!outcome.setup_error.empty()) add_reason(summary, outcome.setup_error);
  for (const auto& fault : outcome.faults) add_reason(summary, fault);
  if (outcome.report) {
    for (const auto& missing : outcome.report->missing()) add_reason(summary, missing);
  } else if (outcome.setup_error.empty()) {
    add_reason(summary, "the event builder closed no books");
  }
  const bool faultless = summary.reasons.empty();
  for (const auto& remark : outcome.remarks) add_reason(summary, remark);

  if (!outcome.setup_error.empty() || outcome.aborted) {
    summary.condition = model::Condition::kAborted;
  } else {
    summary.condition = faultless ? model::Condition::kComplete : model::Condition::kIncomplete;
  }
  return summary;
}

}  // namespace spillway::run_control
