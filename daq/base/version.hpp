#pragma once

#include <string>

namespace spillway {

/// "spillway 0.1.0 (commit abc1234, g++ 12.2.0, Release, avx2 avx512f ...)": what ran, for the run's records.
std::string version_text();

}  // namespace spillway
