#pragma once

#include <vector>

#include "daq/model/fragment.hpp"
#include "daq/proto/data.pb.h"
#include "daq/transport/link.hpp"
#include "detectors/caen/compass.hpp"
#include "readout/frame_checker.hpp"

namespace spillway::readout {

constexpr Timestamp kEpoch{1'000'000};
constexpr std::uint32_t kChannel = 3;

inline StreamDescription description() {
  return {"csi/3", kChannel, detectors::caen::compass_clock(kEpoch), 2};
}

/// A record at `at_ns` after the epoch.
inline Bytes record(std::int64_t at_ns, const std::vector<std::uint16_t>& samples = std::vector<std::uint16_t>(50, 100),
                    std::uint16_t channel = kChannel) {
  detectors::caen::CompassRecord made;
  made.channel = channel;
  made.time_ps = static_cast<std::uint64_t>(at_ns) * 1000;
  Bytes bytes;
  detectors::caen::encode_compass({0xCAED}, made, samples, bytes);
  return bytes;
}

/// A flat record with a rectangular pulse of 100 counts from sample 30 to 40.
inline Bytes pulse_record(std::int64_t at_ns) {
  std::vector<std::uint16_t> samples(50, 100);
  for (std::size_t i = 30; i < 40; ++i) samples[i] = 200;
  return record(at_ns, samples);
}

struct FramesMessage {
  v1::Bulk bulk;
  Bytes payload;
};

/// Times in ns after the epoch.
inline FramesMessage frames_message(std::uint64_t sequence, std::int64_t from_ns, std::int64_t until_ns,
                                    const std::vector<Bytes>& frames) {
  FramesMessage message;
  std::vector<std::uint32_t> sizes;
  for (const Bytes& frame : frames) {
    sizes.push_back(static_cast<std::uint32_t>(frame.size()));
    message.payload.insert(message.payload.end(), frame.begin(), frame.end());
  }
  message.bulk.set_stream("csi/3");
  message.bulk.set_sequence(sequence);
  message.bulk.set_covered_from_ns(kEpoch.ns + from_ns);
  message.bulk.set_watermark_ns(kEpoch.ns + until_ns);
  message.bulk.set_encoding(model::Encoding::of(model::EncodingFamily::kCompass, 0xCAED).value);
  message.bulk.mutable_totals()->set_sent(sequence + frames.size());
  transport::describe_items(message.bulk, sizes, message.payload);
  return message;
}

inline FramesMessage end_message(std::uint64_t sequence, std::int64_t from_ns) {
  FramesMessage message = frames_message(sequence, from_ns, from_ns, {});
  message.bulk.set_watermark_ns(Timestamp::max().ns);
  message.bulk.set_end_of_stream(true);
  return message;
}

inline Interval after_epoch(std::int64_t begin_ns, std::int64_t end_ns) {
  return {kEpoch + nanoseconds(begin_ns), kEpoch + nanoseconds(end_ns)};
}

}  // namespace spillway::readout
