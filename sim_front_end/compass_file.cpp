#include "sim_front_end/compass_file.hpp"

#include <cassert>
#include <cstring>

#include <fmt/format.h>

namespace spillway::sim_front_end {

using detectors::DecodeError;
using detectors::caen::CompassRecord;
using detectors::caen::CompassWord;

namespace {
constexpr std::size_t kFirstBuffer = std::size_t{1} << 20;
}

CompassFile::CompassFile(const std::filesystem::path& file) : path_(file), buffer_(kFirstBuffer) {
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
  if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
  stream_.read(reinterpret_cast<char*>(buffer_.data() + end_), static_cast<std::streamsize>(buffer_.size() - end_));
  const auto got = static_cast<std::size_t>(stream_.gcount());
  end_ += got;
  read_all_ = !stream_;
  return got > 0;
}

std::optional<CompassRecord> CompassFile::peek() {
  while (!fault_) {
    const ByteView rest = ByteView(buffer_).subspan(begin_, end_ - begin_);
    const auto record = detectors::caen::decode_compass(word_, rest);
    if (record) {
      next_bytes_ = record->bytes;
      return *record;
    }
    // The buffer grows until the longest record that is believed fits in.
    if (record.error() == DecodeError::kTruncated && fill()) continue;
    if (end_ > begin_) fault_ = Fault{record.error(), offset_};
    break;
  }
  next_bytes_ = 0;
  return std::nullopt;
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
