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

namespace {
/// Whether the payload's items are as many and as large as the Bulk says; none is empty.
bool has_sizes(const v1::Bulk& bulk, std::size_t payload_bytes) {
  const auto& sizes = bulk.item_bytes();
  const std::uint64_t count = bulk.count();
  const bool alike = sizes.size() == 1;
  if (!alike && static_cast<std::uint64_t>(sizes.size()) != count) return false;
  if (std::find(sizes.begin(), sizes.end(), 0U) != sizes.end()) return false;
  const std::uint64_t total = alike ? count * sizes[0] : std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
  return total == payload_bytes;
}

std::size_t size_of_item(const v1::Bulk& bulk, std::uint32_t i) {
  return bulk.item_bytes(bulk.item_bytes_size() == 1 ? 0 : static_cast<int>(i));
}
}  // namespace

std::uint32_t copy_summing_items(const v1::Bulk& bulk, std::span<std::byte> to, ByteView payload,
                                 std::vector<std::uint32_t>& item_crc32c) {
  if (!has_sizes(bulk, payload.size())) return copy_summing(to, payload);
  Crc32cOfStretches all;
  item_crc32c.reserve(bulk.count());
  for (std::uint32_t i = 0; i < bulk.count(); ++i) {
    const std::size_t size = size_of_item(bulk, i);
    item_crc32c.push_back(copy_summing(to, payload.first(size)));
    all.add(item_crc32c.back(), size);
    to = to.subspan(size);
    payload = payload.subspan(size);
  }
  return all.sum();
}

std::string_view name(BulkError error) {
  return error == BulkError::kBadSizes ? "bad_sizes" : "bad_crc";
}

Expected<std::vector<ByteView>, BulkError> items_of(const v1::Bulk& bulk, const SummedBytes& summed) {
  ByteView payload = summed.bytes;
  if (!has_sizes(bulk, payload.size())) return BulkError::kBadSizes;
  if (summed.crc32c != bulk.crc32c()) return BulkError::kBadCrc;

  std::vector<ByteView> items;
  items.reserve(bulk.count());
  for (std::uint32_t i = 0; i < bulk.count(); ++i) {
    const std::size_t size = size_of_item(bulk, i);
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
