#include "sim_front_end/compass_source.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace spillway::sim_front_end {

namespace {

constexpr std::size_t kPulse = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kMostBytesAtOnce = std::size_t{4} << 20;
constexpr std::size_t kMostPendingBytes = std::size_t{64} << 20;
/// What an item costs in memory besides its bytes.
constexpr std::size_t kItemBytes = 64;
/// A longer one is believed where the next record keeps to it.
constexpr Duration kLongestPause = seconds(3600);
constexpr Duration kLongestLeap = seconds(30LL * 86'400);
/// A file that is bad all over must not drown what others have to say.
constexpr std::uint64_t kMostGapAlarms = 20;

}  // namespace

CompassSource::CompassSource(const std::filesystem::path& file, CompassSelection selection)
    : file_(file, selection.reorder),
      name_(file.string()),
      selection_(std::move(selection)),
      clock_(detectors::caen::compass_clock(selection_.epoch)),
      watermark_(selection_.epoch),
      newest_(selection_.epoch),
      end_{selection_.epoch, selection_.epoch} {
  for (std::size_t i = 0; i < selection_.streams.size(); ++i) stream_of_[selection_.streams[i].channel] = i;
}

model::Encoding CompassSource::encoding(std::size_t) const {
  return model::Encoding::of(model::EncodingFamily::kCompass, file_.word().value);
}

std::optional<SourceEnd> CompassSource::end() const {
  return read_all_ ? std::optional(end_) : std::nullopt;
}

Timestamp CompassSource::complete_before() const {
  if (read_all_) return Timestamp::max();
  // A recording that stands still in time would have to be held whole: then its order is believed.
  return pending_bytes_ > kMostPendingBytes ? newest_ + nanoseconds(1) : newest_ - selection_.reorder;
}

void CompassSource::advance(Timestamp bound, Batch& out) {
  read_until(bound);
  const Timestamp limit = std::min(bound, complete_before());
  std::size_t bytes = 0;
  Timestamp last = Timestamp::min();
  while (!pending_.empty() && pending_.front().time.begin < limit) {
    Item& item = pending_.front();
    if (bytes > kMostBytesAtOnce && item.time.begin > last) {
      watermark_ = item.time.begin;
      return;
    }
    last = item.time.begin;
    const std::size_t cost = item.bytes.size() + kItemBytes;
    bytes += cost;
    pending_bytes_ -= cost;
    give_out(std::move(item), out);
    pending_.pop_front();
  }
  watermark_ = std::max(watermark_, limit);
}

void CompassSource::read_until(Timestamp bound) {
  while (!read_all_ && complete_before() < bound && pending_bytes_ <= kMostPendingBytes) {
    const auto record = next_record();
    if (!record) {
      read_all_ = true;
      return;
    }
    read_record(*record);
  }
}

std::optional<detectors::caen::CompassRecord> CompassSource::next_record() {
  auto record = file_.peek();
  if (const auto gap = file_.take_gap()) book(*gap);
  return record;
}

void CompassSource::book(const CompassFile::Gap& gap) {
  const std::string_view reason = detectors::name(gap.error);
  ++skipped_[std::string(reason)];
  const bool cut_short = gap.to_the_end && gap.error == detectors::DecodeError::kTruncated;
  if (!cut_short) skipped_["unreadable_bytes"] += gap.bytes;
  if (++gaps_ > kMostGapAlarms && !gap.to_the_end) return;
  alarms_.push_back(
      fmt::format("{}: the record at offset {} is malformed ({}); {}{}", name_, gap.offset, reason,
                  gap.to_the_end ? fmt::format("no plausible record follows, so reading ends here and {} bytes were "
                                               "not read",
                                               gap.bytes)
                                 : fmt::format("{} bytes were passed over up to the next plausible record", gap.bytes),
                  gaps_ == kMostGapAlarms ? "; further ones are only counted" : ""));
}

void CompassSource::read_record(const detectors::caen::CompassRecord& record) {
  Bytes bytes;
  append(bytes, file_.take());

  if (leaps(record.time_ps)) {
    ++skipped_["bad_time"];
    return;
  }
  file_.believe(record);
  const Timestamp begin = clock_.to_tai(record.time_ps);
  // Compared with the newest record, not with what was given out: that would depend on how fast it was asked for.
  const bool late = begin < newest_ - selection_.reorder || begin < watermark_;
  newest_ = std::max(newest_, begin);
  // The recording went on, whoever's record it is; and no watermark may have been beyond its end.
  end_.last_frame = std::max(end_.last_frame, newest_);
  if (selection_.board >= 0 && record.board != selection_.board) {
    ++skipped_["other_board"];
    return;
  }
  if (late) {
    ++skipped_["out_of_order"];
    return;
  }
  if (record.channel == selection_.gate_channel) {
    const Interval time{begin, begin + selection_.pulse_length};
    end_.last_pulse = std::max(end_.last_pulse, time.end);
    keep({kPulse, time, {}});
    return;
  }
  const auto stream = stream_of_.find(record.channel);
  if (stream == stream_of_.end()) {
    ++skipped_["unused_channel"];
    return;
  }
  const auto time =
      detectors::frame_time(encoding(stream->second), bytes, clock_, selection_.streams[stream->second].sample_ns);
  if (!time) {
    ++skipped_[std::string(detectors::name(time.error()))];
    return;
  }
  end_.last_frame = std::max(end_.last_frame, time->time.end);
  keep({stream->second, time->time, std::move(bytes)});
}

bool CompassSource::leaps(std::uint64_t time_ps) {
  const Timestamp time = clock_.to_tai(time_ps);
  if (time <= newest_ + kLongestPause) return false;
  if (time > newest_ + kLongestLeap) return true;
  const auto next = next_record();
  if (!next) return true;
  const Timestamp after = clock_.to_tai(next->time_ps);
  return after < time - selection_.reorder || after > time + kLongestPause;
}

void CompassSource::keep(Item item) {
  pending_bytes_ += item.bytes.size() + kItemBytes;
  // Nearly in order already: the place is found from the back. Equal times stay in the order of the file.
  auto place = pending_.end();
  while (place != pending_.begin() && item.time.begin < std::prev(place)->time.begin) --place;
  pending_.insert(place, std::move(item));
}

void CompassSource::give_out(Item item, Batch& out) {
  if (item.stream != kPulse) {
    out.frames.push_back({item.stream, item.time, std::move(item.bytes)});
    return;
  }
  const bool known = selection_.protons_per_pulse > 0;
  model::Pulse pulse;
  pulse.id = ++pulses_;
  pulse.time = item.time;
  pulse.protons = selection_.protons_per_pulse;
  pulse.flags = model::kGateSeen | model::kReplay | (known ? 0U : static_cast<std::uint32_t>(model::kChargeUnknown));
  out.pulses.push_back({pulse.time.begin, pulse});
}

}  // namespace spillway::sim_front_end
