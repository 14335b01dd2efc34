#include "daq/transport/shared_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>

#include <fmt/format.h>

namespace spillway::transport {

namespace {

/// In front of the payloads: a key, by which a receiver knows that it has opened the file that was meant.
constexpr std::size_t kHeaderBytes = 64;
constexpr std::size_t kBackedStep = std::size_t{1} << 20;

std::uint64_t random_key() {
  std::random_device random;
  return (std::uint64_t{random()} << 32U) | random();
}

/// The memory file of another process, for reading; -1 where there is none of this user and size, or it is not sealed.
int open_file(const v1::SharedMemory& description) {
  const std::string path = fmt::format("/proc/{}/fd/{}", description.process(), description.file());
  struct stat status {};
  // Opening something else than a file may have consequences.
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid()) return -1;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return -1;
  const int seals = fcntl(file, F_GET_SEALS);
  const bool sealed = seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
  if (sealed && fstat(file, &status) == 0 && static_cast<std::uint64_t>(status.st_size) == description.bytes()) {
    return file;
  }
  close(file);
  return -1;
}

}  // namespace

MappedMemory::MappedMemory(int file, std::size_t bytes, bool writable) : file_(file), bytes_(bytes) {
  void* data = mmap(nullptr, bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, file, 0);
  if (data != MAP_FAILED) data_ = static_cast<std::byte*>(data);
}

MappedMemory::~MappedMemory() {
  if (data_ != nullptr) munmap(data_, bytes_);
  close(file_);
}

bool BackedPart::through(std::size_t end) {
  if (end <= backed_) return true;
  const std::size_t until = std::min(backed_ + (end - backed_ + kBackedStep - 1) / kBackedStep * kBackedStep, end_);
  if (end > until || fallocate(file_, 0, static_cast<off_t>(backed_), static_cast<off_t>(until - backed_)) != 0) {
    return false;
  }
  backed_ = until;
  return true;
}

OutgoingMemory::OutgoingMemory(int file, std::size_t bytes, std::size_t kept_begin)
    : memory_(file, bytes, true),
      kept_begin_(kept_begin),
      regions_(kHeaderBytes, kept_begin),
      backed_(file, 0, kept_begin),
      key_(random_key()) {}

std::unique_ptr<OutgoingMemory> OutgoingMemory::make(std::size_t bytes, std::size_t kept_bytes) {
  if (bytes > IncomingMemory::kMostBytes || kept_bytes > IncomingMemory::kMostBytes) return nullptr;
  const std::size_t kept_begin = kHeaderBytes + bytes;
  bytes = kept_begin + kept_bytes;
  const int file = memfd_create("spillway-link", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return nullptr;
  if (bytes > IncomingMemory::kMostBytes || fchmod(file, 0600) != 0 ||
      ftruncate(file, static_cast<off_t>(bytes)) != 0) {
    close(file);
    return nullptr;
  }
  std::unique_ptr<OutgoingMemory> made(new OutgoingMemory(file, bytes, kept_begin));
  // Our own mapping is there already, so from now on nobody else can get one to write with.
  constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
  if (!made->memory_.valid() || !made->backed_.through(kHeaderBytes) || fcntl(file, F_ADD_SEALS, kSeals) != 0)
    return nullptr;
  std::memcpy(made->memory_.data(), &made->key_, sizeof made->key_);
  return made;
}

std::optional<v1::SharedPlace> OutgoingMemory::take(std::size_t bytes, std::uint64_t number) {
  const auto offset = regions_.take(bytes, number);
  if (!offset) return std::nullopt;
  if (!backed_.through(*offset + bytes)) {
    // The system has no memory for more, so we make do with what we have.
    regions_.limit(backed_.backed());
    return std::nullopt;
  }
  v1::SharedPlace place;
  place.set_offset(*offset);
  place.set_bytes(bytes);
  return place;
}

BackedPart OutgoingMemory::kept_part(std::span<std::byte> part) const {
  const auto begin = static_cast<std::size_t>(part.data() - memory_.data());
  return {memory_.file(), begin, begin + part.size()};
}

std::optional<v1::SharedPlace> OutgoingMemory::place_of(ByteView kept) const {
  const std::span<std::byte> all = this->kept();
  const std::less_equal<> at_most;
  if (!at_most(all.data(), kept.data()) || !at_most(kept.data() + kept.size(), all.data() + all.size())) {
    return std::nullopt;
  }
  v1::SharedPlace place;
  place.set_offset(static_cast<std::size_t>(kept.data() - memory_.data()));
  place.set_bytes(kept.size());
  return place;
}

v1::SharedMemory OutgoingMemory::description() const {
  v1::SharedMemory description;
  description.set_process(static_cast<std::uint32_t>(getpid()));
  description.set_file(static_cast<std::uint32_t>(memory_.file()));
  description.set_bytes(memory_.size());
  description.set_key(key_);
  return description;
}

std::unique_ptr<IncomingMemory> IncomingMemory::map(const v1::SharedMemory& description) {
  if (description.bytes() < kHeaderBytes || description.bytes() > kMostBytes) return nullptr;
  const int file = open_file(description);
  if (file < 0) return nullptr;
  std::unique_ptr<IncomingMemory> mapped(new IncomingMemory(file, description.bytes()));
  if (!mapped->memory_.valid()) return nullptr;
  std::uint64_t key = 0;
  std::memcpy(&key, mapped->memory_.data(), sizeof key);
  return key == description.key() ? std::move(mapped) : nullptr;
}

bool IncomingMemory::holds(const v1::SharedPlace& place) const {
  return place.bytes() <= memory_.size() && place.offset() <= memory_.size() - place.bytes();
}

}  // namespace spillway::transport
