#include <algorithm>
#include <cassert>
#include <numeric>

#include "daq/base/bytes.hpp"
#include "daq/transport/link.hpp"

namespace spillway::transport {

void describe_items(v1::Bulk& bulk, std::span<const std::uint32_t> sizes, const SummedBytes& payload) {
  bulk.set_count(static_cast<std::uint32_t>(sizes.size()));
  bulk.clear_item_bytes();
  const bool alike = std::all_of(sizes.begin(), sizes.end(), [&](std::uint32_t size) { return size == sizes.front(); });
  for (const auto size : sizes.first(alike ? std::min<std::size_t>(sizes.size(), 1) : sizes.size())) {
    bulk.add_item_bytes(size);
  }
  bulk.set_crc32c(payload.crc32c);
}

void describe_records(v1::Bulk& bulk, std::uint32_t record_bytes, ByteView payload) {
  assert(payload.size() % record_bytes == 0);
  bulk.set_count(static_cast<std::uint32_t>(payload.size() / record_bytes));
  bulk.clear_item_bytes();
  if (!payload.empty()) bulk.add_item_bytes(record_bytes);
  bulk.set_crc32c(crc32c(payload));
}

std::string_view name(BulkError error) {
  return error == BulkError::kBadSizes ? "bad_sizes" : "bad_crc";
}

Expected<std::vector<ByteView>, BulkError> items_of(const v1::Bulk& bulk, const SummedBytes& summed) {
  ByteView payload = summed.bytes;
  const auto& sizes = bulk.item_bytes();
  const std::uint64_t count = bulk.count();
  const bool alike = sizes.size() == 1;
  if (!alike && static_cast<std::uint64_t>(sizes.size()) != count) return BulkError::kBadSizes;
  if (std::find(sizes.begin(), sizes.end(), 0U) != sizes.end()) return BulkError::kBadSizes;
  const std::uint64_t total = alike ? count * sizes[0] : std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
  if (total != payload.size()) return BulkError::kBadSizes;
  if (summed.crc32c != bulk.crc32c()) return BulkError::kBadCrc;

  std::vector<ByteView> items;
  items.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t size = sizes[alike ? 0 : static_cast<int>(i)];
    items.push_back(payload.first(size));
    payload = payload.subspan(size);
  }
  return items;
}

std::optional<BulkError> check_records(const v1::Bulk& bulk, std::uint32_t record_bytes, const SummedBytes& payload) {
  const auto& sizes = bulk.item_bytes();
  const auto is_record = [&](std::uint32_t size) { return size == record_bytes; };
  if (sizes.size() != 1 && static_cast<std::uint64_t>(sizes.size()) != bulk.count()) return BulkError::kBadSizes;
  if (!std::all_of(sizes.begin(), sizes.end(), is_record)) return BulkError::kBadSizes;
  if (std::uint64_t{bulk.count()} * record_bytes != payload.bytes.size()) return BulkError::kBadSizes;
  if (payload.crc32c != bulk.crc32c()) return BulkError::kBadCrc;
  return std::nullopt;
}

}  // namespace spillway::transport
