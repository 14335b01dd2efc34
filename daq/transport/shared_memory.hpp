#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "daq/base/bytes.hpp"
#include "daq/proto/data.pb.h"
#include "daq/transport/regions.hpp"

namespace spillway::transport {

/// A file of memory (memfd_create(2)) and its mapping. It has no name in any folder and is gone with the last process
/// that has it open, whatever way that ends.
class MappedMemory {
 public:
  /// Takes the file; `writable` or read alone. Not valid where the kernel refuses.
  MappedMemory(int file, std::size_t bytes, bool writable);
  ~MappedMemory();
  MappedMemory(const MappedMemory&) = delete;
  MappedMemory& operator=(const MappedMemory&) = delete;

  [[nodiscard]] bool valid() const { return data_ != nullptr; }
  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return bytes_; }
  [[nodiscard]] int file() const { return file_; }

 private:
  int file_;
  std::byte* data_ = nullptr;
  std::size_t bytes_;
};

/// Part of a file of memory, for which memory is taken before it is written to: writing to a page for which there is
/// none left kills a process, asking for it first does not. What is never used takes none.
class BackedPart {
 public:
  BackedPart(int file, std::size_t begin, std::size_t end) : file_(file), begin_(begin), end_(end), backed_(begin) {}
  /// Whether there is memory for certain up to `end`, an offset in the file.
  [[nodiscard]] bool through(std::size_t end);
  [[nodiscard]] std::size_t begin() const { return begin_; }
  [[nodiscard]] std::size_t backed() const { return backed_; }

 private:
  int file_;
  std::size_t begin_;
  std::size_t end_;
  std::size_t backed_;
};

/// The sender's end: payloads are put here and read by another process of this user.
class OutgoingMemory {
 public:
  /// Room for `bytes` of payloads that are copied here, and `kept_bytes` that are the caller's own; null where the
  /// kernel refuses.
  static std::unique_ptr<OutgoingMemory> make(std::size_t bytes, std::size_t kept_bytes = 0);

  /// Room for the payload of message `number`; nothing where there is none now, which for at most room() bytes is until
  /// others have been released.
  std::optional<v1::SharedPlace> take(std::size_t bytes, std::uint64_t number);
  /// What lies at a place that was taken.
  [[nodiscard]] std::span<std::byte> at(const v1::SharedPlace& place) const {
    return {memory_.data() + place.offset(), place.bytes()};
  }
  /// The receiver has copied the payloads of the messages up to `number`.
  void release_through(std::uint64_t number) { regions_.release_through(number); }

  /// The caller's own part. What lies there can be sent as it is; its memory is to be taken with kept_part() first.
  [[nodiscard]] std::span<std::byte> kept() const {
    return {memory_.data() + kept_begin_, memory_.size() - kept_begin_};
  }
  /// `part` of it.
  [[nodiscard]] BackedPart kept_part(std::span<std::byte> part) const;
  /// Where bytes of it lie; nothing where they are others.
  [[nodiscard]] std::optional<v1::SharedPlace> place_of(ByteView kept) const;

  /// What the receiver needs to map it.
  [[nodiscard]] v1::SharedMemory description() const;
  [[nodiscard]] std::size_t room() const { return regions_.room(); }
  [[nodiscard]] bool fits(std::size_t bytes) const { return regions_.fits(bytes); }

 private:
  OutgoingMemory(int file, std::size_t bytes, std::size_t kept_begin);

  MappedMemory memory_;
  std::size_t kept_begin_;
  Regions regions_;
  BackedPart backed_;  ///< of the regions
  std::uint64_t key_ = 0;
};

/// The receiver's end. Nothing in it is trusted: places are checked against its size, and payloads are copied out
/// before anybody looks at them.
class IncomingMemory {
 public:
  /// No memory is larger, and so no payload in it.
  static constexpr std::size_t kMostBytes = std::size_t{1} << 32;

  /// Null where it cannot be mapped, is not what the description says, or could still be cut short: reading behind the
  /// end of a file kills a process, so it must be sealed against shrinking.
  static std::unique_ptr<IncomingMemory> map(const v1::SharedMemory& description);

  [[nodiscard]] bool holds(const v1::SharedPlace& place) const;
  /// What lies there, for nothing but to be copied; `place` must be held.
  [[nodiscard]] ByteView at(const v1::SharedPlace& place) const {
    return {memory_.data() + place.offset(), place.bytes()};
  }
  [[nodiscard]] std::size_t size() const { return memory_.size(); }

 private:
  IncomingMemory(int file, std::size_t bytes) : memory_(file, bytes, false) {}

  MappedMemory memory_;
};

}  // namespace spillway::transport
