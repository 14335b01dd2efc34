#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daq/model/payload_codec.hpp"

namespace spillway::storage {

struct Verification {
  std::vector<std::string> files;
  std::vector<std::string> complaints;  ///< each names the place; empty: everything checked holds
  std::vector<std::string> notes;       ///< what could not be checked, and why
  std::string digest;                   ///< re-derived, where all files of the run were there
};

/// Checks the files of one run (`run`, where one was asked for): their names, manifests, checksums of every fragment
/// and header, rows against each other, ledger, live time and digest re-derived by the functions the services use, and,
/// where `catalogue` exists, what it says of the run. Never crashes on a damaged file: HDF5 is called in a child
/// process. `codecs`: of compressed payloads, without which these are complained of.
Verification verify(const std::vector<std::filesystem::path>& files, const std::filesystem::path& catalogue,
                    std::optional<std::uint64_t> run = std::nullopt, model::PayloadCodecs codecs = {});

struct Recovery {
  std::filesystem::path file;  ///< the file made, with manifest
  std::filesystem::path kept;  ///< the damaged one, kept under this name
  std::uint64_t decisions = 0;
  std::uint64_t fragments = 0;
  std::vector<std::string> notes;  ///< what was lost or rebuilt, and from what
};

/// Makes a closed file of a `.writing` (or damaged) one: rows checked against payload and checksums; where HDF5's own
/// metadata are lost, the tables are rebuilt by scanning for fragment headers. The original is kept beside it with the
/// ending `.damaged`; the catalogue beside the run's folder lists the new one, and its run as INCOMPLETE. A file whose
/// bytes are those of its manifest is left as it is. `codecs`: of compressed payloads, whose fragments stay compressed.
/// Throws Error where nothing can be recovered.
Recovery recover(const std::filesystem::path& file, model::PayloadCodecs codecs = {});

}  // namespace spillway::storage
