#include "tests/bench/read_once.hpp"

#include "detectors/lartpc/isa.hpp"

#if defined(__x86_64__)
// g++ 12 takes its own intrinsics' undefined vectors for our mistakes.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#endif

namespace spillway::bench {

namespace {

/// Far enough that memory has answered; the processor's own prefetching ends with each page.
constexpr std::size_t kAhead = 4096;

std::uint64_t read_words(ByteView bytes) {
  std::uint64_t sum = 0;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) sum ^= load<std::uint64_t>(bytes);
  return sum;
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] std::uint64_t read_avx2(ByteView bytes) {
  __m256i sums[4] = {};
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= sizeof sums; left -= sizeof sums, at += sizeof sums) {
    for (std::size_t i = 0; i < sizeof sums; i += 64) __builtin_prefetch(at + kAhead + i);
    for (std::size_t i = 0; i < 4; ++i) {
      sums[i] = _mm256_xor_si256(sums[i], _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at) + i));
    }
  }
  const __m256i sum = _mm256_xor_si256(_mm256_xor_si256(sums[0], sums[1]), _mm256_xor_si256(sums[2], sums[3]));
  std::uint64_t words[4];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(words), sum);
  return words[0] ^ words[1] ^ words[2] ^ words[3] ^ read_words({at, left});
}

[[gnu::target("avx512f")]] std::uint64_t read_avx512(ByteView bytes) {
  __m512i sums[4] = {};
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= sizeof sums; left -= sizeof sums, at += sizeof sums) {
    for (std::size_t i = 0; i < sizeof sums; i += 64) __builtin_prefetch(at + kAhead + i);
    for (std::size_t i = 0; i < 4; ++i) sums[i] = _mm512_xor_si512(sums[i], _mm512_loadu_si512(at + 64 * i));
  }
  const __m512i sum = _mm512_xor_si512(_mm512_xor_si512(sums[0], sums[1]), _mm512_xor_si512(sums[2], sums[3]));
  std::uint64_t words[8];
  _mm512_storeu_si512(words, sum);
  std::uint64_t all = read_words({at, left});
  for (const std::uint64_t word : words) all ^= word;
  return all;
}
#endif

}  // namespace

std::uint64_t read_once(ByteView bytes) {
#if defined(__x86_64__)
  using detectors::lartpc::Isa;
  using detectors::lartpc::supported;
  if (supported(Isa::kAvx512)) return read_avx512(bytes);
  if (supported(Isa::kAvx2)) return read_avx2(bytes);
#endif
  return read_words(bytes);
}

}  // namespace spillway::bench
