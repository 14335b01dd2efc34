#include "detectors/lartpc/chamber.hpp"

#include <numeric>
#include <set>

#include <fmt/format.h>

#include "detectors/lartpc/geometry.hpp"

namespace spillway::detectors::lartpc {

void check_primitives(const Section& readout, const Section& online) {
  const std::int64_t found = readout.integer("collection_threshold_adc");
  const std::int64_t selected = online.integer("hit_threshold_adc");
  if (found == selected) return;
  throw readout.error(
      "collection_threshold_adc",
      fmt::format("at the level of primitives hits are found once, above {}, and the selection counts on "
                  "hits above online hit_threshold_adc {}",
                  found, selected),
      fmt::format("give collection_threshold_adc = {} or hit_threshold_adc = {}", selected, found));
}

std::vector<std::size_t> links(const Section& detector) {
  const std::vector<std::int64_t> named = detector.integers("links");
  std::vector<std::size_t> links(named.begin(), named.end());
  if (links.empty()) {
    links.resize(kLinks);
    std::iota(links.begin(), links.end(), std::size_t{0});
  }
  std::set<std::size_t> seen;
  for (const std::size_t link : links) {
    if (!seen.insert(link).second) {
      throw detector.error("links", fmt::format("link {} is named twice", link), "name each link once");
    }
  }
  return links;
}

std::vector<std::string> chamber_streams(const std::string& detector, const Section& section) {
  std::vector<std::string> streams;
  for (const std::size_t link : links(section)) streams.push_back(fmt::format("{}/{}", detector, link));
  return streams;
}

std::uint32_t first_channel(const std::string& stream) {
  const std::size_t link = std::stoul(stream.substr(stream.rfind('/') + 1));
  const std::size_t planes_before = kPlaneCount * (link / kVolumeLinks) + static_cast<std::size_t>(plane_of(link));
  return static_cast<std::uint32_t>(kChannels * (link + planes_before));
}

double adc_per_electron(double gain_mv_per_fc) {
  constexpr double kFcPerElectron = 1.602176634e-4;
  constexpr double kAdcPerMv = 16384 / 1400.0;
  return gain_mv_per_fc * kFcPerElectron * kAdcPerMv;
}

}  // namespace spillway::detectors::lartpc
