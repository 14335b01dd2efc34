#include "readout/readout_service.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daq/proto/convert.hpp"
#include "detectors/registry.hpp"
#include "detectors/setup_checks.hpp"
#include "readout/finder.hpp"

namespace spillway::readout {

namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr std::size_t kMostPrimitivesBacklog = std::size_t{16} << 20;
constexpr std::size_t kMostFrameCredit = std::size_t{64} << 20;
constexpr std::size_t kMostMessagesAtOnce = 32;
constexpr std::size_t kMostAnswersAtOnce = 64;
constexpr std::size_t kMostClosedAtOnce = 8;  ///< messages of one stream
constexpr std::size_t kFewestDatagramBytes = std::size_t{1} << 20;

std::size_t backlog(const std::unique_ptr<transport::LinkSender>& sender) {
  return sender ? sender->backlog_bytes() : 0;
}

}  // namespace

ReadoutService::ReadoutService(service::Host& host) : host_(host) {
  host_.reactor().every(kTick, [this] {
    for (Input& input : inputs_) input.link->tick();
    if (primitives_) primitives_->tick();
    if (fragments_) fragments_->tick();
  });
}

ReadoutService::~ReadoutService() {
  if (datagrams_) host_.reactor().unwatch(datagrams_->socket().file());
  for (Input& input : inputs_) watch(input, false);
  drop(primitives_);
  drop(fragments_);
}

void ReadoutService::configure(service::RunSettings settings) {
  setup_ = detectors::load_setup(settings.config);
  settings_.emplace(std::move(settings));
  for (detector_ = 0; detector_ < setup_.detectors.size(); ++detector_) {
    const model::Detector& detector = setup_.detectors[detector_];
    for (std::uint32_t index = 0; index < detector.readout_processes; ++index) {
      if (service::readout_process(detector.name, index) != settings_->process) continue;
      process_index_ = index;
      make_streams();
      bind_inputs();
      quarantine_.emplace(settings_->run_directory / "quarantine");
      return;
    }
  }
  throw Error(fmt::format("no detector of the configuration has a readout process {}", settings_->process));
}

void ReadoutService::make_streams() {
  const model::Detector& detector = setup_.detectors[detector_];
  const auto names = model::streams_of_process(detector, process_index_);
  streams_.clear();
  stream_index_.clear();
  descriptions_.clear();
  if (setup_.shared_bytes > 0) memory_ = transport::OutgoingMemory::make(setup_.shared_bytes, detector.ring_bytes);
  for (const std::string& name : names) {
    stream_index_[name] = streams_.size();
    StreamElectronics electronics = make_electronics(settings_->config, setup_, detector, name);
    descriptions_.push_back(electronics.description);
    streams_.emplace_back(std::move(electronics), make_buffer(detector.ring_bytes / names.size(), streams_.size()));
  }
  book_.emplace(streams_.size());
}

/// Each stream has an equal part of the latency buffer.
LatencyBuffer ReadoutService::make_buffer(std::size_t bytes, std::size_t index) const {
  if (!memory_) return LatencyBuffer(bytes);
  const std::span<std::byte> part = memory_->kept().subspan(index * bytes, bytes);
  const auto back = [backed = memory_->kept_part(part)](std::size_t end) mutable {
    return backed.through(backed.begin() + end);
  };
  return LatencyBuffer({part, back, memory_});
}

void ReadoutService::bind_inputs() {
  const model::Detector& detector = setup_.detectors[detector_];
  const std::size_t credit = std::min<std::size_t>(kMostFrameCredit, detector.ring_bytes / 2);
  inputs_.clear();
  if (streams_.empty()) return;
  for (const std::string& name : settings_->config.names("front_end")) {
    const Section section = detectors::front_end_section(settings_->config, name);
    if (detectors::facility_index(section, setup_.facilities) != detector.facility) continue;
    const bool by_udp = section.text("transport") == "udp";
    if (by_udp && !datagrams_) open_datagrams();
    const std::string endpoint =
        fmt::format("ipc://{}/{:x}-{}", settings_->socket_directory.string(), host_.boot_id(), inputs_.size());
    auto link =
        std::make_unique<transport::LinkReceiver>(host_.context(), service::frames_link(name, settings_->process),
                                                  endpoint, settings_->run, by_udp ? datagrams_->credit() : credit);
    inputs_.push_back({std::move(link), std::nullopt, false, by_udp});
  }
}

