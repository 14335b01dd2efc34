#include "daq/event_builder/fragment_check.hpp"

#include <array>
#include <numeric>

#include "daq/model/fragment.hpp"

namespace spillway::event_builder {

std::string_view name(FragmentError error) {
  constexpr std::array<std::string_view, 4> kNames = {"bad_status", "wrong_window", "bad_sizes", "bad_crc"};
  return kNames[static_cast<std::size_t>(error)];
}

std::optional<FragmentError> check(const v1::Fragment& fragment, const SummedBytes& payload,
                                   const model::Decision& decision) {
  if (fragment.status() > static_cast<std::uint32_t>(model::FragmentStatus::kNoData)) return FragmentError::kBadStatus;
  const Interval window{{fragment.begin_ns()}, {fragment.end_ns()}};
  if (window != decision.window) return FragmentError::kWrongWindow;

  const auto& sizes = fragment.frame_bytes();
  const std::uint64_t frames = fragment.frames();
  const bool alike = sizes.size() == 1;
  if (!alike && static_cast<std::uint64_t>(sizes.size()) != frames) return FragmentError::kBadSizes;
  const std::uint64_t bytes = alike ? frames * sizes[0] : std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
  if (bytes != payload.bytes.size()) return FragmentError::kBadSizes;
  if (payload.crc32c != fragment.crc32c()) return FragmentError::kBadCrc;
  return std::nullopt;
}

}  // namespace spillway::event_builder
