#include "daq/storage/neighbours.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "daq/base/error.hpp"

namespace spillway::storage {
namespace {

using Key = std::pair<std::uint32_t, std::uint64_t>;  // (detector, id of the decision)

struct Neighbour {
  Salvage rows;
  bool may_share = false;  ///< with the file beyond it, too
};

/// None where there is no such part, or it cannot be read.
std::optional<Neighbour> neighbour(Salvage& salvage, std::uint32_t part, const std::filesystem::path& folder) {
  std::filesystem::path file = folder / event_file_name(salvage.info.run, part);
  if (!std::filesystem::exists(file)) file += kWriting;
  if (!std::filesystem::exists(file)) return std::nullopt;
  try {
    const EventFileReader reader(file);
    Neighbour found{salvage_tables(file, reader), is_left_behind(file) || !reader.info().recovered.empty()};
    complete(found.rows);
    return found;
  } catch (const std::exception& problem) {
    salvage.notes.push_back(
        fmt::format("what part {} of the run holds as well was not found: {}", part, problem.what()));
    return std::nullopt;
  }
}

std::map<Key, std::size_t> fragments_of(const Salvage& salvage) {
  std::map<Key, std::size_t> counts;
  for (const Salvage::Decided& decided : salvage.decisions) counts[{decided.decision.detector, decided.decision.id}];
  for (const Salvage::Fragment& fragment : salvage.fragments) {
    const auto at = counts.find({fragment.row.detector, fragment.row.decision});
    if (at != counts.end()) ++at->second;
  }
  return counts;
}

template <typename Row>
void leave_equal(std::vector<Row>& rows, const std::vector<Row>& there) {
  const auto bytes = [](const Row& row) { return std::bit_cast<std::array<std::byte, sizeof(Row)>>(row); };
  std::set<std::array<std::byte, sizeof(Row)>> known;
  for (const Row& row : there) known.insert(bytes(row));
  std::erase_if(rows, [&](const Row& row) { return known.contains(bytes(row)); });
}

void leave_to(Salvage& salvage, const Salvage& other, bool is_later) {
  const std::map<Key, std::size_t> there = fragments_of(other);
  std::set<Key> left;
  for (const auto& [key, mine] : fragments_of(salvage)) {
    const auto at = there.find(key);
    if (at != there.end() && (is_later ? at->second >= mine : at->second > mine)) left.insert(key);
  }
  std::erase_if(salvage.decisions, [&](const Salvage::Decided& decided) {
    return left.contains({decided.decision.detector, decided.decision.id});
  });
  std::erase_if(salvage.fragments, [&](const Salvage::Fragment& fragment) {
    return left.contains({fragment.row.detector, fragment.row.decision});
  });
  std::erase_if(salvage.missing, [&](const MissingRow& row) { return left.contains({row.detector, row.decision}); });
  if (!is_later) return;
  std::erase_if(salvage.trains, [&](const model::DecisionTrain& train) {
    return std::ranges::any_of(other.trains, [&](const model::DecisionTrain& same) {
      return same.detector == train.detector && same.first_id == train.first_id;
    });
  });
  leave_equal(salvage.pulses, other.pulses);
  leave_equal(salvage.pulse_trains, other.pulse_trains);
  leave_equal(salvage.truth, other.truth);
  leave_equal(salvage.dead, other.dead);
}

}  // namespace

void leave_to_neighbours(Salvage& salvage, const std::filesystem::path& folder) {
  for (std::uint32_t part = salvage.info.part + 1;; ++part) {
    const auto later = neighbour(salvage, part, folder);
    if (!later) break;
    leave_to(salvage, later->rows, true);
    if (!later->may_share) break;
  }
  for (std::uint32_t part = salvage.info.part; part-- > 0;) {
    const auto earlier = neighbour(salvage, part, folder);
    if (!earlier || !earlier->may_share) break;
    leave_to(salvage, earlier->rows, false);
  }
}

}  // namespace spillway::storage
