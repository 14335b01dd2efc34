#include "readout/datagram_input.hpp"

#include <algorithm>

#include "detectors/lartpc/wibeth.hpp"

namespace spillway::readout {

namespace {
constexpr std::size_t kMostBatchesAtOnce = 64;
}

DatagramInput::DatagramInput(const DatagramSettings& settings, const std::vector<StreamDescription>& streams)
    : settings_(settings), socket_(settings.address, settings.port, settings.buffer_bytes) {
  for (const StreamDescription& stream : streams) {
    links_.push_back({stream.channel, assemblers_.size()});
    // Of the room, one half is for what the front end may send; the other is shared by what comes and is bad.
    assemblers_.emplace_back(stream, settings_.most_bytes / 2 / streams.size());
  }
  std::sort(links_.begin(), links_.end(), [](const Link& a, const Link& b) { return a.number < b.number; });
}

bool DatagramInput::drain(WallTime now) {
  for (std::size_t i = 0; i < kMostBatchesAtOnce; ++i) {
    const auto datagrams = socket_.receive();
    if (datagrams.empty()) return false;
    if (pending_bytes() > settings_.most_bytes) {
      no_room_ += datagrams.size();
      continue;
    }
    // Its message may come as late as that, and then waits for others.
    for (const ByteView datagram : datagrams) take(datagram, now + 2 * settings_.longest_wait);
  }
  return true;
}

void DatagramInput::take(ByteView datagram, WallTime deadline) {
  const auto header = detectors::lartpc::read_daq_eth_header(datagram);
  if (!header) {
    ++no_header_;
    return;
  }
  const auto found = std::lower_bound(links_.begin(), links_.end(), header->link(),
                                      [](const Link& link, std::uint32_t number) { return link.number < number; });
  if (found == links_.end() || found->number != header->link()) {
    ++unknown_link_;
    return;
  }
  if (!assemblers_[found->stream].take(datagram, deadline)) ++no_room_;
}

void DatagramInput::announce(std::size_t stream, v1::Bulk bulk, AnnouncementCost cost, WallTime now) {
  assemblers_[stream].announce(std::move(bulk), cost, now + settings_.longest_wait);
}

std::optional<AssembledMessage> DatagramInput::close_next(std::size_t stream, WallTime now) {
  auto message = assemblers_[stream].close_next(now);
  if (message && message->arrived.missing > 0) {
    // The kernel does not say whose datagrams it dropped; they are of whoever misses some.
    const std::uint64_t unbooked = socket_.dropped() - overflows_booked_;
    message->arrived.overflowed = std::min(message->arrived.missing, unbooked);
    overflows_booked_ += message->arrived.overflowed;
  }
  return message;
}

std::size_t DatagramInput::pending_bytes() const {
  std::size_t bytes = 0;
  for (const DatagramAssembler& assembler : assemblers_) bytes += assembler.pending_bytes();
  return bytes;
}

Counters DatagramInput::counters() const {
  return {{"frames_dropped", socket_.dropped()},
          {"unknown_link", unknown_link_},
          {"no_header", no_header_},
          {"no_room", no_room_}};
}

}  // namespace spillway::readout
