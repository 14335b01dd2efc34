#pragma once

#include <filesystem>
#include <string>

#include <spdlog/spdlog.h>

namespace spillway {

/// Sends spdlog's default logger to standard error and, where `file` is not empty, to a rotating file.
/// A log that cannot be written is said once on standard error; it never stops a service.
void start_logging(const std::string& service, const std::filesystem::path& file = {});

}  // namespace spillway
