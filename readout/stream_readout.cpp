#include "readout/stream_readout.hpp"

#include <algorithm>
#include <utility>

#include "daq/proto/convert.hpp"
#include "daq/transport/link.hpp"

namespace spillway::readout {

StreamReadout::StreamReadout(StreamElectronics electronics, LatencyBuffer buffer)
    : checker_(std::move(electronics.description)),
      buffer_(std::move(buffer)),
      finder_(std::move(electronics.finder)) {}

PrimitiveMessage StreamReadout::take(const v1::Bulk& bulk, const SummedBytes& payload, std::vector<ByteView>& bad) {
  return take_checked(bulk, checker_.check(bulk, payload), bad);
}

PrimitiveMessage StreamReadout::take(const v1::Bulk& announced, const ArrivedFrames& arrived,
                                     std::vector<ByteView>& bad) {
  return take_checked(announced, checker_.check(announced, arrived), bad);
}

PrimitiveMessage StreamReadout::take_checked(const v1::Bulk& bulk, const CheckedMessage& message,
                                             std::vector<ByteView>& bad) {
  encoding_ = {bulk.encoding()};
  bad.insert(bad.end(), message.bad.begin(), message.bad.end());
  if (!begun_) sent_until_ = message.covered_from;
  begun_ = true;
  keep_and_find(message);
  watermark_ = message.watermark;
  ended_ = ended_ || message.end_of_stream;

  const Timestamp until =
      ended_ ? Timestamp::max() : std::max(sent_until_, std::min(watermark_, finder_->open_since()));
  PrimitiveMessage out;
  out.primitives = take_found_before(until);
  out.bulk.set_stream(stream());
  out.bulk.set_sequence(found_);
  found_ += out.primitives.size();
  out.bulk.set_covered_from_ns(sent_until_.ns);
  out.bulk.set_watermark_ns(until.ns);
  out.bulk.set_encoding(model::Encoding::of(model::EncodingFamily::kPrimitives).value);
  out.bulk.set_end_of_stream(ended_);
  out.bulk.set_sent_wall_ns(bulk.sent_wall_ns());
  for (const Interval& gap : message.gaps) {
    auto& range = *out.bulk.add_gaps();
    range.set_begin_ns(gap.begin.ns);
    range.set_end_ns(gap.end.ns);
  }
  *out.bulk.mutable_totals() = proto::totals_to_proto(ledger());
  transport::describe_records(out.bulk, sizeof(model::Primitive), std::as_bytes(std::span(out.primitives)));
  sent_until_ = until;
  return out;
}

void StreamReadout::keep_and_find(const CheckedMessage& message) {
  buffer_.cover(message.covered_from, message.covered_until);
  for (const Interval& gap : message.gaps) buffer_.add_gap(gap);
  for (const CheckedFrame& frame : message.frames) {
    if (frame.time.begin >= checker_.limit()) continue;
    buffer_.add(frame.time, frame.bytes, frame.crc32c);
    finder_->find(encoding_, frame, found_open_);
  }
  finder_->pass(message.watermark, found_open_);
  checker_.count_overwritten(buffer_.take_overwritten());
}

std::vector<model::Primitive> StreamReadout::take_found_before(Timestamp t) {
  const auto by_begin = [](const model::Primitive& a, const model::Primitive& b) {
    return a.time_start_ns < b.time_start_ns;
  };
  std::stable_sort(found_open_.begin(), found_open_.end(), by_begin);
  const auto first_later = std::partition_point(found_open_.begin(), found_open_.end(),
                                                [t](const model::Primitive& p) { return p.time_start_ns < t.ns; });
  std::vector<model::Primitive> taken(found_open_.begin(), first_later);
  found_open_.erase(found_open_.begin(), first_later);
  return taken;
}

void FragmentMessage::copy_to(std::span<std::byte> payload) const {
  for (const ByteView frame : frames) {
    std::ranges::copy(frame, payload.begin());
    payload = payload.subspan(frame.size());
  }
}

ByteView FragmentMessage::in_one_piece() const {
  const auto apart = [](ByteView one, ByteView next) { return one.data() + one.size() != next.data(); };
  if (frames.empty() || std::ranges::adjacent_find(frames, apart) != frames.end()) return {};
  return {frames.front().data(), bytes};
}

FragmentMessage StreamReadout::answer(const DataRequest& request) const {
  WindowAnswer found = buffer_.look_up(request.window);
  FragmentMessage out;
  out.fragment.set_decision(request.decision);
  out.fragment.set_detector(request.detector);
  out.fragment.set_stream(stream());
  out.fragment.set_begin_ns(request.window.begin.ns);
  out.fragment.set_end_ns(request.window.end.ns);
  out.fragment.set_status(static_cast<std::uint32_t>(found.status));
  out.fragment.set_encoding(encoding_.value);
  out.fragment.set_frames(static_cast<std::uint32_t>(found.frames.size()));
  bool alike = true;
  for (const ByteView frame : found.frames) {
    out.bytes += frame.size();
    alike = alike && frame.size() == found.frames.front().size();
  }
  const std::size_t sizes = alike ? std::min<std::size_t>(found.frames.size(), 1) : found.frames.size();
  for (std::size_t i = 0; i < sizes; ++i) {
    out.fragment.add_frame_bytes(static_cast<std::uint32_t>(found.frames[i].size()));
  }
  out.fragment.set_crc32c(found.crc32c);
  out.frames = std::move(found.frames);
  return out;
}

}  // namespace spillway::readout
