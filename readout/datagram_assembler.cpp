#include "readout/datagram_assembler.hpp"

#include <algorithm>
#include <iterator>

#include "detectors/lartpc/wibeth.hpp"

namespace spillway::readout {

namespace {

using detectors::DecodeError;
using detectors::lartpc::kSequences;

constexpr auto kEncoding = model::Encoding::of(model::EncodingFamily::kWibEth);
/// No sender is so far ahead of what it has announced.
constexpr Duration kFarthestAhead = seconds(60);
constexpr std::size_t kMostSpare = 128;  ///< frames, some messages' worth

std::uint16_t sequence_of(ByteView frame) {
  return detectors::lartpc::read_daq_eth_header(frame)->sequence;
}

}  // namespace

DatagramAssembler::DatagramAssembler(StreamDescription description, std::size_t most_bad_bytes)
    : description_(std::move(description)), most_bad_bytes_(most_bad_bytes) {}

bool DatagramAssembler::take(ByteView datagram, WallTime deadline) {
  const auto frame = detectors::frame_time(kEncoding, datagram, description_.clock, description_.sample_ns);
  if (!frame) {
    if (bad_bytes_ >= most_bad_bytes_) return false;
    add_bad(Bytes(datagram.begin(), datagram.end()), frame.error(), deadline);
  } else if (frame->time.begin < closed_until_) {
    ++late_;
  } else if (const auto [at, is_new] = frames_.try_emplace(frame->time.begin); is_new) {
    at->second = {copy_of(datagram), deadline};
    pending_bytes_ += datagram.size();
  } else {
    ++copies_;
  }
  return true;
}

Bytes DatagramAssembler::copy_of(ByteView datagram) {
  Bytes copy;
  if (!spare_.empty()) {
    copy = std::move(spare_.back());
    spare_.pop_back();
  }
  copy.assign(datagram.begin(), datagram.end());
  return copy;
}

void DatagramAssembler::reuse_closed() {
  for (Bytes& bytes : closed_) {
    if (bytes.size() == detectors::lartpc::kFrameBytes && spare_.size() < kMostSpare) {
      spare_.push_back(std::move(bytes));
    }
  }
  closed_.clear();
}

void DatagramAssembler::announce(v1::Bulk bulk, AnnouncementCost cost, WallTime deadline) {
  announced_.push_back({std::move(bulk), cost, deadline});
}

bool DatagramAssembler::complete(const v1::Bulk& bulk) const {
  std::size_t there = bad_.size();
  for (auto frame = frames_.begin(); there < bulk.count() && frame != frames_.end(); ++frame, ++there) {
    if (frame->first >= Timestamp{bulk.watermark_ns()}) return false;
  }
  return there >= bulk.count();
}

std::optional<AssembledMessage> DatagramAssembler::close_next(WallTime now) {
  if (announced_.empty()) return std::nullopt;
  const v1::Bulk& bulk = announced_.front().bulk;
  const bool last = bulk.end_of_stream();
  const bool overdue = now >= announced_.front().deadline;
  if (!overdue && !complete(bulk)) return std::nullopt;
  const Timestamp covered_from{bulk.covered_from_ns()};
  // The end of a stream has no time of its own: what is still here was never announced.
  const Timestamp until = last ? covered_from : Timestamp{bulk.watermark_ns()};
  const Timestamp farthest = last ? covered_from : until + kFarthestAhead;

  reuse_closed();
  AssembledMessage message;
  message.announced = std::move(announced_.front().bulk);
  message.cost = announced_.front().cost;
  announced_.pop_front();
  move_good(frames_.lower_bound(until), message);
  give_up_from(frames_.lower_bound(farthest));
  const std::uint64_t count = message.announced.count();
  const std::uint64_t lacking = count - std::min<std::uint64_t>(count, message.arrived.good.size());
  const auto wanted = [&] { return last || message.arrived.bad.size() < lacking || bad_.front().deadline <= now; };
  while (!bad_.empty() && wanted()) move_first_bad(message);
  const std::uint64_t bad = message.arrived.bad.size();
  message.arrived.missing = lacking - std::min(lacking, bad);
  message.arrived.unannounced = message.arrived.good.size() + bad + message.arrived.missing - count;
  message.arrived.copies = std::exchange(copies_, 0);
  message.arrived.late = std::exchange(late_, 0);
  closed_until_ = std::max(closed_until_, until);
  return message;
}

void DatagramAssembler::move_good(Frames::iterator end, AssembledMessage& out) {
  for (auto frame = frames_.begin(); frame != end; ++frame) {
    Bytes& bytes = closed_.emplace_back(std::move(frame->second.bytes));
    pending_bytes_ -= bytes.size();
    const std::uint16_t sequence = sequence_of(bytes);
    const unsigned expected = last_sequence_ ? *last_sequence_ + 1U : sequence;
    last_sequence_ = sequence;
    out.arrived.good.push_back({bytes, (sequence + kSequences - expected % kSequences) % kSequences});
  }
  frames_.erase(frames_.begin(), end);
}

void DatagramAssembler::add_bad(Bytes bytes, DecodeError reason, WallTime deadline) {
  bad_.push_back({std::move(bytes), reason, deadline});
  bad_bytes_ += bad_.back().cost();
}

void DatagramAssembler::move_first_bad(AssembledMessage& out) {
  bad_bytes_ -= bad_.front().cost();
  const Bytes& bytes = closed_.emplace_back(std::move(bad_.front().bytes));
  out.arrived.bad.push_back({bytes, bad_.front().reason});
  bad_.pop_front();
}

void DatagramAssembler::give_up_from(Frames::iterator begin) {
  for (auto frame = begin; frame != frames_.end(); ++frame) {
    pending_bytes_ -= frame->second.bytes.size();
    add_bad(std::move(frame->second.bytes), DecodeError::kBadTime, frame->second.deadline);
  }
  frames_.erase(begin, frames_.end());
}

}  // namespace spillway::readout