void ReadoutService::open_datagrams() {
  const model::Detector& detector = setup_.detectors[detector_];
  const Section section = detectors::readout_section(settings_->config, detector.name);
  DatagramSettings datagrams;
  datagrams.address = section.text("udp_address");
  const std::int64_t first_port = section.integer("udp_port");
  datagrams.port = static_cast<std::uint16_t>(first_port == 0 ? 0 : first_port + process_index_);
  datagrams.buffer_bytes = static_cast<std::size_t>(section.integer("udp_buffer_bytes"));
  datagrams.longest_wait = std::chrono::nanoseconds(section.duration("udp_wait_ns").ns);
  datagrams.most_bytes = std::max(kFewestDatagramBytes, detector.ring_bytes / 2);
  datagrams_ = std::make_unique<DatagramInput>(datagrams, descriptions_);
  // What comes in is taken in work().
  host_.reactor().watch(datagrams_->socket().file(), [] {});
}

service::Endpoints ReadoutService::endpoints() const {
  service::Endpoints endpoints;
  for (const Input& input : inputs_) endpoints[input.link->link()] = input.link->endpoint();
  if (datagrams_) endpoints[service::datagrams_link(settings_->process)] = datagrams_->socket().endpoint();
  return endpoints;
}

void ReadoutService::connect(const service::Endpoints& peers) {
  connect_one(primitives_, primitives_endpoint_, service::primitives_link(settings_->process), peers);
  connect_one(fragments_, fragments_endpoint_, service::fragments_link(settings_->process), peers);
}

void ReadoutService::connect_one(Sender& sender, std::string& endpoint, const std::string& link,
                                 const service::Endpoints& peers) {
  const auto found = peers.find(link);
  if (found == peers.end()) {
    if (!endpoint.empty() || streams_.empty()) return;
    throw Error(fmt::format("link {} has no endpoint; is the process at its other end configured?", link));
  }
  if (found->second == endpoint) return;
  drop(sender);
  endpoint = found->second;
  const transport::Identity identity{settings_->run, host_.boot_id()};
  sender =
      &sender == &fragments_ && memory_
          ? std::make_unique<transport::LinkSender>(host_.context(), link, endpoint, identity, memory_)
          : std::make_unique<transport::LinkSender>(host_.context(), link, endpoint, identity, setup_.shared_bytes);
  host_.reactor().watch(sender->socket(), [raw = sender.get()] { raw->flush(); });
}

void ReadoutService::drop(Sender& sender) {
  if (!sender) return;
  host_.reactor().unwatch(sender->socket());
  sender.reset();
  if (&sender == &fragments_) {
    for (StreamReadout& stream : streams_) stream.take_all_back();
  }
}

void ReadoutService::stop(Timestamp end) {
  if (run_end_) return;
  run_end_ = end;
  const std::uint32_t facility = setup_.detectors[detector_].facility;
  const Timestamp limit = end + detectors::longest_window(settings_->config, setup_, facility);
  for (StreamReadout& stream : streams_) stream.set_limit(limit);
}

void ReadoutService::abort(const service::Abort&) {
  if (primitives_) primitives_->abandon();
  if (fragments_) fragments_->abandon();
  take_no_more();
}

/// What still comes would keep the loop awake.
void ReadoutService::take_no_more() {
  finished_ = true;
  if (datagrams_) host_.reactor().unwatch(datagrams_->socket().file());
}

bool ReadoutService::work() {
  if (finished_) return false;
  bool more = false;
  take_back();
  more |= take_frames();
  read_requests();
  more |= answer_requests();
  // Last, so that nothing found in this turn waits for the next one.
  if (primitives_) more |= primitives_->flush();
  for (Input& input : inputs_) input.link->flush();
  finish();
  return more;
}

/// What the event builder has copied may be overwritten.
void ReadoutService::take_back() {
  if (!fragments_) return;
  for (StreamReadout& stream : streams_) stream.take_back(fragments_->taken_number());
}

bool ReadoutService::take_frames() {
  bool more = datagrams_ && datagrams_->drain(std::chrono::steady_clock::now());
  for (Input& input : inputs_) {
    std::size_t taken = 0;
    while (taken < kMostMessagesAtOnce && may_take(input) && take_message(input)) ++taken;
    more |= taken == kMostMessagesAtOnce;
    // A socket whose messages are not wanted now must not keep the loop awake.
    watch(input, may_take(input));
  }
  if (datagrams_) more |= close_announced();
  return more;
}

