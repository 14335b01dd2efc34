#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace spillway::transport {

/// Which parts of a piece of memory are taken, and by which message. Messages have rising numbers and give their
/// regions back in that order. The lowest gap that is large enough is taken, so that while the receiver keeps up the
/// same few pages are written again and again, and stay in the cache, however large the memory is.
class Regions {
 public:
  /// Regions lie in [`begin`, `end`), each on cache lines of its own.
  Regions(std::size_t begin, std::size_t end);

  /// Offset of `bytes` (at least one) that are now taken by message `number`; nothing where no gap is as large.
  std::optional<std::size_t> take(std::size_t bytes, std::uint64_t number);
  [[nodiscard]] bool fits(std::size_t bytes) const { return gap_of(bytes).has_value(); }
  /// Messages up to `number` need theirs no longer.
  void release_through(std::uint64_t number);

  /// Nothing is taken beyond `end` from now on.
  void limit(std::size_t end);

  /// A region of so many bytes fits once all others have been given back.
  [[nodiscard]] std::size_t room() const { return end_ - begin_; }

 private:
  struct Owner {
    std::uint64_t number = 0;
    std::size_t offset = 0;
  };
  [[nodiscard]] std::optional<std::size_t> gap_of(std::size_t bytes) const;

  std::size_t begin_;
  std::size_t end_;
  std::map<std::size_t, std::size_t> taken_;  ///< offset -> bytes
  std::deque<Owner> owners_;
};

}  // namespace spillway::transport
