#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace spillway::detectors::lartpc {

/// Which of the processor's instructions a path uses; the result is the same with all.
enum class Isa { kScalar, kAvx2, kAvx512 };
inline constexpr std::array kIsas = {Isa::kScalar, Isa::kAvx2, Isa::kAvx512};

/// "scalar", "avx2", "avx512".
[[nodiscard]] std::string_view name(Isa isa);
/// The inverse; none for other words.
[[nodiscard]] std::optional<Isa> isa_named(std::string_view word);
/// Whether this processor has it. AVX-512 stands for the parts F, BW, DQ and VL.
[[nodiscard]] bool supported(Isa isa);
/// The fastest that this processor has.
[[nodiscard]] Isa best_isa();

}  // namespace spillway::detectors::lartpc
