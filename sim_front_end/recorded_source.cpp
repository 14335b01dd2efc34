#include "sim_front_end/recorded_source.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/proto/beam_pulse.hpp"
#include "daq/proto/convert.hpp"

namespace spillway::sim_front_end {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostBytesAtOnce = std::size_t{4} << 20;
/// Frames of all streams that begin within this are given out together.
constexpr Duration kStep = microseconds(100);
constexpr std::uint64_t kMostFrameBytes = std::uint64_t{1} << 30;
constexpr std::uint32_t kMostTruthBytes = 4096;

std::ifstream opened(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("{}: cannot be read; generate the recording again", path.string()));
  return file;
}

bool read_bytes(std::ifstream& file, void* to, std::size_t bytes) {
  return static_cast<bool>(file.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes)));
}

}  // namespace

RecordedSource::RecordedSource(fs::path folder, const std::string& facility, const std::vector<std::string>& streams,
                               Timestamp epoch, Duration promised_delay)
    : folder_(std::move(folder)),
      facility_(facility),
      manifest_(detectors::read_recording_manifest(folder_)),
      promised_delay_(promised_delay),
      watermark_(epoch) {
  const std::string manifest = detectors::recording_manifest_path(folder_).string();
  if (!manifest_.facilities.contains(facility)) {
    throw Error(fmt::format("{}: holds no facility \"{}\"; play it with the configuration it was made with", manifest,
                            facility));
  }
  if (manifest_.time.begin != epoch) {
    throw Error(fmt::format("{}: begins at {}, the set-up at {}; give both the same setup.epoch", manifest,
                            format_tai(manifest_.time.begin), format_tai(epoch)));
  }
  for (const std::string& name : streams) {
    const auto found = manifest_.streams.find(name);
    if (found == manifest_.streams.end()) {
      throw Error(
          fmt::format("{}: holds no stream \"{}\"; play it with the configuration it was made with", manifest, name));
    }
    streams_.push_back({found->second.encoding, name, opened(detectors::recorded_frames(folder_, name)),
                        opened(detectors::recorded_index(folder_, name)), found->second.frames, std::nullopt});
    read_next(streams_.back());
  }
  pulses_ = opened(detectors::recorded_pulses(folder_, facility));
  truth_ = opened(detectors::recorded_truth(folder_, facility));
  truth_left_ = manifest_.facilities.at(facility).truth;
  read_next_report();
  read_next_truth();
}

std::optional<SourceEnd> RecordedSource::end() const {
  return SourceEnd{manifest_.time.end, manifest_.time.end, manifest_.time.end};
}

void RecordedSource::give_up(Stream& stream, const std::string& what) {
  skipped_["missing_frames"] += stream.left;
  alarms_.push_back(fmt::format("{}: {}; the last {} frames of stream {} are missing", folder_.string(), what,
                                stream.left, stream.name));
  stream.left = 0;
  stream.next.reset();
}

void RecordedSource::read_next(Stream& stream) {
  const std::int64_t last = stream.next ? stream.next->begin_ns : manifest_.time.begin.ns - seconds(86'400).ns;
  stream.next.reset();
  if (stream.left == 0) return;
  detectors::RecordedFrame row;
  if (!read_bytes(stream.index, &row, sizeof(row))) return give_up(stream, "the index ends early");
  if (row.begin_ns < last || row.end_ns <= row.begin_ns || row.bytes > kMostFrameBytes) {
    return give_up(stream, "the index is damaged");
  }
  stream.next = row;
}

void RecordedSource::read_next_report() {
  struct {
    std::int64_t at = 0;
    std::array<std::byte, proto::kBeamPulseBytes> record{};
  } row;
  next_report_.reset();
  if (!read_bytes(pulses_, &row.at, sizeof(row.at)) || !read_bytes(pulses_, row.record.data(), row.record.size())) {
    return;
  }
  const auto pulse = proto::decode_beam_pulse(row.record);
  if (!pulse) {
    ++skipped_["bad_pulse"];
    alarms_.push_back(fmt::format("{}: a record is damaged ({}); no later pulse is played",
                                  detectors::recorded_pulses(folder_, facility_).string(), proto::name(pulse.error())));
    return;
  }
  next_report_ = PulseReport{{row.at}, *pulse, Timestamp{row.at} - promised_delay_};
}

void RecordedSource::read_next_truth() {
  next_truth_.reset();
  if (truth_left_ == 0) return;
  --truth_left_;
  // Written length-delimited: a varint of at most two bytes, then the message.
  std::uint32_t size = 0;
  for (unsigned shift = 0; shift < 14; shift += 7) {
    const int byte = truth_.get();
    if (byte < 0) return;
    size |= (static_cast<std::uint32_t>(byte) & 0x7FU) << shift;
    if ((byte & 0x80) == 0) break;
  }
  std::string bytes(size, '\0');
  v1::TruthEvent event;
  if (size > kMostTruthBytes || !read_bytes(truth_, bytes.data(), size) || !event.ParseFromString(bytes)) {
    ++skipped_["bad_truth"];
    truth_left_ = 0;
    return;
  }
  next_truth_ = proto::to_model(event);
}

std::size_t RecordedSource::give_out(std::size_t index, Timestamp bound, Batch& out) {
  Stream& stream = streams_[index];
  std::size_t bytes = 0;
  while (stream.next && stream.next->begin_ns < bound.ns) {
    SourceFrame frame{index, {{stream.next->begin_ns}, {stream.next->end_ns}}, Bytes(stream.next->bytes)};
    if (!read_bytes(stream.frames, frame.bytes.data(), frame.bytes.size())) {
      give_up(stream, "the file of frames ends early");
      break;
    }
    bytes += frame.bytes.size();
    out.frames.push_back(std::move(frame));
    --stream.left;
    read_next(stream);
  }
  return bytes;
}

Timestamp RecordedSource::next_begin() const {
  Timestamp next = Timestamp::max();
  for (const Stream& stream : streams_) {
    if (stream.next) next = std::min(next, Timestamp{stream.next->begin_ns});
  }
  return next;
}

void RecordedSource::advance(Timestamp bound, Batch& out) {
  std::size_t bytes = 0;
  while (watermark_ < bound && bytes < kMostBytesAtOnce) {
    const Timestamp until = std::min(bound, std::max(watermark_, next_begin()) + kStep);
    for (std::size_t i = 0; i < streams_.size(); ++i) bytes += give_out(i, until, out);
    while (next_report_ && next_report_->at < until) {
      out.pulses.push_back(*next_report_);
      read_next_report();
    }
    while (next_truth_ && next_truth_->time < until) {
      out.truth.push_back(*next_truth_);
      read_next_truth();
    }
    watermark_ = until;
  }
}

}  // namespace spillway::sim_front_end
