#pragma once

#include <filesystem>

#include "daq/storage/salvage.hpp"

namespace spillway::storage {

/// Leaves out of what is complete() what another file of the run holds as well. A writer whose file was damaged goes on
/// in a new one, to which it also writes what was not safe in the old one. A decision stays where more of its fragments
/// are, else in the later file; so does any other row.
void leave_to_neighbours(Salvage& salvage, const std::filesystem::path& folder);

}  // namespace spillway::storage
