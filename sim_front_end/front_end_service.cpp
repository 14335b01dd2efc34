#include "sim_front_end/front_end_service.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "daq/model/gate.hpp"
#include "daq/model/pulse_train.hpp"
#include "daq/proto/beam_pulse.hpp"
#include "daq/proto/convert.hpp"
#include "detectors/registry.hpp"
#include "detectors/setup_checks.hpp"
#include "sim_front_end/source_table.hpp"

namespace spillway::sim_front_end {

namespace {

constexpr std::chrono::milliseconds kPaceStep{5};
constexpr std::chrono::milliseconds kTick{100};
constexpr std::size_t kMostBacklog = std::size_t{16} << 20;

std::int64_t wall_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool is_late(const PulseReport& report) {
  return report.pulse.revision == 0 && report.pulse.time.begin < report.promised;
}

Pacer::WallTime now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

FrontEndService::FrontEndService(service::Host& host) : host_(host) {
  host_.reactor().every(kTick, [this] {
    for (const auto& outlet : outlets_) outlet->tick();
  });
  // Wakes the loop, whose turn then sends what the pace allows.
  host_.reactor().every(kPaceStep, [] {});
}

FrontEndService::~FrontEndService() = default;

void FrontEndService::configure(service::RunSettings settings) {
  setup_ = detectors::load_setup(settings.config);
  const std::string prefix = service::front_end_process("");
  name_ = settings.process.starts_with(prefix) ? settings.process.substr(prefix.size()) : settings.process;
  if (!settings.config.has_section("front_end." + name_)) {
    throw Error(fmt::format("there is no section [front_end.{}] for process {}", name_, settings.process));
  }
  const Section section = detectors::front_end_section(settings.config, name_);
  facility_ = detectors::facility_index(section, setup_.facilities);
  lead_ = detectors::gate_lead(setup_.facilities[facility_]);
  pulse_trains_ = model::sends_pulse_trains(setup_, facility_);
  source_ = make_source(settings.config, setup_, name_, facility_, settings.replay, settings.seed);
  pacer_ = Pacer(setup_.epoch, settings.speed, setup_.look_ahead);
  settings_.emplace(std::move(settings));
  make_streams();
  phase_ = Phase::kReady;
}

void FrontEndService::make_streams() {
  outlets_.clear();
  streams_.clear();
  const Section section = detectors::front_end_section(settings_->config, name_);
  const FaultRates faults = fault_rates(section);
  const bool by_udp = section.text("transport") == "udp";
  for (const model::Detector& detector : setup_.detectors) {
    if (detector.facility != facility_) continue;
    std::vector<std::size_t> outlet_of(detector.readout_processes);
    for (std::uint32_t i = 0; i < std::min<std::size_t>(detector.readout_processes, detector.streams.size()); ++i) {
      const std::string readout = service::readout_process(detector.name, i);
      outlet_of[i] = outlets_.size();
      outlets_.push_back(std::make_unique<Outlet>(host_, service::frames_link(name_, readout), readout, settings_->run,
                                                  Outlet::Way{setup_.shared_bytes, by_udp}));
    }
    // Nothing was recorded before the epoch, and that is known: windows of the first gates reach there.
    const Timestamp covered_from = setup_.epoch - detector.pre;
    for (std::size_t i = 0; i < detector.streams.size(); ++i) {
      const model::Encoding encoding = source_->encoding(streams_.size());
      streams_.push_back(
          {StreamMessage(detector.streams[i], encoding, covered_from), outlet_of[i % detector.readout_processes]});
      streams_.back().by_udp = by_udp;
      if (faults.any()) {
        streams_.back().faults.emplace(faults, detector.streams[i], encoding, setup_.epoch, settings_->seed);
      }
    }
  }
  outlets_.push_back(
      std::make_unique<Outlet>(host_, service::pulses_link(name_), "trigger", settings_->run, Outlet::Way{}));
  streams_.push_back({StreamMessage("pulses/" + setup_.facilities[facility_].name,
                                    model::Encoding::of(model::EncodingFamily::kBeamPulse), setup_.epoch),
                      outlets_.size() - 1});
}

void FrontEndService::connect(const service::Endpoints& peers) {
  for (std::size_t i = 0; i < outlets_.size(); ++i) {
    const bool anew = outlets_[i]->connect(peers);
    if (!anew || (phase_ != Phase::kRunning && phase_ != Phase::kDraining)) continue;
    // The horizon may hold us back until somebody hears how far we are, so the new process is told at once.
    for (Stream& stream : streams_) {
      if (stream.outlet == i) send(stream, stream.message.take(wall_ns()));
    }
  }
}

void FrontEndService::peer_lost(const std::string& process, std::uint64_t) {
  for (std::size_t i = 0; i < outlets_.size(); ++i) {
    if (outlets_[i]->process() != process) continue;
    outlets_[i]->lose();
    if (phase_ != Phase::kEnding && phase_ != Phase::kFinished) continue;
    // The next process must hear, too, that nothing follows.
    for (Stream& stream : streams_) {
      if (stream.outlet == i) send(stream, stream.message.take_end(wall_ns()));
    }
  }
}

void FrontEndService::start() {
  pacer_.start(now());
  phase_ = Phase::kRunning;
}

void FrontEndService::stop(Timestamp end) {
  if (phase_ == Phase::kReady) start();
  if (phase_ != Phase::kRunning) return;
  // Pulses that come as late as they may must still be heard, by the same rule as ever.
  drain_end_ = end + detectors::longest_window(settings_->config, setup_, facility_) + lead_ + setup_.reorder +
               setup_.facilities[facility_].max_pulse_lateness;
  phase_ = Phase::kDraining;
}

void FrontEndService::abort(const service::Abort&) {
  for (const auto& outlet : outlets_) outlet->abandon();
  outlets_.clear();
  phase_ = Phase::kIdle;
}

bool FrontEndService::work() {
  bool more = false;
  read_horizon();
  if (phase_ == Phase::kRunning || phase_ == Phase::kDraining) more |= advance();
  if (phase_ == Phase::kRunning) tell_end_once();
  if (phase_ == Phase::kDraining && source_->watermark() >= drain_end_) end_streams();
  // Behind all that may have given it something to send.
  for (const auto& outlet : outlets_) more |= outlet->flush();
  if (phase_ == Phase::kEnding) finish();
  return more;
}

void FrontEndService::read_horizon() {
  if (outlets_.empty()) return;
  while (const auto envelope = outlets_.back()->receive_back()) {
    if (!envelope->has_horizon()) continue;
    const auto& before = envelope->horizon().before_ns();
    if (facility_ < static_cast<std::uint32_t>(before.size())) {
      pacer_.set_horizon({before[static_cast<int>(facility_)]});
    }
  }
}

bool FrontEndService::backlogged() const {
  return std::any_of(outlets_.begin(), outlets_.end(),
                     [](const auto& outlet) { return outlet->backlog_bytes() > kMostBacklog; });
}

std::optional<Timestamp> FrontEndService::input_end() const {
  const auto end = source_->end();
  if (!end) return std::nullopt;
  if (end->run_end) return end->run_end;
  const Duration reach = model::reach(setup_, setup_.facilities[facility_]);
  return std::max(end->last_frame, end->last_pulse + reach) + microseconds(1);
}

Timestamp FrontEndService::bound() const {
  const Timestamp bound = pacer_.may_go(now());
  return phase_ == Phase::kDraining ? std::min(bound, drain_end_) : bound;
}

bool FrontEndService::advance() {
  if (backlogged()) return false;
  const Timestamp until = bound();
  if (until <= source_->watermark()) return false;
  batch_.clear();
  source_->advance(until, batch_);
  for (const std::string& text : source_->take_alarms()) host_.alarm(text);
  distribute();
  return source_->watermark() < until;
}

void FrontEndService::add(Stream& stream, Timestamp time, ByteView frame) {
  if (stream.message.full_before(time)) send_up_to(stream, time);
  stream.message.add(time, frame);
}

/// What happens to a datagram happens on its way: it counts as sent, and arrives or not, once or twice, soon or late.
void FrontEndService::add_datagram(Stream& stream, Interval time, Bytes frame) {
  if (stream.message.full_before(time.begin)) send_up_to(stream, time.begin);
  stream.message.announce(time.begin, frame.size());
  if (!stream.faults) {
    stream.datagrams.push_back(std::move(frame));
    return;
  }
  faulty_.clear();
  stream.faults->pass(time, std::move(frame), faulty_);
  keep_datagrams(stream);
}

/// A flipped bit is seen by the network's own checksums, which drop the datagram.
void FrontEndService::keep_datagrams(Stream& stream) {
  for (Faults::Out& out : faulty_) {
    if (!out.lost && !out.flip_bit) stream.datagrams.push_back(std::move(out.bytes));
  }
}

void FrontEndService::add_faulty(Stream& stream, std::span<const Faults::Out> frames) {
  for (const Faults::Out& frame : frames) {
    if (frame.lost) {
      send_up_to(stream, frame.time);
      stream.message.lose_one();
      continue;
    }
    if (frame.in_order) {
      add(stream, frame.time, frame.bytes);
    } else {
      stream.message.add(frame.bytes);
    }
    stream.flip_bit = stream.flip_bit || frame.flip_bit;
  }
}

void FrontEndService::distribute() {
  for (SourceFrame& frame : batch_.frames) {
    Stream& stream = streams_[frame.stream];
    if (stream.by_udp) {
      add_datagram(stream, frame.time, std::move(frame.bytes));
      continue;
    }
    if (!stream.faults) {
      add(stream, frame.time.begin, frame.bytes);
      continue;
    }
    faulty_.clear();
    stream.faults->pass(frame.time, std::move(frame.bytes), faulty_);
    add_faulty(stream, faulty_);
  }
  distribute_pulses();
  Stream& pulses = streams_.back();
  if (!batch_.truth.empty()) {
    OutMessage message;
    for (const model::TruthEvent& event : batch_.truth) {
      *message.envelope.mutable_truth()->add_events() = proto::to_proto(event);
    }
    send(pulses, std::move(message));
  }
  const bool pause = source_->watermark() >= bound();
  for (Stream& stream : streams_) {
    stream.message.advance(&stream == &pulses ? source_->pulse_watermark() : source_->watermark());
    pass_on(stream, pause && settings_->speed == 0);
  }
}

void FrontEndService::distribute_pulses() {
  Stream& pulses = streams_.back();
  v1::Pulse train;
  for (std::span<const PulseReport> left(batch_.pulses); !left.empty();) {
    const PulseReport& report = left.front();
    const std::size_t folded = fold(left, train);
    // Whether a pulse is late must not depend on how its reports are put into messages.
    if (folded > 0 || is_late(report)) send_up_to(pulses, report.promised);
    if (folded > 0) {
      pulses.message.add_train(train);
    } else {
      pulses.message.add(proto::encode_beam_pulse(report.pulse, proto::FacilityCode::kEmulated, ++pulse_sequence_));
    }
    left = left.subspan(std::max<std::size_t>(folded, 1));
  }
}

std::size_t FrontEndService::fold(std::span<const PulseReport> reports, v1::Pulse& train) const {
  if (!pulse_trains_) return 0;
  model::PulseFolder folder;
  for (const PulseReport& report : reports) {
    model::Pulse pulse = report.pulse;
    // As a record would have it: what is stored must not depend on how it travels.
    pulse.protons_uncertainty = static_cast<float>(pulse.protons_uncertainty);
    if (is_late(report) || !folder.extend(pulse)) break;
  }
  if (folder.count() < model::kShortestTrain) return 0;
  train = proto::to_proto(folder.train(), facility_);
  return folder.count();
}

void FrontEndService::pass_on(Stream& stream, bool all) {
  if (stream.message.due(setup_.facilities[facility_].watermark_period) || (all && stream.message.has_news())) {
    send(stream, stream.message.take(wall_ns()));
  }
}

void FrontEndService::send_up_to(Stream& stream, Timestamp time) {
  stream.message.advance(time);
  send(stream, stream.message.take(wall_ns()));
}

void FrontEndService::send(Stream& stream, OutMessage message) {
  if (std::exchange(stream.flip_bit, false) && !message.payload.empty()) {
    message.payload[message.payload.size() / 2] ^= std::byte{1};
  }
  if (stream.by_udp && stream.faults) {
    // No network holds a datagram back until the next beam pulse.
    faulty_.clear();
    stream.faults->end(faulty_);
    keep_datagrams(stream);
  }
  // The end of a file is found by reading it: before the watermark has passed it.
  if (const auto end = input_end(); end && &stream == &streams_.back() && message.envelope.has_bulk()) {
    message.envelope.mutable_bulk()->set_input_end_ns(end->ns);
  }
  message.datagrams = std::exchange(stream.datagrams, {});
  outlets_[stream.outlet]->send(std::move(message));
}

void FrontEndService::tell_end_once() {
  const auto end = input_end();
  if (told_end_ || !end || source_->pulse_watermark() < *end + lead_) return;
  told_end_ = true;
  for (Stream& stream : streams_) pass_on(stream, true);
}

void FrontEndService::end_streams() {
  for (Stream& stream : streams_) {
    if (stream.faults && !stream.by_udp) {
      faulty_.clear();
      stream.faults->end(faulty_);
      add_faulty(stream, faulty_);
    }
    stream.message.advance(drain_end_);
    pass_on(stream, true);
    send(stream, stream.message.take_end(wall_ns()));
  }
  phase_ = Phase::kEnding;
}

void FrontEndService::finish() {
  for (const auto& outlet : outlets_) {
    outlet->flush();
    if (!outlet->idle()) return;
  }
  phase_ = Phase::kFinished;
  v1::Report report = service::finished_report(*this);
  for (const auto& [reason, count] : source_->skipped()) {
    (*report.mutable_finished()->mutable_input_skipped())[reason] = count;
  }
  host_.report(std::move(report));
}

void FrontEndService::describe(v1::Heartbeat& heartbeat) const {
  if (!source_) return;
  auto& counters = *heartbeat.mutable_counters();
  std::uint64_t frames = 0;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const StreamMessage& message = streams_[i].message;
    if (i + 1 == streams_.size()) {
      counters["pulses_sent"] = message.sent();
      break;
    }
    frames += message.sent();
    auto& totals = *heartbeat.add_streams();
    totals.set_stream(message.stream());
    totals.set_sent(message.sent());
  }
  counters["frames_sent"] = frames;
  service::add_counters(heartbeat, "input_skipped.", source_->skipped());
  if (phase_ == Phase::kRunning || phase_ == Phase::kDraining) {
    (*heartbeat.mutable_gauges())["lag_s"] = pacer_.lag_s(source_->watermark(), now());
    (*heartbeat.mutable_gauges())["data_time_s"] = (source_->watermark() - setup_.epoch).seconds();
    if (pacer_.held_by_horizon(now())) heartbeat.add_waits()->set_link("release horizon");
  }
  for (const auto& outlet : outlets_) {
    service::add_wait(heartbeat, outlet->wait());
    service::add_counters(heartbeat, "payloads.", outlet->payloads());
    service::add_counters(heartbeat, "discarded.", outlet->discarded());
  }
}

}  // namespace spillway::sim_front_end
