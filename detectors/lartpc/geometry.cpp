#include "detectors/lartpc/geometry.hpp"

namespace spillway::detectors::lartpc {

std::optional<std::size_t> link_at(const DaqEthHeader& address) {
  const std::size_t volume = static_cast<std::size_t>(address.crate) - 1;
  const std::size_t on_board = address.stream % 64U % 4 + 4 * (address.stream / 64U);
  if (volume >= kVolumes || address.slot >= kVolumeLinks / 8) return std::nullopt;
  const std::size_t link = volume * kVolumeLinks + std::size_t{address.slot} * 8 + on_board;
  if (on_board >= 8 || address_of(link).link() != address.link()) return std::nullopt;
  return link;
}

}  // namespace spillway::detectors::lartpc
