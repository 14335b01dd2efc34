#include "daq/base/version.hpp"

#include <fmt/format.h>

#include "daq/base/build_info.hpp"

namespace spillway {
namespace {

#if defined(__clang__)
constexpr char kCompiler[] = "clang++ " __clang_version__;
#else
constexpr char kCompiler[] = "g++ " __VERSION__;
#endif

std::string vector_extensions() {
  std::string text;
#if defined(__x86_64__)
  const auto note = [&text](int supported, const char* extension) {
    if (supported != 0) text += fmt::format("{}{}", text.empty() ? "" : " ", extension);
  };
  note(__builtin_cpu_supports("sse4.2"), "sse4.2");
  note(__builtin_cpu_supports("avx"), "avx");
  note(__builtin_cpu_supports("avx2"), "avx2");
  note(__builtin_cpu_supports("fma"), "fma");
  note(__builtin_cpu_supports("avx512f"), "avx512f");
  note(__builtin_cpu_supports("avx512bw"), "avx512bw");
  note(__builtin_cpu_supports("avx512vl"), "avx512vl");
#endif
  return text.empty() ? "no vector extensions" : text;
}

}  // namespace

std::string version_text() {
  return fmt::format("spillway {} (commit {}, {}, {}, {})", kProjectVersion, kCommit, kCompiler, kBuildType,
                     vector_extensions());
}

}  // namespace spillway
