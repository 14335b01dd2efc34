#include "readout/frame_checker.hpp"

#include <algorithm>

#include "daq/transport/link.hpp"

namespace spillway::readout {

using detectors::DecodeError;

namespace {

/// A gap is at least one nanosecond, so that something dead is seen.
Interval gap_between(Timestamp begin, Timestamp end) {
  return {begin, std::max(end, begin + nanoseconds(1))};
}

}  // namespace

FrameChecker::FrameChecker(StreamDescription description) : description_(std::move(description)) {
  ledger_.stream = description_.stream;
}

const CheckedMessage& FrameChecker::check(const v1::Bulk& bulk, const SummedBytes& payload) {
  begin_message(bulk);
  const std::uint64_t repeated = take_sequence(bulk);
  const auto items = transport::items_of(bulk, payload);
  if (!items) {
    reject(transport::name(items.error()), bulk.count() - repeated);
    result_.gaps.push_back(gap_between({bulk.covered_from_ns()}, watermark_));
  } else {
    const auto skip = std::min<std::size_t>(items->size(), repeated);
    take_items(bulk, std::span(*items).subspan(skip),
               payload.items.empty() ? payload.items : payload.items.subspan(skip));
  }
  return result_;
}

const CheckedMessage& FrameChecker::check(const v1::Bulk& announced, const ArrivedFrames& arrived) {
  begin_message(announced);
  take_sequence(announced);
  for (const ArrivedFrames::Bad& bad : arrived.bad) {
    reject(detectors::name(bad.reason), 1);
    result_.bad.push_back(bad.bytes);
  }
  const auto book = [](Counters& counters, const char* reason, std::uint64_t count) {
    if (count > 0) counters[reason] += count;
  };
  book(ledger_.lost, "socket_overflow", arrived.overflowed);
  book(ledger_.lost, "udp_drop", arrived.missing - arrived.overflowed);
  // Received and not taken, though nobody says to have sent them: on both sides of the books.
  ledger_.duplicated += arrived.copies + arrived.late + arrived.unannounced;
  book(ledger_.rejected, "duplicated", arrived.copies);
  book(ledger_.rejected, "late", arrived.late);
  take_datagrams(announced, arrived);
  return result_;
}

void FrameChecker::begin_message(const v1::Bulk& bulk) {
  result_.frames.clear();
  result_.bad.clear();
  result_.gaps.clear();
  take_coverage(bulk);
  ledger_.sent = std::max(ledger_.sent, bulk.totals().sent());
}

void FrameChecker::take_coverage(const v1::Bulk& bulk) {
  const Timestamp from{bulk.covered_from_ns()};
  if (!begun_) watermark_ = covered_until_ = from;
  begun_ = true;
  result_.covered_from = watermark_;
  if (from > watermark_) result_.gaps.push_back({watermark_, from});
  const Timestamp until = bulk.end_of_stream() ? from : Timestamp{bulk.watermark_ns()};
  covered_until_ = std::max(covered_until_, until);
  watermark_ = bulk.end_of_stream() ? Timestamp::max() : std::max(watermark_, until);
  result_.watermark = watermark_;
  result_.covered_until = covered_until_;
  result_.end_of_stream = bulk.end_of_stream();
}

std::uint64_t FrameChecker::take_sequence(const v1::Bulk& bulk) {
  const std::uint64_t first = bulk.sequence();
  const std::uint64_t expected = expected_.value_or(first);
  std::uint64_t repeated = 0;
  if (first > expected) {
    ledger_.lost["sequence_gap"] += first - expected;
    // Where exactly is not known unless the coverage shows it.
    if (result_.gaps.empty()) result_.gaps.push_back(gap_between({bulk.covered_from_ns()}, covered_until_));
  } else {
    repeated = std::min<std::uint64_t>(bulk.count(), expected - first);
    // Received once more than sent, and not taken: on both sides of the books.
    ledger_.duplicated += repeated;
    if (repeated > 0) reject("duplicated", repeated);
  }
  expected_ = std::max(expected, first + bulk.count());
  return repeated;
}

Expected<Interval, DecodeError> FrameChecker::time_of(const v1::Bulk& bulk, ByteView item) const {
  const auto frame = detectors::frame_time({bulk.encoding()}, item, description_.clock, description_.sample_ns);
  if (!frame) return frame.error();
  if (frame->channel != description_.channel) return DecodeError::kUnknownChannel;
  const Timestamp begin = frame->time.begin;
  const bool covered = begin >= Timestamp{bulk.covered_from_ns()} && begin < Timestamp{bulk.watermark_ns()};
  if (!covered || begin < last_begin_) return DecodeError::kBadTime;
  // A channel cannot take two frames at once.
  if (begin == last_begin_) return DecodeError::kRepeated;
  return frame->time;
}

void FrameChecker::take_items(const v1::Bulk& bulk, std::span<const ByteView> items,
                              std::span<const std::uint32_t> crc32c) {
  Timestamp good_until{bulk.covered_from_ns()};
  bool bad_before = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const ByteView item = items[i];
    const auto time = time_of(bulk, item);
    if (!time) {
      reject(detectors::name(time.error()), 1);
      result_.bad.push_back(item);
      bad_before = true;
      continue;
    }
    if (bad_before) result_.gaps.push_back(gap_between(good_until, time->begin));
    bad_before = false;
    good_until = std::max(good_until, time->end);
    accept({*time, item, crc32c.empty() ? std::nullopt : std::optional(crc32c[i])});
  }
  if (bad_before) result_.gaps.push_back(gap_between(good_until, covered_until_));
}

void FrameChecker::take_datagrams(const v1::Bulk& announced, const ArrivedFrames& arrived) {
  std::uint64_t unplaced =
      arrived.missing + arrived.bad.size() - std::min<std::uint64_t>(arrived.unannounced, arrived.bad.size());
  Timestamp good_until{announced.covered_from_ns()};
  for (const ArrivedFrames::Good& frame : arrived.good) {
    const auto time = time_of(announced, frame.bytes);
    if (!time) {
      reject(detectors::name(time.error()), 1);
      result_.bad.push_back(frame.bytes);
      ++unplaced;
      continue;
    }
    if (unplaced > 0 && frame.missing_before > 0) {
      result_.gaps.push_back(gap_between(good_until, time->begin));
      unplaced -= std::min(unplaced, frame.missing_before);
    }
    good_until = std::max(good_until, time->end);
    accept({*time, frame.bytes});
  }
  // Behind the last good frame, or where the sequence numbers do not say.
  if (unplaced > 0) result_.gaps.push_back(gap_between(good_until, covered_until_));
}

void FrameChecker::accept(const CheckedFrame& frame) {
  last_begin_ = frame.time.begin;
  ++(last_begin_ < limit_ ? ledger_.accepted : ledger_.outside_run);
  result_.frames.push_back(frame);
}

void FrameChecker::set_limit(Timestamp limit, std::uint64_t already) {
  limit_ = limit;
  ledger_.accepted -= already;
  ledger_.outside_run += already;
}

void FrameChecker::count_overwritten(std::uint64_t frames) {
  if (frames == 0) return;
  ledger_.accepted -= frames;
  ledger_.lost["ring_overflow"] += frames;
}

}  // namespace spillway::readout
