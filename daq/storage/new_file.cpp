#include "daq/storage/new_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "daq/base/error.hpp"
#include "daq/storage/records.hpp"
#include "daq/storage/space_ahead.hpp"

namespace spillway::storage {
namespace {

template <std::size_t N>
void set_name(char (&to)[N], const std::string& from, const std::string& where) {
  if (from.size() >= N) {
    throw Error(where + ": the name \"" + from + "\" is too long; it may have " + std::to_string(N - 1) + " bytes");
  }
  std::memset(to, 0, N);
  std::memcpy(to, from.data(), from.size());
}

/// Texts side by side, each in as many bytes as the longest needs.
FixedDataset text_dataset(const char* path, const std::vector<std::string>& texts, const std::string& where) {
  std::size_t longest = 1;
  for (const std::string& text : texts) longest = std::max(longest, text.size());
  std::string packed(longest * texts.size(), '\0');
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i].copy(packed.data() + i * longest, longest);
  hdf5::Handle type(hdf5::checked(H5Tcopy(H5T_C_S1), where, "H5Tcopy"), H5Tclose);
  hdf5::checked(H5Tset_size(type.get(), longest), where, "H5Tset_size");
  hdf5::checked(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), where, "H5Tset_strpad");
  hdf5::checked(H5Tset_cset(type.get(), H5T_CSET_UTF8), where, "H5Tset_cset");
  return {path, std::move(type), texts.size(), packed};
}

template <typename Row>
FixedDataset row_dataset(const std::vector<Row>& rows) {
  const auto bytes = std::as_bytes(std::span(rows));
  return {hdf5::TableOf<Row>::kPath, hdf5::row_type<Row>(), rows.size(), std::string(as_text(bytes))};
}

template <typename Row>
void create_table(hid_t file, const std::string& where) {
  const hdf5::Handle type = hdf5::row_type<Row>();
  hdf5::create_extensible(file, hdf5::TableOf<Row>::kPath, type.get(), kTableChunkBytes / sizeof(Row), where);
}

template <typename... Row>
void create_tables(hid_t file, const RunInfo& info, const std::string& where, const std::tuple<Row...>*) {
  (..., (has_table<Row>(info) ? create_table<Row>(file, where) : void()));
}

void write_configuration(hid_t file, const RunInfo& info, std::uint64_t chunk_bytes, const std::string& where) {
  const std::string frame = framed_info(info, chunk_bytes);
  hdf5::create_fixed(file, "/configuration/run_info", H5T_STD_U8LE, frame.size(), frame.data(), where);
  // As a reader will find it in the frame, where a byte that is no text has been replaced.
  const auto framed = parse_framed_info(as_byte_view(frame));
  for (const FixedDataset& fixed : fixed_datasets(framed ? framed->info : info, where)) {
    hdf5::create_fixed(file, fixed.path, fixed.type.get(), fixed.rows, fixed.bytes.data(), where);
  }
  const hdf5::Handle group(hdf5::checked(H5Gopen2(file, "/configuration", H5P_DEFAULT), where, "H5Gopen2"), H5Gclose);
  hdf5::add_attribute(group.get(), "format", std::string(info.trains ? "spillway-events-2" : "spillway-events-1"),
                      where);
  hdf5::add_attribute(group.get(), "run", info.run, where);
  hdf5::add_attribute(group.get(), "part", std::uint64_t{info.part}, where);
  hdf5::add_attribute(group.get(), "seed", info.seed, where);
  hdf5::add_attribute(group.get(), "config_name", info.config_name, where);
  hdf5::add_attribute(group.get(), "version", info.version, where);
  hdf5::add_attribute(group.get(), "recovered", info.recovered, where);
  hdf5::add_attribute(group.get(), "chunk_bytes", chunk_bytes, where);
}

