#include "sim_front_end/compass_file.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include <fmt/format.h>

namespace spillway::sim_front_end {

using detectors::DecodeError;
using detectors::caen::CompassRecord;
using detectors::caen::CompassWord;

namespace {
constexpr std::size_t kFirstBuffer = std::size_t{1} << 20;
/// At least what comes before a record's samples.
constexpr std::size_t kHeadBytes = 64;
/// Board, channel and time, which begin every record.
constexpr std::size_t kOriginBytes = 2 + 2 + 8;
constexpr std::uint64_t kPlausiblePause_ps = 3'600'000'000'000'000;
}  // namespace

CompassFile::CompassFile(const std::filesystem::path& file, Duration reorder)
    : path_(file), reorder_(reorder), buffer_(kFirstBuffer) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    throw Error(fmt::format("{}: is a folder; name a CoMPASS list file in it", file.string()));
  }
  stream_.open(file, std::ios::binary);
  if (!stream_) {
    throw Error(fmt::format("{}: cannot be read: {}; name a CoMPASS list file", file.string(), std::strerror(errno)));
  }
  fill();
  if (end_ < sizeof(CompassWord::value)) {
    throw Error(
        fmt::format("{}: offset 0: found {} bytes, expected the file word 0xCAE0 to 0xCAEF of a CoMPASS list file",
                    file.string(), end_));
  }
  word_.value = load<std::uint16_t>(buffer_);
  if (!word_.valid()) {
    throw Error(
        fmt::format("{}: offset 0: found 0x{:04X}, expected the file word 0xCAE0 to 0xCAEF of a CoMPASS list file",
                    file.string(), word_.value));
  }
  begin_ = offset_ = sizeof(CompassWord::value);
}

bool CompassFile::fill() {
  if (read_all_) return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  // What was moved is paid for by what is read, so a search in small steps stays linear in the file's length.
  if (end_ > buffer_.size() / 4 * 3) buffer_.resize(2 * buffer_.size());
  stream_.read(reinterpret_cast<char*>(buffer_.data() + end_), static_cast<std::streamsize>(buffer_.size() - end_));
  const auto got = static_cast<std::size_t>(stream_.gcount());
  end_ += got;
  read_all_ = !stream_;
  return got > 0;
}

Expected<CompassRecord, DecodeError> CompassFile::decode(std::size_t at) {
  while (true) {
    const auto record = detectors::caen::decode_compass(word_, unread().subspan(at));
    // The buffer grows until the longest record that is believed fits in.
    if (record || record.error() != DecodeError::kTruncated || !fill()) return record;
  }
}

std::optional<CompassRecord> CompassFile::peek() {
  if (const auto error = fault(); error && begin_ < end_) pass_over(*error);
  const auto record = decode();
  next_bytes_ = record ? record->bytes : 0;
  return record ? std::optional(*record) : std::nullopt;
}

std::optional<DecodeError> CompassFile::fault() {
  const auto record = decode();
  if (!record) return record.error();
  // Too large a sample count takes good records for samples. Where none is among them, what follows is at fault.
  const std::size_t bytes = record->bytes;
  const auto channel = channels_.find({record->board, record->channel});
  const bool as_usual = channel == channels_.end() || channel->second == bytes;
  if (is_followed_by_plausible(0, bytes) && as_usual) return std::nullopt;
  for (std::size_t at = 1; at < bytes; ++at) {
    if (plausible(at)) return DecodeError::kBadLength;
  }
  return std::nullopt;
}

void CompassFile::pass_over(DecodeError error) {
  const std::uint64_t offset = offset_;
  do {
    ++begin_;
    ++offset_;
    if (end_ - begin_ < kHeadBytes) fill();
  } while (begin_ < end_ && !plausible(0));
  gap_ = Gap{error, offset, offset_ - offset, begin_ == end_};
}

void CompassFile::believe(const CompassRecord& record) {
  channels_[{record.board, record.channel}] = record.bytes;
  newest_ps_ = std::max(newest_ps_, record.time_ps);
}

bool CompassFile::resembles_believed(ByteView record) const {
  const auto time_ps = load<std::uint64_t>(record, 4);
  const bool near = time_ps >= newest_ps_ ? time_ps - newest_ps_ <= kPlausiblePause_ps
                                          : (newest_ps_ - time_ps) / 1000 <= static_cast<std::uint64_t>(reorder_.ns);
  return near && channels_.contains({load<std::uint16_t>(record), load<std::uint16_t>(record, 2)});
}

bool CompassFile::plausible(std::size_t at) {
  if (end_ - begin_ < at + kOriginBytes || !resembles_believed(unread().subspan(at))) return false;
  const auto record = decode(at);
  return record && is_followed_by_plausible(at, record->bytes);
}

bool CompassFile::is_followed_by_plausible(std::size_t at, std::size_t bytes) {
  while (end_ - begin_ < at + bytes + kHeadBytes && fill()) {
  }
  const ByteView behind = unread().subspan(at + bytes);
  if (behind.size() < kOriginBytes) return true;
  // Its samples need not be here yet.
  const auto next = detectors::caen::decode_compass(word_, behind);
  return resembles_believed(behind) && (next || next.error() == DecodeError::kTruncated);
}

ByteView CompassFile::take() {
  assert(next_bytes_ != 0);
  const ByteView bytes = ByteView(buffer_).subspan(begin_, next_bytes_);
  begin_ += next_bytes_;
  offset_ += next_bytes_;
  next_bytes_ = 0;
  return bytes;
}

}  // namespace spillway::sim_front_end
