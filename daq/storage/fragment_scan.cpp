#include "daq/storage/fragment_scan.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/storage/records.hpp"
#include "daq/storage/space_ahead.hpp"

namespace spillway::storage {
namespace {

constexpr std::uint64_t kStep = 4U << 20U;

bool sizes_hold(const FragmentHeader& header, ByteView sizes) {
  return header.sizes_bytes == 0 || (sizes.size() == header.sizes_bytes && crc32c(sizes) == header.row.sizes_crc32c);
}

/// The payload, with `skipped` bytes left out from `cut` on.
bool payload_holds(const FragmentHeader& header, ByteView bytes, std::uint64_t cut, std::uint64_t skipped) {
  const std::uint64_t length = header.row.length;
  if (bytes.size() < length + skipped || cut > length) return false;
  const std::uint32_t first = crc32c(bytes.first(cut));
  return crc32c(bytes.subspan(cut + skipped, length - cut), first) == header.row.crc32c;
}

}  // namespace

std::string stream_of(const FragmentHeader& header) {
  return {header.stream, strnlen(header.stream, sizeof(header.stream))};
}

Bytes read_raw(int descriptor, std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t size = size_of(descriptor);
  Bytes bytes(offset < size ? std::min(length, size - offset) : 0);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t n =
        ::pread(descriptor, bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(offset + filled));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    filled += static_cast<std::size_t>(n);
  }
  bytes.resize(filled);
  return bytes;
}

void scan_fragments(int descriptor, std::uint64_t begin, std::uint64_t end,
                    const std::function<void(const FoundFragment&)>& found) {
  const auto magic = load<std::uint64_t>(as_byte_view(std::string_view(kFragmentMagic, 8)));
  begin = begin / kFragmentAlignment * kFragmentAlignment;
  for (std::uint64_t at = begin; at < end; at += kStep) {
    const Bytes bytes = read_raw(descriptor, at, kStep + sizeof(FragmentHeader));
    const std::uint64_t last = std::min(kStep, end - at);
    for (std::uint64_t i = 0; i < last && i + sizeof(FragmentHeader) <= bytes.size(); i += kFragmentAlignment) {
      if (load<std::uint64_t>(bytes, i) != magic) continue;
      FoundFragment fragment{at + i, load<FragmentHeader>(bytes, i), false};
      fragment.holds = header_holds(fragment.header);
      found(fragment);
    }
  }
}

std::optional<RawFragment> read_fragment(int descriptor, const FoundFragment& found, std::uint64_t chunk_bytes) {
  const FragmentHeader& header = found.header;
  const std::uint64_t size = size_of(descriptor);
  if (header.row.length > size || header.sizes_bytes > size) return std::nullopt;
  const Bytes sizes = read_raw(descriptor, found.at + sizeof(FragmentHeader), header.sizes_bytes);
  if (!sizes_hold(header, sizes)) return std::nullopt;
  RawFragment fragment;
  fragment.frame_bytes.resize(sizes.size() / 4);
  if (!sizes.empty()) std::memcpy(fragment.frame_bytes.data(), sizes.data(), sizes.size());
  if (fragment.frame_bytes.empty() && header.row.frames != 0 && header.row.codec == 0) {
    fragment.frame_bytes = {static_cast<std::uint32_t>(header.row.length / header.row.frames)};
  }
  const std::uint64_t before = sizeof(FragmentHeader) + header.sizes_bytes;
  const bool long_one = chunk_bytes != 0 && before < chunk_bytes && before + header.row.length > chunk_bytes;
  const std::uint64_t most_skipped = long_one ? 2 * chunk_bytes : 0;
  const Bytes bytes = read_raw(descriptor, found.payload_at(), header.row.length + most_skipped);
  for (std::uint64_t skipped = 0; skipped <= most_skipped; skipped += chunk_bytes) {
    for (std::uint64_t cut = long_one ? chunk_bytes - before : header.row.length; cut <= header.row.length;
         cut += chunk_bytes) {
      if (payload_holds(header, bytes, cut, skipped)) {
        fragment.payload.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut));
        append(fragment.payload, ByteView(bytes).subspan(cut + skipped, header.row.length - cut));
        return fragment;
      }
      if (skipped == 0) break;
    }
    if (!long_one) break;
  }
  return std::nullopt;
}

std::string what_lies_at(const std::filesystem::path& file, std::uint64_t begin, std::uint64_t end) {
  const FileDescriptor descriptor(file, O_RDONLY);
  const std::uint64_t from = begin > 4 * kStep ? begin - 4 * kStep : 0;
  std::vector<std::string> damaged;
  std::uint64_t inside = 0;
  scan_fragments(descriptor.get(), from, end, [&](const FoundFragment& found) {
    const FragmentHeader& header = found.header;
    if (!found.holds) {
      if (found.at + sizeof(FragmentHeader) <= begin) return;
      damaged.push_back(fmt::format("the fragment header at byte {} is damaged (it reads decision {}, stream {})",
                                    found.at, header.row.decision, stream_of(header)));
      return;
    }
    if (found.end() <= begin) return;
    ++inside;
    if (!read_fragment(descriptor.get(), found, 0)) {
      damaged.push_back(fmt::format("the fragment of decision {}, stream {} (detector {}), at bytes {}-{}, is damaged",
                                    header.row.decision, stream_of(header), header.row.detector, found.at,
                                    found.end() - 1));
    }
  });
  if (!damaged.empty()) return fmt::format("{}", fmt::join(damaged, "; "));
  return fmt::format("{} fragments lie there and are whole: it is a fragment header, a table, an index or unused space",
                     inside);
}

}  // namespace spillway::storage