void write_everything(hid_t file, const RunInfo& info, std::uint64_t chunk_bytes, const std::string& where) {
  write_configuration(file, info, chunk_bytes, where);
  create_tables(file, info, where, static_cast<const TableRows*>(nullptr));
  create_table<TableRow>(file, where);
  hdf5::create_extensible(file, "/ledger", H5T_STD_U8LE, kTableChunkBytes, where);
  hdf5::create_extensible(file, "/livetime", H5T_STD_U8LE, kTableChunkBytes, where);
  for (const std::string& stream : info.streams) {
    hdf5::create_extensible(file, "/payload/" + stream, H5T_STD_U8LE, chunk_bytes, where);
  }
}

hdf5::Handle create_hdf5(const std::filesystem::path& path, std::uint64_t chunk_bytes, const std::string& where) {
  const hdf5::Handle access(hdf5::checked(H5Pcreate(H5P_FILE_ACCESS), where, "H5Pcreate"), H5Pclose);
  hdf5::checked(H5Pset_libver_bounds(access.get(), H5F_LIBVER_LATEST, H5F_LIBVER_LATEST), where,
                "H5Pset_libver_bounds");
  hdf5::checked(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), where, "H5Pset_fclose_degree");
  hdf5::checked(H5Pset_alignment(access.get(), chunk_bytes, chunk_bytes), where, "H5Pset_alignment");
  hdf5::checked(H5Pset_meta_block_size(access.get(), std::min(kMetadataBlockBytes, chunk_bytes)), where,
                "H5Pset_meta_block_size");
  return {hdf5::checked(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), where, "H5Fcreate"),
          H5Fclose};
}

}  // namespace

std::vector<FixedDataset> fixed_datasets(const RunInfo& info, const std::string& where) {
  std::vector<hdf5::FacilityRow> facilities(info.facilities.size());
  for (std::size_t i = 0; i < facilities.size(); ++i) set_name(facilities[i].name, info.facilities[i], where);
  std::vector<hdf5::DetectorRow> detectors(info.detectors.size());
  for (std::uint32_t i = 0; i < detectors.size(); ++i) {
    set_name(detectors[i].name, info.detectors[i], where);
    const DetectorInfo more = detector_info(info, i);
    detectors[i].facility = more.facility;
    detectors[i].whole_gate = more.whole_gate ? 1 : 0;
    detectors[i].gated = more.gated ? 1 : 0;
  }
  std::vector<hdf5::StreamRow> streams(info.streams.size());
  for (std::uint32_t i = 0; i < streams.size(); ++i) {
    set_name(streams[i].name, info.streams[i], where);
    streams[i].detector = detector_of(info, i);
  }
  std::vector<FixedDataset> fixed;
  fixed.push_back(text_dataset("/configuration/config", {info.config_text}, where));
  fixed.push_back(text_dataset("/configuration/overrides", info.overrides, where));
  fixed.push_back(row_dataset(facilities));
  fixed.push_back(row_dataset(detectors));
  fixed.push_back(row_dataset(streams));
  return fixed;
}

hdf5::Handle create_event_file(const std::filesystem::path& path, const RunInfo& info, std::uint64_t chunk_bytes) {
  hdf5::silence();
  const std::string where = path.string();
  if (chunk_bytes < 1024 || chunk_bytes % kFragmentAlignment != 0) {
    throw Error(where + ": a payload chunk must have at least 1024 bytes and a multiple of 8");
  }
  if (std::filesystem::exists(path)) throw Error(where + ": is there already");
  // Under its name a file is always one that can be read while it is written.
  const std::filesystem::path starting = where + ".starting";
  std::error_code ignored;
  try {
    {
      // Asks for the room first: HDF5 must not be the one to find a full disk.
      const FileDescriptor probe(starting, O_RDWR | O_CREAT);
      const std::uint64_t first = (256U << 10U) + 4096 * info.streams.size() + 2 * info.config_text.size();
      if (::posix_fallocate(probe.get(), 0, static_cast<off_t>(first)) != 0) {
        throw Error(where + ": no room on the disk for a new event file");
      }
    }
    hdf5::Handle file = create_hdf5(starting, chunk_bytes, where);
    write_everything(file.get(), info, chunk_bytes, where);
    hdf5::checked(H5Fstart_swmr_write(file.get()), where, "H5Fstart_swmr_write");
    std::filesystem::rename(starting, path);
    return file;
  } catch (const std::filesystem::filesystem_error& problem) {
    std::filesystem::remove(starting, ignored);
    throw Error(where + ": " + problem.what());
  } catch (const Error&) {
    std::filesystem::remove(starting, ignored);
    throw;
  }
}

