#pragma once

#include <string>
#include <vector>

namespace spillway::cli {

/// Goes on as `program`, an executable beside this one, with these arguments: what belongs to a room above this one is
/// run as the process it is. Throws Error where it cannot be started.
[[noreturn]] void become(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace spillway::cli
