#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daq/base/bytes.hpp"
#include "daq/storage/rows.hpp"

namespace spillway::storage {

/// A fragment's header as raw bytes of the file show it.
struct FoundFragment {
  std::uint64_t at = 0;  ///< byte of the file at which the header begins
  FragmentHeader header;
  bool holds = false;  ///< its checksum is right
  [[nodiscard]] std::uint64_t payload_at() const { return at + header.header_bytes + header.sizes_bytes; }
  [[nodiscard]] std::uint64_t end() const { return payload_at() + header.row.length; }
};

/// Finds every header that begins in bytes [begin, end) of the file, in order, without HDF5.
void scan_fragments(int descriptor, std::uint64_t begin, std::uint64_t end,
                    const std::function<void(const FoundFragment&)>& found);

/// The bytes, or fewer where the file ends.
[[nodiscard]] Bytes read_raw(int descriptor, std::uint64_t offset, std::uint64_t length);

struct RawFragment {
  std::vector<std::uint32_t> frame_bytes;  ///< as FragmentRecord takes them
  Bytes payload;                           ///< as it is stored
};
/// Sizes and payload of a found fragment whose checksums hold. One that is longer than a chunk is looked for end to
/// end, then with another block of the file between two of its chunks.
[[nodiscard]] std::optional<RawFragment> read_fragment(int descriptor, const FoundFragment& found,
                                                       std::uint64_t chunk_bytes);

/// What lies in bytes [begin, end): fragments that are damaged, by decision and stream; else what else it may be.
[[nodiscard]] std::string what_lies_at(const std::filesystem::path& file, std::uint64_t begin, std::uint64_t end);

[[nodiscard]] std::string stream_of(const FragmentHeader& header);

}  // namespace spillway::storage