TableRow table_row(const std::string& name, std::uint64_t rows, std::uint32_t crc) {
  TableRow row{};
  set_name(row.name, name, "/tables");
  row.rows = rows;
  row.crc32c = crc;
  row.row_crc32c = crc32c(std::as_bytes(std::span(&row, 1)).first(offsetof(TableRow, row_crc32c)));
  return row;
}

bool table_row_holds(const TableRow& row) {
  return row.name[sizeof(row.name) - 1] == '\0' &&
         row.row_crc32c == crc32c(std::as_bytes(std::span(&row, 1)).first(offsetof(TableRow, row_crc32c)));
}

FragmentParts fragment_parts(const FragmentRecord& fragment, const RunInfo& info, std::uint64_t chunk,
                             std::uint64_t at) {
  const std::span<const std::uint32_t> sizes = fragment.frame_bytes;
  const bool equal = std::all_of(sizes.begin(), sizes.end(), [&](std::uint32_t size) { return size == sizes[0]; });
  const std::uint64_t sum = sizes.size() == 1 ? std::uint64_t{sizes[0]} * fragment.frames
                                              : std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
  const bool counted = sizes.size() == fragment.frames || (equal && sizes.size() <= 1);
  const bool fits = fragment.codec == 0 ? counted && sum == fragment.payload.size() : equal;
  if (!fits) {
    throw Error("fragment of decision " + std::to_string(fragment.decision.id) + ", stream " +
                info.streams[fragment.stream] + ": the sizes of its frames do not add up to its payload");
  }
  FragmentHeader header{};
  std::memcpy(header.magic, kFragmentMagic, sizeof(header.magic));
  header.header_bytes = sizeof(FragmentHeader);
  header.run = static_cast<std::uint32_t>(info.run);
  header.sizes_bytes = equal ? 0 : static_cast<std::uint32_t>(sizes.size_bytes());
  const std::uint64_t length = sizeof(FragmentHeader) + header.sizes_bytes + fragment.payload.size();
  std::uint64_t begin = (at + kFragmentAlignment - 1) / kFragmentAlignment * kFragmentAlignment;
  if (begin % chunk + length > chunk) begin = (begin + chunk - 1) / chunk * chunk;
  const model::Decision& decision = fragment.decision;
  header.row = {decision.id,
                decision.detector,
                fragment.stream,
                decision.window.begin.ns,
                decision.window.end.ns,
                static_cast<std::uint32_t>(fragment.status),
                fragment.codec,
                fragment.encoding,
                fragment.frames,
                begin + sizeof(FragmentHeader) + header.sizes_bytes,
                fragment.payload.size(),
                crc32c(fragment.payload),
                equal ? 0 : crc32c(std::as_bytes(sizes))};
  header.gate = gate_row(decision);
  header.bits = decision.bits;
  header.primitives = decision.primitives;
  set_name(header.stream, info.streams[fragment.stream], "fragment");
  header.header_crc32c = header_crc(header);
  FragmentParts parts;
  parts.padding = begin - at;
  parts.row = header.row;
  parts.head.reserve(sizeof(FragmentHeader) + header.sizes_bytes);
  append(parts.head, header);
  if (!equal) append(parts.head, std::as_bytes(sizes));
  return parts;
}

}  // namespace spillway::storage
