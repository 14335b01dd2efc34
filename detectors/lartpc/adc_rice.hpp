// The Rice coder of the ADC codec: one text for all paths, compiled in the instructions of the file that includes it
// inside of its unnamed namespace. SPILLWAY_ADC_TARGET names these.

/// All ones below bit `k`.
[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline std::uint32_t low_bits(std::uint32_t k) {
  return (1U << k) - 1;
}

/// Appends at most 57 bits.
[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline void put(RiceWriters& out, std::size_t stream, std::uint64_t code,
                                                           std::uint32_t bits) {
  const std::uint64_t word = out.held[stream] | code << out.bits[stream];
  std::memcpy(out.at[stream], &word, sizeof word);
  const std::uint32_t all = out.bits[stream] + bits;
  out.at[stream] += all / 8;
  out.held[stream] = all < 64 ? word >> (all & ~7U) : 0;
  out.bits[stream] = all % 8;
}

/// Sums what decides on the next frame's parameters.
[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline void adapt(const Residuals& residuals, RiceParameters& k) {
  ChannelWords sums = {};
  for (const AdcRow& row : residuals.values) {
    for (std::size_t c = 0; c < kChannels; ++c) {
      sums[c] = static_cast<std::uint16_t>(sums[c] + std::min(row[c], kFarthestZigzag));
    }
  }
  for (std::size_t c = 0; c < kChannels; ++c) k[c] = rice_parameter(sums[c]);
}

/// A code is `ones` ones, a zero and the k lowest bits of the value, from bit 0 upward.
[[SPILLWAY_ADC_TARGET]] void rice_encode(const Residuals& residuals, RiceParameters& k, RiceWriters& out,
                                         std::vector<std::uint16_t>& escapes) {
  alignas(64) std::array<std::uint32_t, kChannels> parameter;
  alignas(64) std::array<std::uint32_t, kChannels> code;
  alignas(64) std::array<std::uint32_t, kChannels> bits;
  std::copy(k.begin(), k.end(), parameter.begin());
  for (const AdcRow& row : residuals.values) {
    std::uint32_t escaped = 0;
    for (std::size_t c = 0; c < kChannels; ++c) {
      const std::uint32_t most = kMostOnes << parameter[c];
      const std::uint32_t value = std::min<std::uint32_t>(row[c], most);
      escaped |= row[c] >= most ? 1U : 0U;
      const std::uint32_t ones = value >> parameter[c];
      code[c] = (value & low_bits(parameter[c])) << (ones + 1) | low_bits(ones);
      bits[c] = ones + 1 + parameter[c];
    }
    if (escaped != 0) [[unlikely]] {
      for (std::size_t c = 0; c < kChannels; ++c) {
        if (row[c] >= kMostOnes << parameter[c]) escapes.push_back(row[c]);
      }
    }
    for (std::size_t j = 0; j < kStreams; ++j) {
      const std::size_t c = kStreamChannels * j;
      const std::uint64_t low = code[c] | std::uint64_t{code[c + 1]} << bits[c];
      const std::uint64_t high = code[c + 2] | std::uint64_t{code[c + 3]} << bits[c + 2];
      const std::uint32_t low_width = bits[c] + bits[c + 1];
      const std::uint32_t high_width = bits[c + 2] + bits[c + 3];
      if (low_width + high_width <= 56) [[likely]] {
        put(out, j, low | high << low_width, low_width + high_width);
      } else {
        put(out, j, low, low_width);
        put(out, j, high, high_width);
      }
    }
  }
  adapt(residuals, k);
}

/// Takes a code from the lowest bits of `word`, at most 16.
[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline std::uint16_t take(std::uint64_t& word, std::uint32_t k,
                                                                     std::uint32_t& used) {
  const auto ones = static_cast<std::uint32_t>(std::countr_zero(~word | std::uint64_t{1} << kMostOnes));
  word >>= ones + 1;
  const std::uint32_t value = ones << k | (static_cast<std::uint32_t>(word) & low_bits(k));
  word >>= k;
  used += ones + 1 + k;
  return static_cast<std::uint16_t>(value);
}

/// How many of the bits peeked at are the stream's next, whatever the bit it is at.
inline constexpr std::uint32_t kPeeked = 57;

[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline std::uint64_t peek(const RiceReaders& in, std::size_t stream) {
  std::uint64_t word = 0;
  std::memcpy(&word, in.from[stream] + in.bit[stream] / 8, sizeof word);
  return word >> (in.bit[stream] % 8);
}

/// Takes a stream's four codes of a row.
[[SPILLWAY_ADC_TARGET gnu::always_inline]] inline void take_row(RiceReaders& in, std::size_t stream,
                                                                const RiceParameters& k, AdcRow& row) {
  constexpr std::uint32_t kSafe = kPeeked - 2 * 16;  // two more codes are among the bits peeked at
  const std::size_t c = kStreamChannels * stream;
  std::uint64_t word = peek(in, stream);
  std::uint32_t used = 0;
  row[c] = take(word, k[c], used);
  row[c + 1] = take(word, k[c + 1], used);
  if (used > kSafe) [[unlikely]] {
    in.bit[stream] += used;
    used = 0;
    word = peek(in, stream);
  }
  row[c + 2] = take(word, k[c + 2], used);
  row[c + 3] = take(word, k[c + 3], used);
  in.bit[stream] += used;
}

/// Puts escapes in their places.
[[SPILLWAY_ADC_TARGET]] inline bool finish_frame(RiceParameters& k, std::span<const std::byte>& escapes,
                                                 Residuals& residuals) {
  ChannelWords most;
  for (std::size_t c = 0; c < kChannels; ++c) most[c] = static_cast<std::uint16_t>(kMostOnes << k[c]);
  for (AdcRow& row : residuals.values) {
    std::uint16_t escaped = 0;
    for (std::size_t c = 0; c < kChannels; ++c) {
      escaped = static_cast<std::uint16_t>(escaped | (row[c] >= most[c] ? 1U : 0U));
    }
    if (escaped == 0) [[likely]]
      continue;
    for (std::size_t c = 0; c < kChannels; ++c) {
      if (row[c] < most[c]) continue;
      if (escapes.size() < sizeof row[c]) return false;
      std::memcpy(&row[c], escapes.data(), sizeof row[c]);
      escapes = escapes.subspan(sizeof row[c]);
      if (row[c] > kMaxAdc) return false;
    }
  }
  adapt(residuals, k);
  return true;
}
