#include "daq/transport/regions.hpp"

#include <algorithm>

namespace spillway::transport {

namespace {
constexpr std::size_t kCacheLine = 64;

std::size_t up(std::size_t bytes) {
  return (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
}
}  // namespace

Regions::Regions(std::size_t begin, std::size_t end) : begin_(up(begin)), end_(begin_) {
  limit(end);
}

void Regions::limit(std::size_t end) {
  end_ = std::max(begin_, end / kCacheLine * kCacheLine);
}

std::optional<std::size_t> Regions::gap_of(std::size_t bytes) const {
  if (bytes == 0 || bytes > room()) return std::nullopt;
  const std::size_t needed = up(bytes);
  std::size_t offset = begin_;
  for (const auto& [at, taken] : taken_) {
    if (offset + needed <= at) break;
    offset = at + taken;
  }
  return offset + needed <= end_ ? std::optional(offset) : std::nullopt;
}

std::optional<std::size_t> Regions::take(std::size_t bytes, std::uint64_t number) {
  const auto offset = gap_of(bytes);
  if (!offset) return std::nullopt;
  taken_.emplace(*offset, up(bytes));
  owners_.push_back({number, *offset});
  return offset;
}

void Regions::release_through(std::uint64_t number) {
  while (!owners_.empty() && owners_.front().number <= number) {
    taken_.erase(owners_.front().offset);
    owners_.pop_front();
  }
}

}  // namespace spillway::transport
