#include "monitoring/online/online_service.hpp"

#include <chrono>
#include <functional>

#include "daq/base/log.hpp"
#include "detectors/registry.hpp"

namespace spillway::online {

namespace {

constexpr std::chrono::milliseconds kLookEvery{500};
constexpr std::uint64_t kComplainAfterErrors = 20;

}  // namespace

v1::Counts to_proto(const CountsLine& line) {
  v1::Counts counts;
  counts.set_detector(line.detector);
  counts.set_on(line.on);
  counts.set_off(line.off);
  counts.set_live_on_ns(line.live_on.ns);
  counts.set_live_off_ns(line.live_off.ns);
  counts.set_pot(line.pot);
  counts.set_has_alpha(line.alpha.has_value());
  counts.set_alpha(line.alpha.value_or(0));
  counts.set_has_excess(line.excess.has_value());
  counts.set_excess(line.excess.value_or(0));
  counts.set_excess_low(line.excess_low.value_or(0));
  counts.set_excess_high(line.excess_high.value_or(0));
  counts.set_data_time_ns(line.data_time.ns);
  if (line.simulation) {
    counts.set_simulated(true);
    counts.set_truth_signal_on(line.truth_signal_on);
    counts.set_signal_rate_scale(line.simulation->signal_rate_scale);
    counts.set_background_rate_scale(line.simulation->background_rate_scale);
    counts.set_efficiency(line.simulation->efficiency);
  }
  return counts;
}

OnlineService::OnlineService(service::Host& host) : host_(host) {
  // Notices may be lost, and a restarted stage hears none of those before it.
  host_.reactor().every(kLookEvery, [this] {
    if (files_) files_->look();
    update();
  });
}

OnlineService::~OnlineService() {
  if (notices_) host_.reactor().unwatch(*notices_);
}

void OnlineService::configure(service::RunSettings settings) {
  files_.reset();
  newest_.clear();
  counters_.clear();
  running_ = reported_ = complained_ = changed_ = false;
  run_ = settings.run;
  feed_.emplace(settings.config, detectors::load_setup(settings.config));
  files_.emplace(settings.run_directory, run_, *feed_);
}

void OnlineService::connect(const service::Endpoints& peers) {
  const auto endpoint = peers.find(service::notices_link());
  if (endpoint == peers.end()) throw Error("online: run control named no endpoint \"" + service::notices_link() + "\"");
  if (notices_) host_.reactor().unwatch(*notices_);
  notices_.emplace(host_.context(), zmq::socket_type::sub);
  notices_->set(zmq::sockopt::linger, 0);
  notices_->set(zmq::sockopt::subscribe, "");
  notices_->connect(endpoint->second);
  host_.reactor().watch(*notices_, [this] { read_notices(); });
}

void OnlineService::start() {
  running_ = true;
}

void OnlineService::stop(Timestamp) {
  if (files_) files_->look();
}

void OnlineService::abort(const std::string&) {
  running_ = false;
}

void OnlineService::read_notices() {
  zmq::message_t message;
  while (notices_->recv(message, zmq::recv_flags::dontwait)) {
    v1::FileNotice notice;
    if (!notice.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
      ++counters_["bad_notice"];
      continue;
    }
    if (notice.run() != run_ || !files_) {
      ++counters_["foreign_notice"];
      continue;
    }
    ++counters_["notices"];
    files_->look();
    if (notice.run_closed()) files_->no_more_files();
  }
}

bool OnlineService::work() {
  if (!running_ || !files_ || files_->finished()) return false;
  const bool more = files_->step();
  changed_ = true;
  if (files_->finished()) finish();
  return more;
}

void OnlineService::update() {
  if (!feed_ || !changed_) return;
  changed_ = false;
  newest_.clear();
  for (const CountsLine& line : feed_->counts().counts()) newest_.push_back(to_proto(line));
  if (files_->errors_in_a_row() < kComplainAfterErrors) {
    complained_ = false;
  } else if (!complained_) {
    complained_ = true;
    host_.alarm("online counts stand still: " + files_->error());
  }
}

template <typename Map>
void OnlineService::add_counters_to(Map& counters) const {
  for (const Counters& some :
       {std::cref(counters_), std::cref(feed_->counters()), std::cref(feed_->counts().problems())}) {
    for (const auto& [name, count] : some) counters[name] += count;
  }
}

void OnlineService::finish() {
  if (reported_) return;
  reported_ = true;
  update();
  v1::Report report;
  v1::Finished& finished = *report.mutable_finished();
  for (const v1::Counts& counts : newest_) *finished.add_counts() = counts;
  add_counters_to(*finished.mutable_counters());
  if (const auto outstanding = feed_->counts().outstanding(); outstanding > 0) {
    host_.alarm("online: " + std::to_string(outstanding) + " gates are not counted, their fragments could not be read");
  }
  host_.report(std::move(report));
}

void OnlineService::describe(v1::Heartbeat& heartbeat) const {
  if (!feed_) return;
  for (const v1::Counts& counts : newest_) *heartbeat.add_counts() = counts;
  add_counters_to(*heartbeat.mutable_counters());
  (*heartbeat.mutable_gauges())["gates_outstanding"] = static_cast<double>(feed_->counts().outstanding());
  (*heartbeat.mutable_gauges())["file"] = files_->part();
  (*heartbeat.mutable_gauges())["file_errors_in_a_row"] = files_->errors_in_a_row();
}

}  // namespace spillway::online
