#pragma once

#include <filesystem>
#include <vector>

namespace spillway::cli {

/// Files of one run together: those in one folder whose names differ only behind the last underscore
/// ("run000042_0000.h5", "run000042_0001.h5"); groups and files in the order of the alphabet.
[[nodiscard]] std::vector<std::vector<std::filesystem::path>> by_run(const std::vector<std::filesystem::path>& files);

/// The catalogue beside an event file, or in the folder above it as in a data folder; the latter's name where neither
/// is.
[[nodiscard]] std::filesystem::path catalogue_near(const std::filesystem::path& file);

}  // namespace spillway::cli
