#include "daq/event_builder/builder_service.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daq/base/version.hpp"
#include "detectors/registry.hpp"

namespace spillway::event_builder {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kDecisionWindowBytes = std::size_t{8} << 20;
constexpr std::size_t kFragmentWindowBytes = std::size_t{32} << 20;
constexpr int kMessagesInATurn = 64;
constexpr std::size_t kBytesInATurn = std::size_t{256} << 10;
/// A large fragment, or as many bytes of others of its detector: what is taken or written of them at a time.
constexpr std::size_t kLongStepBytes = std::size_t{64} << 10;
/// A flush takes the longer the more streams it finds changed, and small events wait for it.
constexpr std::uint64_t kFlushBytes = std::uint64_t{1} << 20;
/// What has been written but is not on disk keeps others waiting that want to be: a disk makes all durable at a time.
constexpr std::uint64_t kMostBehind = std::uint64_t{2} << 20;
/// A lone detector keeps no other waiting.
constexpr std::uint64_t kLoneFlushBytes = std::uint64_t{8} << 20;
constexpr std::size_t kMostQueued = 1024;
constexpr std::size_t kStepsInATurn = 4096;
/// Complete events wait no longer for others to come.
constexpr milliseconds kCommitPeriod{20};
/// What is durable in the journal becomes readable in the file in a lull, as small events wait for a flush: so long
/// after one of them, and no longer, as the beam's next gate comes at its own time. Not sooner than the first of these
/// after the flush before, and after the second in any case.
constexpr milliseconds kFlushPeriod{200};
constexpr milliseconds kLongestUnflushed{1000};
constexpr milliseconds kQuiet{5};
constexpr milliseconds kLullEnd{15};
constexpr milliseconds kRetryPeriod{100};
/// Where files are damaged one after the other before anything is on the disk, so many are tried.
constexpr int kMostNewFiles = 3;
constexpr milliseconds kLongestGoodbye{1000};
const std::string kNoRoom = "no room on the disk for events";

void sync(const std::vector<int>& files) {
  for (const int file : files) {
    if (::fdatasync(file) != 0) {
      throw storage::DamagedFile(fmt::format("the disk does not take events: {}", std::strerror(errno)));
    }
  }
}

std::int64_t wall_now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

void BuilderService::configure(service::RunSettings settings) {
  setup_ = detectors::load_setup(settings.config);
  settings_ = std::move(settings);

  storage::RunInfo info = storage::describe(setup_);
  info.run = settings_->run;
  info.config_text = settings_->config.text();
  info.config_name = settings_->config.file_name();
  info.overrides = settings_->config.overrides();
  info.version = version_text();
  info.seed = settings_->seed;
  builder_ = std::make_unique<RunBuilder>(setup_, settings_->run_directory, std::move(info));
  acknowledged_.assign(setup_.detectors.size(), 0);
  renew(disk_);
  renew(journal_);
  host_->reactor().watch(builder_->hashed(), [] {});

  decisions_ = bind(service::decisions_link(), kDecisionWindowBytes);
  for (const model::Detector& detector : setup_.detectors) {
    for (std::uint32_t i = 0; i < detector.readout_processes; ++i) {
      const std::string process = service::readout_process(detector.name, i);
      readouts_.push_back({process, model::streams_of_process(detector, i), detector.gated,
                           bind(service::fragments_link(process), kFragmentWindowBytes),
                           std::make_shared<std::size_t>(0)});
    }
  }
  listen(Listening::kAll);
  notices_.emplace(host_->context(), zmq::socket_type::pub);
  notices_->set(zmq::sockopt::linger, 200);
  notices_->bind("ipc://" + (settings_->socket_directory / "builder.notices").string());
  notices_endpoint_ = notices_->get(zmq::sockopt::last_endpoint);

  host_->reactor().every(milliseconds(100), [this] { flush_and_tick(true); });
  host_->reactor().every(kQuiet, [] {});
  host_->reactor().every(milliseconds(500), [this] {
    if (last_notice_) notices_->send(zmq::message_t(last_notice_->SerializeAsString()), zmq::send_flags::dontwait);
  });
}

void BuilderService::renew(std::optional<Worker>& disk) {
  if (disk) host_->reactor().unwatch(disk->event());
  disk.emplace();
  // What has been done meanwhile is taken up by work().
  host_->reactor().watch(disk->event(), [] {});
}

std::shared_ptr<transport::LinkReceiver> BuilderService::bind(const std::string& link, std::size_t window_bytes) {
  const std::string socket = fmt::format("builder.{}", bound_++);
  return std::make_shared<transport::LinkReceiver>(
      host_->context(), link, "ipc://" + (settings_->socket_directory / socket).string(), settings_->run, window_bytes);
}

/// What is not read must not wake anybody.
void BuilderService::listen(Listening to) {
  if (to == listening_) return;
  listening_ = to;
  const auto set = [this](transport::LinkReceiver& link, bool heard) {
    host_->reactor().unwatch(link.socket());
    // What has come is read by work(), turn by turn.
    if (heard) host_->reactor().watch(link.socket(), [] {});
  };
  set(*decisions_, to != Listening::kNothing);
  for (Readout& readout : readouts_) set(*readout.link, hears(readout));
}

bool BuilderService::hears(const Readout& readout) const {
  return listening_ == Listening::kAll || (listening_ == Listening::kPrompt && !readout.large);
}

service::Endpoints BuilderService::endpoints() const {
  service::Endpoints endpoints;
  if (!decisions_) return endpoints;
  endpoints[decisions_->link()] = decisions_->endpoint();
  for (const Readout& readout : readouts_) endpoints[readout.link->link()] = readout.link->endpoint();
  endpoints[service::notices_link()] = notices_endpoint_;
  return endpoints;
}

void BuilderService::start() {
  builder_->start();
  started_ = true;
  notify(false);
}

void BuilderService::peer_lost(const std::string& process, std::uint64_t boot_id) {
  for (Readout& readout : readouts_) {
    if (readout.process != process) continue;
    // What it had sent is as good as ever.
    while (take_fragments(readout, kBytesInATurn)) {
    }
    builder_->peer_lost(process, boot_id, readout.streams);
    add(discarded_, readout.link->discarded());
    host_->reactor().unwatch(readout.link->socket());
    readout.link = bind(readout.link->link(), kFragmentWindowBytes);
    readout.link->supersede(boot_id);
    readout.held_bytes = std::make_shared<std::size_t>(0);
    if (hears(readout)) host_->reactor().watch(readout.link->socket(), [] {});
    // Once the trigger has ended, its successor has nothing to say but the replies that are still owed.
    readout.ended = readout.ended || builder_->trigger_ended();
  }
}

bool BuilderService::work() {
  if (!builder_) return false;
  bool more = false;
  if (started_ && !finished_) {
    more = !blocked_ && take_prompt();
    try {
      // While the disk is full there must be room for what is large, too, or it would be full again at once.
      const auto what = blocked_ ? RunBuilder::What::kAll : RunBuilder::What::kPrompt;
      if (!blocked_ || Clock::now() >= retry_at_) write(kStepsInATurn, kBytesInATurn, what);
      builder_->release_hashed();
      disk_->finish();
      journal_->finish();
      if (disk_->idle() && journal_->idle()) builder_->close_finished_files();
      const bool idle = !more && !large_waits_;
      commit_to_journal(idle);
      make_a_long_step(idle);
      finish_if_complete();
    } catch (const storage::DamagedFile& problem) {
      go_on_in_new_file(problem.what());
    }
    const bool lags = disk_lags();
    if (!blocked_ && !finished_) listen(lags ? Listening::kPrompt : Listening::kAll);
    more = !blocked_ && (more || builder_->queued() > 0 || (!lags && (large_waits_ || builder_->large_due())));
  }
  flush_and_tick(false);
  return more;
}

/// Small events wait for one of these alone.
void BuilderService::make_a_long_step(bool idle) {
  if (flush_is_due(idle)) {
    flush();
  } else if (blocked_ || disk_lags()) {
    return;
  } else if (builder_->large_due()) {
    write(0, kLongStepBytes, RunBuilder::What::kAll);
  } else {
    large_waits_ = take_large();
  }
}

bool BuilderService::disk_lags() const {
  return setup_.detectors.size() > 1 && !disk_->idle() && builder_->unflushed_bytes() >= kMostBehind;
}

bool BuilderService::take_prompt() {
  if (builder_->queued() >= kMostQueued) return true;
  bool more = take_decisions();
  for (Readout& readout : readouts_) {
    if (!readout.large) more = take_fragments(readout, kBytesInATurn) || more;
  }
  return more;
}

bool BuilderService::take_large() {
  // In turn, or the first would keep the others waiting.
  for (std::size_t i = 0; i < readouts_.size(); ++i) {
    Readout& readout = readouts_[large_turn_++ % readouts_.size()];
    if (readout.large && take_fragments(readout, kLongStepBytes)) return true;
  }
  return false;
}

bool BuilderService::take_decisions() {
  for (int i = 0; i < kMessagesInATurn; ++i) {
    const auto message = decisions_->receive();
    if (!message) return false;
    const v1::Envelope& envelope = message->envelope;
    if (envelope.has_decisions()) {
      builder_->add(envelope.decisions());
    } else if (envelope.has_pulses()) {
      builder_->add(envelope.pulses());
    } else if (envelope.has_truth()) {
      builder_->add(envelope.truth());
    } else if (envelope.has_trigger_end()) {
      builder_->add(envelope.trigger_end());
    } else {
      ++refused_["unexpected_message"];
    }
    decisions_->release(message->cost);
  }
  return true;
}

bool BuilderService::take_fragments(Readout& readout, std::size_t most) {
  std::size_t bytes = 0;
  for (int i = 0; i < kMessagesInATurn && bytes < most; ++i) {
    auto message = readout.link->receive();
    if (!message) return false;
    bytes += message->cost;
    if (message->envelope.has_fragment()) {
      builder_->add(arrival_of(readout, std::move(*message)));
      continue;
    }
    if (message->envelope.has_fragment_end()) {
      builder_->add(message->envelope.fragment_end());
      readout.ended = true;
    } else {
      ++refused_["unexpected_message"];
    }
    readout.link->release(message->cost);
  }
  return true;
}

Arrival BuilderService::arrival_of(Readout& readout, transport::Message message) {
  Arrival arrival;
  arrival.boot = readout.link->peer();
  arrival.fragment = std::move(*message.envelope.mutable_fragment());
  const std::size_t cost = message.cost;
  arrival.payload = [kept = std::make_shared<const transport::Message>(std::move(message))] { return kept->summed(); };
  // Fragments that wait for their turn must never use up the credit of the one they wait for.
  const auto held = readout.held_bytes;
  const bool keeps_credit = *held + cost <= kFragmentWindowBytes / 2;
  if (!keeps_credit) {
    readout.link->release(cost);
    arrival.release = [] {};
    return arrival;
  }
  *held += cost;
  arrival.release = [link = std::weak_ptr(readout.link), held, cost] {
    *held -= cost;
    if (const auto there = link.lock()) there->release(cost);
  };
  return arrival;
}

void BuilderService::write(std::size_t steps, std::uint64_t bytes, RunBuilder::What what) {
  // Not for the first few bytes that come free: it would be full again at once.
  const bool room = !blocked_ || builder_->has_room_again();
  set_blocked(!room || !builder_->write(steps, bytes, what));
  if (!unflushed_since_ && builder_->unflushed_bytes() > 0) unflushed_since_ = Clock::now();
}

void BuilderService::set_blocked(bool blocked) {
  if (blocked) retry_at_ = Clock::now() + kRetryPeriod;
  if (blocked == blocked_) return;
  blocked_ = blocked;
  listen(blocked ? Listening::kNothing : Listening::kAll);
  host_->alarm(blocked ? kNoRoom + "; it waits until there is" : "there is room on the disk again");
  acknowledge();
}

bool BuilderService::is_due(RunBuilder::Way way, bool idle) const {
  const bool drained = blocked_ || (idle && builder_->queued() == 0 && !builder_->large_due());
  return unflushed_since_ && builder_->any_complete(way) &&
         (drained || builder_->only_disk_awaited(way) || Clock::now() - committed_at_ >= kCommitPeriod);
}

void BuilderService::commit_to_journal(bool idle) {
  if (!journal_->idle() || !is_due(RunBuilder::Way::kJournal, idle)) return;
  if (auto commit = builder_->begin_journal()) {
    make_durable(*journal_, std::move(*commit));
  } else if (disk_->idle()) {
    flush();
  }
}

bool BuilderService::flush_is_due(bool idle) const {
  if (!unflushed_since_ || !disk_->idle()) return false;
  const auto now = Clock::now();
  const auto silence = now - committed_at_;
  const bool lull = silence >= kQuiet && silence < kLullEnd && journal_->idle() && builder_->open_requests() == 0;
  const bool much = builder_->unflushed_bytes() >= (setup_.detectors.size() > 1 ? kFlushBytes : kLoneFlushBytes);
  return is_due(RunBuilder::Way::kFlush, idle) || blocked_ || much || (lull && now - flushed_at_ >= kFlushPeriod) ||
         now - *unflushed_since_ >= kLongestUnflushed;
}

void BuilderService::flush() {
  unflushed_since_.reset();
  flushed_at_ = Clock::now();
  make_durable(*disk_, builder_->begin_flush());
}

void BuilderService::make_durable(Worker& disk, RunBuilder::Commit made) {
  committed_at_ = Clock::now();
  struct UnderWay {
    RunBuilder::Commit commit;
    std::int64_t durable_at_ns = 0;
  };
  const auto under_way = std::make_shared<UnderWay>(UnderWay{std::move(made)});
  disk.post(
      [under_way] {
        sync(under_way->commit.files);
        under_way->durable_at_ns = wall_now_ns();
      },
      [this, under_way] {
        builder_->end(under_way->commit, under_way->durable_at_ns);
        if (builder_->durable() != acknowledged_) {
          acknowledged_ = builder_->durable();
          acknowledge();
        }
        if (under_way->commit.way == RunBuilder::Way::kFlush) notify(false);
      });
}

void BuilderService::finish_commits() {
  disk_->wait();
  journal_->wait();
  flush();
  disk_->wait();
}

void BuilderService::go_on_in_new_file(std::string why) {
  for (int left = kMostNewFiles;; --left) {
    // What they still wait for is of the damaged file.
    renew(disk_);
    renew(journal_);
    try {
      host_->alarm(builder_->begin_new_file(why));
      return finish_commits();
    } catch (const storage::DamagedFile& problem) {
      if (left == 1) throw;
      why = fmt::format("{}; {}", why, problem.what());
    }
  }
}

void BuilderService::acknowledge() {
  v1::Envelope envelope;
  v1::Acknowledgement& acknowledgement = *envelope.mutable_acknowledgement();
  for (const std::uint64_t count : acknowledged_) acknowledgement.add_durable(count);
  acknowledgement.set_inhibit(blocked_);
  if (blocked_) acknowledgement.set_inhibit_reason(kNoRoom);
  decisions_->send_back(std::move(envelope));
}

void BuilderService::notify(bool run_closed) {
  v1::FileNotice notice;
  notice.set_run(settings_->run);
  notice.set_run_closed(run_closed);
  notices_->send(zmq::message_t(notice.SerializeAsString()), zmq::send_flags::dontwait);
  last_notice_ = std::move(notice);
}

void BuilderService::finish_if_complete() {
  const bool all_ended =
      std::all_of(readouts_.begin(), readouts_.end(), [](const Readout& readout) { return readout.ended; });
  if (blocked_ || !all_ended || !builder_->complete()) return;
  finish_commits();
  flush_and_tick(false);
  close(model::Condition::kIncomplete);
}

void BuilderService::close(model::Condition unless_complete) {
  v1::Report report;
  *report.mutable_finished()->mutable_run() = builder_->close(unless_complete);
  leave();
  auto& counters = *report.mutable_finished()->mutable_counters();
  counters.insert(builder_->counters().begin(), builder_->counters().end());
  counters["messages"] = messages();
  notify(true);
  host_->report(std::move(report));
}

/// What still comes or is done would keep the loop awake.
void BuilderService::leave() {
  finished_ = true;
  listen(Listening::kNothing);
  host_->reactor().unwatch(disk_->event());
  host_->reactor().unwatch(journal_->event());
  host_->reactor().unwatch(builder_->hashed());
}

void BuilderService::abort(const service::Abort& abort) {
  if (finished_ || !builder_) return;
  if (!started_) return report_failure(abort.why);
  const auto until = Clock::now() + kLongestGoodbye;
  try {
    // What is here already is stored; what is under way is not waited for.
    undamaged([&] {
      bool more = true;
      while (more && Clock::now() < until) {
        more = take_prompt();
        more = take_large() || more;
        if (!builder_->write(kStepsInATurn)) break;
        more = more || builder_->queued() > 0;
      }
      finish_commits();
    });
    builder_->give_up(abort.why, "aborted");
    undamaged([&] {
      if (!builder_->write(SIZE_MAX)) throw Error(kNoRoom);
    });
    close(abort.by_user ? model::Condition::kAborted : model::Condition::kIncomplete);
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
    report_failure(fmt::format("{}; the event file was left open: {}", abort.why, error.what()));
  }
}

void BuilderService::report_failure(const std::string& what) {
  leave();
  v1::Report report;
  v1::RunReport& run = *report.mutable_finished()->mutable_run();
  run.set_begin_ns(setup_.epoch.ns);
  run.set_end_ns(setup_.epoch.ns);
  run.add_missing(what);
  for (const auto& file : builder_->open_files()) run.add_files(file.string());
  host_->report(std::move(report));
}

void BuilderService::flush_and_tick(bool tick) {
  const auto each = [tick](transport::LinkReceiver& link) { tick ? link.tick() : link.flush(); };
  if (decisions_) each(*decisions_);
  for (Readout& readout : readouts_) each(*readout.link);
}

std::uint64_t BuilderService::messages() const {
  std::uint64_t messages = decisions_->messages();
  for (const Readout& readout : readouts_) messages += readout.link->messages();
  return messages;
}

void BuilderService::describe(v1::Heartbeat& heartbeat) const {
  if (!builder_) return;
  service::add_counters(heartbeat, "", builder_->counters());
  service::add_counters(heartbeat, "refused.", refused_);
  service::add_counters(heartbeat, "discarded.", discarded_);
  service::add_counters(heartbeat, "discarded.", decisions_->discarded());
  for (const Readout& readout : readouts_) service::add_counters(heartbeat, "discarded.", readout.link->discarded());
  (*heartbeat.mutable_counters())["messages"] = messages();
  auto& gauges = *heartbeat.mutable_gauges();
  gauges["latency_p50_ms"] = builder_->latencies().quantile_ms(0.5);
  gauges["latency_p99_ms"] = builder_->latencies().quantile_ms(0.99);
  gauges["open_requests"] = static_cast<double>(builder_->open_requests());
  gauges["waiting_fragments"] = static_cast<double>(builder_->waiting_fragments());
  gauges["disk_full"] = blocked_ ? 1 : 0;
}

}  // namespace spillway::event_builder