bool ReadoutService::close_announced() {
  const auto now = std::chrono::steady_clock::now();
  bool more = false;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    std::size_t closed = 0;
    for (; closed < kMostClosedAtOnce && backlog(primitives_) <= kMostPrimitivesBacklog; ++closed) {
      const auto message = datagrams_->close_next(i, now);
      if (!message) break;
      std::vector<ByteView> bad;
      PrimitiveMessage found = streams_[i].take(message->announced, message->arrived, bad);
      pass_on(i, std::move(found), bad);
      inputs_.at(message->cost.input).link->release(message->cost.bytes);
    }
    more |= closed == kMostClosedAtOnce;
  }
  return more;
}

bool ReadoutService::may_take(const Input& input) const {
  const bool waits = input.waiting && must_wait(*input.waiting);
  return started_ && !waits && backlog(primitives_) <= kMostPrimitivesBacklog;
}

bool ReadoutService::must_wait(const transport::Message& message) const {
  const v1::Bulk& bulk = message.envelope.bulk();
  // A stream's last books say what lay outside of the run, so its end must be known.
  if (bulk.end_of_stream() && !run_end_) return true;
  const auto found = stream_index_.find(bulk.stream());
  if (found == stream_index_.end()) return false;
  // Frames that are asked for are not overwritten while the event builder does not take them.
  const StreamReadout& stream = streams_[found->second];
  return (stream.lends() || book_->due(found->second, stream.watermark()) != nullptr) &&
         !stream.has_room(message.payload.size() + bulk.datagram_bytes());
}

/// What waits must not lie where other messages come.
std::span<std::byte> ReadoutService::room_for(const v1::Bulk& bulk, std::size_t bytes) {
  const auto found = stream_index_.find(bulk.stream());
  if (found == stream_index_.end() || bulk.end_of_stream() || bulk.datagram_bytes() > 0) return {};
  return streams_[found->second].reserve(bytes);
}

void ReadoutService::watch(Input& input, bool wanted) {
  if (input.watched == wanted) return;
  input.watched = wanted;
  if (wanted) {
    // What comes in is taken in work(), within bounds.
    host_.reactor().watch(input.link->socket(), [] {});
  } else {
    host_.reactor().unwatch(input.link->socket());
  }
}

bool ReadoutService::take_message(Input& input) {
  if (!input.waiting) {
    input.waiting = input.link->receive(
        [this](const v1::Envelope& envelope, std::size_t bytes) { return room_for(envelope.bulk(), bytes); });
  }
  if (!input.waiting || must_wait(*input.waiting)) return false;
  transport::Message& message = *input.waiting;
  if (message.envelope.has_bulk()) {
    take_bulk(input, message);
  } else {
    ++refused_["unexpected_message"];
    input.link->release(message.cost);
  }
  input.waiting.reset();
  return true;
}

void ReadoutService::take_bulk(Input& input, const transport::Message& message) {
  const v1::Bulk& bulk = message.envelope.bulk();
  const auto index = stream_index_.find(bulk.stream());
  if (index == stream_index_.end()) {
    ++refused_["unknown_stream"];
  } else if (input.datagrams) {
    // On this host all that was sent before is there.
    const auto now = std::chrono::steady_clock::now();
    datagrams_->drain(now);
    datagrams_->announce(index->second, bulk, {static_cast<std::size_t>(&input - inputs_.data()), message.cost}, now);
    return;  // what it costs is given back with the frames
  } else {
    std::vector<ByteView> bad;
    PrimitiveMessage found = streams_[index->second].take(bulk, message.summed(), bad);
    pass_on(index->second, std::move(found), bad);
  }
  input.link->release(message.cost);
}

void ReadoutService::pass_on(std::size_t stream, PrimitiveMessage found, const std::vector<ByteView>& bad) {
  for (const ByteView frame : bad) quarantine_->keep(streams_[stream].stream(), frame);
  v1::Envelope envelope;
  *envelope.mutable_bulk() = std::move(found.bulk);
  primitives_->send(std::move(envelope),
                    zmq::message_t(found.primitives.data(), found.primitives.size() * sizeof(model::Primitive)));
}

void ReadoutService::read_requests() {
  if (!primitives_) return;
  while (const auto envelope = primitives_->receive_back()) {
    if (!envelope->has_requests()) {
      ++refused_["unexpected_message"];
      continue;
    }
    const v1::Requests& requests = envelope->requests();
    for (const auto& request : requests.requests()) {
      book_->add({request.decision(), request.detector(), {{request.begin_ns()}, {request.end_ns()}}});
    }
    if (requests.done_before_ns() != 0) {
      for (StreamReadout& stream : streams_) stream.release_before({requests.done_before_ns()});
    }
    if (requests.end()) book_->end();
  }
}

