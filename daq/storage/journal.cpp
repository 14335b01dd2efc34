#include "daq/storage/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "daq/base/error.hpp"
#include "daq/storage/fragment_scan.hpp"

namespace spillway::storage {
namespace {

constexpr std::string_view kMagic = "SPWJRNL1";
constexpr std::uint64_t kAlignment = 8;

std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::uint32_t checksum(const JournalHeader& header, ByteView body) {
  return crc32c(body, crc32c(std::as_bytes(std::span(&header, 1)).first(offsetof(JournalHeader, crc32c))));
}

void write_at(int file, ByteView bytes, std::uint64_t at, const std::string& where) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw Error(where + ": cannot be written: " + std::strerror(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
}

/// The records of one half, as far as they follow one another.
std::vector<JournalRecord> records_of(ByteView half) {
  std::vector<JournalRecord> records;
  while (half.size() >= sizeof(JournalHeader)) {
    const auto header = load<JournalHeader>(half, 0);
    const ByteView rest = half.subspan(sizeof(JournalHeader));
    const bool follows = records.empty() || header.epoch == records.front().header.epoch;
    if (std::string_view(header.magic, sizeof(header.magic)) != kMagic || !follows || header.length > rest.size())
      break;
    const ByteView body = rest.first(header.length);
    if (checksum(header, body) != header.crc32c) break;
    records.push_back({header, Bytes(body.begin(), body.end())});
    half = rest.subspan(std::min<std::size_t>(padded(header.length), rest.size()));
  }
  return records;
}

}  // namespace

Journal::Journal(const std::filesystem::path& path) : file_(path, O_RDWR | O_CREAT | O_TRUNC), where_(path.string()) {
  const Bytes zeros(kHalfBytes);
  write_at(file_.get(), zeros, 0, where_);
  write_at(file_.get(), zeros, kHalfBytes, where_);
  if (::fsync(file_.get()) != 0) throw Error(where_ + ": fsync: " + std::strerror(errno));
}

bool Journal::has_room(std::size_t records, std::uint64_t bytes) const {
  return used_ + added_.size() + bytes + records * (sizeof(JournalHeader) + kAlignment) <= kHalfBytes;
}

void Journal::add(std::uint32_t kind, std::uint32_t stream, std::uint64_t first, ByteView body) {
  JournalHeader header{{}, epoch_, kind, stream, first, static_cast<std::uint32_t>(body.size()), 0};
  std::copy(kMagic.begin(), kMagic.end(), header.magic);
  header.crc32c = checksum(header, body);
  append(added_, std::as_bytes(std::span(&header, 1)));
  append(added_, body);
  added_.resize(padded(added_.size()));
}

void Journal::write() {
  write_at(file_.get(), added_, epoch_ % 2 * kHalfBytes + used_, where_);
  used_ += added_.size();
  added_.clear();
}

void Journal::start_anew() {
  ++epoch_;
  used_ = 0;
}

std::filesystem::path journal_path(const std::filesystem::path& file) {
  return file.string() + ".journal";
}

std::vector<JournalRecord> read_journal(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return {};
  const FileDescriptor file(path, O_RDONLY);
  std::array<std::vector<JournalRecord>, 2> halves;
  for (std::size_t i = 0; i < halves.size(); ++i) {
    halves[i] = records_of(read_raw(file.get(), i * Journal::kHalfBytes, Journal::kHalfBytes));
  }
  const auto epoch = [](const std::vector<JournalRecord>& half) {
    return half.empty() ? 0 : half.front().header.epoch;
  };
  if (epoch(halves[0]) > epoch(halves[1])) std::swap(halves[0], halves[1]);
  std::move(halves[1].begin(), halves[1].end(), std::back_inserter(halves[0]));
  return std::move(halves[0]);
}

}  // namespace spillway::storage
