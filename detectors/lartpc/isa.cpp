#include "detectors/lartpc/isa.hpp"

#include <algorithm>

namespace spillway::detectors::lartpc {

std::string_view name(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
  }
  return "unknown";
}

std::optional<Isa> isa_named(std::string_view word) {
  const auto* isa = std::find_if(kIsas.begin(), kIsas.end(), [&](Isa candidate) { return name(candidate) == word; });
  if (isa == kIsas.end()) return std::nullopt;
  return *isa;
}

bool supported([[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case Isa::kScalar:
      return true;
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2") != 0;
    case Isa::kAvx512:
      return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
             __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  }
#endif
  return isa == Isa::kScalar;
}

Isa best_isa() {
  return supported(Isa::kAvx512) ? Isa::kAvx512 : supported(Isa::kAvx2) ? Isa::kAvx2 : Isa::kScalar;
}

}  // namespace spillway::detectors::lartpc
