#include "trigger/trigger_service.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "detectors/registry.hpp"
#include "detectors/setup_checks.hpp"
#include "trigger/messages.hpp"

namespace spillway::trigger {
namespace {

constexpr std::size_t kPulseWindowBytes = std::size_t{1} << 20;
constexpr std::size_t kPrimitiveWindowBytes = std::size_t{8} << 20;
constexpr std::size_t kMostDecisionBacklogBytes = std::size_t{4} << 20;
constexpr int kMessagesInATurn = 64;
constexpr std::size_t kDecisionsInATurn = 256;

}  // namespace

void TriggerService::configure(service::RunSettings settings) {
  setup_ = detectors::load_setup(settings.config);
  settings_ = std::move(settings);
  folder_.emplace(setup_);

  std::vector<std::uint32_t> sources;
  for (const std::string& front_end : settings_->config.names("front_end")) {
    const Section section = detectors::front_end_section(settings_->config, front_end);
    sources.push_back(detectors::facility_index(section, setup_.facilities));
    pulses_.push_back({service::front_end_process(front_end), bind(service::pulses_link(front_end))});
  }
  core_ = std::make_unique<TriggerCore>(setup_, settings_->seed,
                                        RunLimits{setup_.epoch, settings_->gates, settings_->duration}, sources);
  for (const ReadoutProcess& readout : core_->processes()) {
    const std::string name = service::readout_process(setup_.detectors[readout.detector].name, readout.index);
    primitives_.push_back({name, bind(service::primitives_link(name))});
  }
  told_done_before_.assign(primitives_.size(), Timestamp::min());

  host_->reactor().every(std::chrono::milliseconds(100), [this] {
    send_horizon(true);
    flush_and_tick(true);
  });
}

std::unique_ptr<transport::LinkReceiver> TriggerService::bind(const std::string& link) {
  const std::string socket = fmt::format("trigger.{}", bound_++);
  const bool pulses = link.starts_with("pulses.");
  auto receiver = std::make_unique<transport::LinkReceiver>(
      host_->context(), link, "ipc://" + (settings_->socket_directory / socket).string(), settings_->run,
      pulses ? kPulseWindowBytes : kPrimitiveWindowBytes);
  // What has come is read by work(), turn by turn.
  host_->reactor().watch(receiver->socket(), [] {});
  return receiver;
}

service::Endpoints TriggerService::endpoints() const {
  service::Endpoints endpoints;
  for (const In& in : pulses_) endpoints[in.link->link()] = in.link->endpoint();
  for (const In& in : primitives_) endpoints[in.link->link()] = in.link->endpoint();
  return endpoints;
}

void TriggerService::connect(const service::Endpoints& peers) {
  const auto builder = peers.find(service::decisions_link());
  if (builder == peers.end()) throw Error("no endpoint of link decisions: the event builder must be configured first");
  if (builder->second == decisions_endpoint_) return;
  decisions_endpoint_ = builder->second;
  decisions_ = std::make_unique<transport::LinkSender>(host_->context(), service::decisions_link(), decisions_endpoint_,
                                                       transport::Identity{settings_->run, host_->boot_id()});
  host_->reactor().watch(decisions_->socket(), [] {});
}

void TriggerService::peer_lost(const std::string& process, std::uint64_t boot_id) {
  for (std::size_t p = 0; p < primitives_.size(); ++p) {
    if (primitives_[p].process != process) continue;
    rebind(primitives_[p], boot_id);
    core_->peer_superseded(p);
    told_done_before_[p] = Timestamp::min();
    if (end_sent_) {
      v1::Envelope end;
      end.mutable_requests()->set_end(true);
      primitives_[p].link->send_back(std::move(end));
    }
  }
}

void TriggerService::rebind(In& in, std::uint64_t lost_boot) {
  const std::string name = in.link->link();
  add(discarded_, in.link->discarded());
  host_->reactor().unwatch(in.link->socket());
  in.link.reset();
  in.link = bind(name);
  in.link->supersede(lost_boot);
}

void TriggerService::stop(Timestamp end) {
  run_end_reported_ = true;
  core_->stop(end);
}

void TriggerService::abort(const service::Abort& abort) {
  spdlog::warn("aborted: {}", abort.why);
  // What the builder had said before it died counts.
  if (decisions_) take_acknowledgements();
  started_ = false;
  report_finished();
}

bool TriggerService::work() {
  if (!core_) return false;
  bool more = false;
  for (std::size_t source = 0; source < pulses_.size(); ++source) more = take_pulses(source) || more;
  for (std::size_t process = 0; process < primitives_.size(); ++process) more = take_primitives(process) || more;
  if (started_ && decisions_) {
    take_acknowledgements();
    if (decisions_->backlog_bytes() < kMostDecisionBacklogBytes) {
      more = core_->decide(kDecisionsInATurn) || more;
      send_output();
    }
    report_run_end();
    end_when_drained();
    // A source that waits for the horizon goes on at once.
    if (!more) send_horizon(false);
  }
  flush_and_tick(false);
  return more;
}

bool TriggerService::take_pulses(std::size_t source) {
  transport::LinkReceiver& link = *pulses_[source].link;
  for (int i = 0; i < kMessagesInATurn; ++i) {
    const auto message = link.receive();
    if (!message) return false;
    if (message->envelope.has_bulk()) {
      core_->add_pulses(source, read_pulses(message->envelope.bulk(), message->summed(), refused_pulses_));
    } else if (message->envelope.has_truth() && decisions_) {
      // Passed on unread: what a simulation made must not touch what is decided.
      v1::Envelope envelope;
      *envelope.mutable_truth() = message->envelope.truth();
      decisions_->send(std::move(envelope));
    } else {
      ++refused_pulses_["unexpected_message"];
    }
    link.release(message->cost);
  }
  return true;
}

bool TriggerService::take_primitives(std::size_t process) {
  transport::LinkReceiver& link = *primitives_[process].link;
  for (int i = 0; i < kMessagesInATurn; ++i) {
    const auto message = link.receive();
    core_->set_boot(process, link.peer());
    if (!message) return false;
    if (!message->envelope.has_bulk()) {
      ++refused_primitives_["unexpected_message"];
    } else {
      const v1::Bulk& bulk = message->envelope.bulk();
      const auto batch = read_primitives(bulk, message->summed(), refused_primitives_);
      if (!core_->add_primitives(process, bulk.stream(), batch)) ++refused_primitives_["unknown_stream"];
    }
    link.release(message->cost);
  }
  return true;
}

void TriggerService::take_acknowledgements() {
  while (const auto envelope = decisions_->receive_back()) {
    if (!envelope->has_acknowledgement()) continue;
    const v1::Acknowledgement& acknowledgement = envelope->acknowledgement();
    core_->acknowledge(std::vector<std::uint64_t>(acknowledgement.durable().begin(), acknowledgement.durable().end()));
    core_->set_inhibit(acknowledgement.inhibit());
    const std::string reason = acknowledgement.inhibit() ? acknowledgement.inhibit_reason() : "";
    if (reason != inhibit_reason_) {
      host_->alarm(reason.empty() ? "readout goes on" : "readout inhibited by the event builder: " + reason);
    }
    inhibit_reason_ = reason;
  }
}

void TriggerService::send_output() {
  const TriggerOutput output = core_->take_output();
  // The builder hears of a decision before anybody is asked for its data.
  if (!output.pulses.empty()) {
    v1::Envelope envelope;
    *envelope.mutable_pulses() = pulses_message(output, *folder_);
    decisions_->send(std::move(envelope));
  }
  if (!output.decisions.empty() || !output.dead.empty()) {
    v1::Envelope envelope;
    *envelope.mutable_decisions() = decisions_message(output, *folder_);
    decisions_->send(std::move(envelope));
  }
  decisions_->flush();
  send_requests(output);
}

void TriggerService::send_requests(const TriggerOutput& output) {
  for (std::size_t process = 0; process < primitives_.size(); ++process) {
    v1::Envelope envelope;
    v1::Requests& requests = *envelope.mutable_requests();
    for (const Request& wanted : output.requests) {
      if (wanted.process != process) continue;
      auto& request = *requests.add_requests();
      request.set_decision(wanted.decision);
      request.set_detector(wanted.detector);
      request.set_begin_ns(wanted.window.begin.ns);
      request.set_end_ns(wanted.window.end.ns);
    }
    const Timestamp done = core_->done_before(core_->processes()[process].detector);
    const bool nobody_there = primitives_[process].link->peer() == 0;
    if (requests.requests().empty() && (nobody_there || done <= told_done_before_[process])) continue;
    told_done_before_[process] = done;
    requests.set_done_before_ns(done.ns);
    primitives_[process].link->send_back(std::move(envelope));
  }
}

void TriggerService::send_horizon(bool always) {
  if (!started_ || finished_) return;
  v1::Envelope envelope;
  *envelope.mutable_horizon() = horizon_message(*core_, setup_);
  std::string text = envelope.SerializeAsString();
  if (!always && text == told_horizon_) return;
  told_horizon_ = std::move(text);
  for (In& in : pulses_) {
    if (in.link->peer() != 0) in.link->send_back(envelope);
  }
}

void TriggerService::report_run_end() {
  if (run_end_reported_ || !core_->run_end()) return;
  run_end_reported_ = true;
  v1::Report report;
  report.mutable_run_end()->set_end_ns(core_->run_end()->ns);
  report.mutable_run_end()->set_why(core_->run_end_why());
  host_->report(std::move(report));
}

void TriggerService::end_when_drained() {
  if (!end_sent_ && core_->drained()) {
    end_sent_ = true;
    v1::Envelope end;
    *end.mutable_trigger_end() = end_message(*core_, setup_);
    decisions_->send(std::move(end));
    for (In& in : primitives_) {
      v1::Envelope last;
      last.mutable_requests()->set_end(true);
      in.link->send_back(std::move(last));
    }
  }
  if (end_sent_ && !finished_ && core_->all_durable() && decisions_->idle()) report_finished();
}

void TriggerService::report_finished() {
  if (finished_) return;
  finished_ = true;
  host_->report(service::finished_report(*this));
}

void TriggerService::flush_and_tick(bool tick) {
  for (auto* links : {&pulses_, &primitives_}) {
    for (In& in : *links) tick ? in.link->tick() : in.link->flush();
  }
  if (!decisions_) return;
  if (tick) decisions_->tick();
  decisions_->flush();
}

void TriggerService::describe(v1::Heartbeat& heartbeat) const {
  if (!core_) return;
  service::add_counters(heartbeat, "", core_->counters());
  service::add_counters(heartbeat, "pulses_refused.", refused_pulses_);
  service::add_counters(heartbeat, "primitives_refused.", refused_primitives_);
  service::add_counters(heartbeat, "discarded.", discarded_);
  auto& counters = *heartbeat.mutable_counters();
  for (const auto* links : {&pulses_, &primitives_}) {
    for (const In& in : *links) {
      service::add_counters(heartbeat, "discarded.", in.link->discarded());
      counters["messages"] += in.link->messages();
    }
  }
  Timestamp horizon = Timestamp::max();
  for (std::uint32_t f = 0; f < setup_.facilities.size(); ++f) {
    const FacilityGates& facility = core_->facility(f);
    const std::string& name = setup_.facilities[f].name;
    counters["pulses." + name] = facility.pulses();
    counters["late_pulses." + name] = facility.late_pulses();
    service::add_counters(heartbeat, "pulses_refused.", facility.refused());
    service::add_counters(heartbeat, "gates_dropped." + name + ".", facility.gates_dropped());
    horizon = std::min(horizon, core_->horizon(f));
  }
  std::size_t outstanding = 0;
  for (std::uint32_t d = 0; d < setup_.detectors.size(); ++d) outstanding += core_->outstanding(d);
  (*heartbeat.mutable_gauges())["decisions_outstanding"] = static_cast<double>(outstanding);
  counters["decisions_acknowledged"] = counters["decisions"] - outstanding;
  // Whole seconds and the rest apart: a double holds no TAI nanoseconds.
  const Duration since_begin = std::min(horizon, core_->run_end().value_or(Timestamp::max())) - core_->run_begin();
  (*heartbeat.mutable_gauges())["horizon_s"] = since_begin.seconds();
  (*heartbeat.mutable_gauges())["inhibited"] = inhibit_reason_.empty() ? 0 : 1;
  if (decisions_) {
    service::add_wait(heartbeat, decisions_->wait());
    service::add_counters(heartbeat, "discarded.", decisions_->discarded());
  }
}

}  // namespace spillway::trigger