bool ReadoutService::answer_requests() {
  if (!fragments_) return false;
  // Nothing behind this may read credit: a reply would wait for it that is there.
  const auto may_send = [this](std::size_t bytes) {
    if (fragments_->may_send(bytes)) return true;
    fragments_->flush();
    return fragments_->may_send(bytes);
  };
  if (answer_waits_ && !may_send(*answer_waits_)) return false;
  answer_waits_.reset();
  std::size_t answered = 0;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    while (answered < kMostAnswersAtOnce) {
      const DataRequest* request = book_->due(i, streams_[i].watermark());
      if (request == nullptr) break;
      FragmentMessage answer = streams_[i].answer(*request);
      if (!may_send(answer.bytes)) {
        answer_waits_ = answer.bytes;
        return false;
      }
      send_fragment(i, *request, std::move(answer));
      book_->answered(i);
      ++answered;
    }
  }
  fragments_->flush();
  // Frames may have waited for the room that a reply has made.
  const auto waits = [](const Input& input) { return input.waiting.has_value(); };
  return answered == kMostAnswersAtOnce || (answered > 0 && std::ranges::any_of(inputs_, waits));
}

void ReadoutService::send_fragment(std::size_t stream, const DataRequest& request, FragmentMessage answer) {
  v1::Envelope envelope;
  *envelope.mutable_fragment() = std::move(answer.fragment);
  const ByteView piece = answer.in_one_piece();
  if (fragments_->reaches(piece)) {
    streams_[stream].lend(request, fragments_->send_in_place(std::move(envelope), piece));
  } else {
    fragments_->send(std::move(envelope), answer.bytes,
                     [&](std::span<std::byte> payload, v1::Envelope&) { answer.copy_to(payload); });
  }
  ++fragments_sent_;
}

bool ReadoutService::streams_ended() const {
  return std::all_of(streams_.begin(), streams_.end(), [](const StreamReadout& stream) { return stream.ended(); });
}

void ReadoutService::finish() {
  if (!run_end_ || !streams_ended() || book_->open() > 0) return;
  // A process without streams is asked for nothing, not even to end.
  if (!book_->ended() && !streams_.empty()) return;
  if (!end_sent_ && fragments_) {
    v1::Envelope envelope;
    auto& end = *envelope.mutable_fragment_end();
    for (const StreamReadout& stream : streams_) *end.add_totals() = proto::totals_to_proto(stream.ledger());
    fragments_->send(std::move(envelope));
    fragments_->flush();
  }
  end_sent_ = true;
  if ((primitives_ && !primitives_->idle()) || (fragments_ && !fragments_->idle())) return;
  take_no_more();
  host_.report(service::finished_report(*this));
}

void ReadoutService::describe(v1::Heartbeat& heartbeat) const {
  auto& counters = *heartbeat.mutable_counters();
  auto& gauges = *heartbeat.mutable_gauges();
  for (const StreamReadout& stream : streams_) {
    *heartbeat.add_streams() = proto::totals_to_proto(stream.ledger());
    counters["primitives_found"] += stream.primitives_found();
    gauges["ring_used_bytes"] += static_cast<double>(stream.ring_used_bytes());
  }
  counters["fragments_sent"] = fragments_sent_;
  if (datagrams_) service::add_counters(heartbeat, "datagrams.", datagrams_->counters());
  if (quarantine_) counters["frames_quarantined"] = quarantine_->kept();
  service::add_counters(heartbeat, "refused.", refused_);
  if (book_) {
    gauges["requests_open"] = static_cast<double>(book_->open());
    service::add_counters(heartbeat, "refused.", book_->refused());
  }
  for (const Input& input : inputs_) {
    service::add_counters(heartbeat, "discarded.", input.link->discarded());
    counters["messages"] += input.link->messages();
  }
  for (const auto* sender : {&primitives_, &fragments_}) {
    if (!*sender) continue;
    service::add_wait(heartbeat, (*sender)->wait());
    service::add_counters(heartbeat, "payloads.", (*sender)->payloads());
    service::add_counters(heartbeat, "discarded.", (*sender)->discarded());
  }
}

}  // namespace spillway::readout
