#include "daq/storage/salvage.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/storage/journal.hpp"
#include "daq/storage/records.hpp"
#include "daq/storage/space_ahead.hpp"
#include "daq/storage/trains.hpp"

namespace spillway::storage {
namespace {

/// Left out of /decisions where all that HDF5 had of it is.
constexpr std::uint64_t kUnknownRows = UINT64_MAX;

using Key = std::pair<std::uint32_t, std::uint64_t>;  // (detector, id of the decision)

/// Neither the table nor the journal has it.
template <typename Row>
bool is_gap(const Row& row) {
  return std::ranges::all_of(std::as_bytes(std::span(&row, 1)), [](std::byte byte) { return byte == std::byte{0}; });
}

/// What HDF5 shows of each table, and over it what the journal says. Where the power went during a flush, rows are
/// missing between both: in /gates and /decisions, whose rows belong together by their numbers, they are gaps. Where
/// HDF5 shows nothing, rows are numbered from the first that the journal has.
class TableReader {
 public:
  TableReader(Salvage& salvage, const std::filesystem::path& file, bool has_tables)
      : salvage_(salvage), journal_(read_journal(journal_path(file))), has_tables_(has_tables) {}

  template <typename Row, typename Read>
  std::vector<Row> rows(const char* table, const Read& read) {
    std::vector<Row> rows;
    try {
      if (has_tables_) rows = read();
    } catch (const Error& problem) {
      salvage_.notes.push_back(fmt::format("{} is lost: {}", table, problem.what()));
    }
    std::uint64_t missing = 0;
    const std::uint64_t begin = first_row<Row>();
    for (const JournalRecord& record : journal_) {
      const JournalHeader& header = record.header;
      if (header.kind != kJournalRows<Row> || header.length % sizeof(Row) != 0 || header.length == 0) continue;
      const std::uint64_t at = header.first - begin;
      if (at > rows.size() + kMostInFlush) continue;
      if (at > rows.size()) missing += at - rows.size();
      rows.resize(std::max<std::size_t>(rows.size(), at + header.length / sizeof(Row)));
      std::memcpy(&rows[at], record.body.data(), record.body.size());
    }
    if (missing > 0) {
      salvage_.notes.push_back(
          fmt::format("{}: {} rows {}", table, missing, has_tables_ ? "were not on disk yet" : "are lost"));
      if constexpr (!kPaired<Row>) std::erase_if(rows, is_gap<Row>);
    }
    return rows;
  }

 private:
  /// Far more rows than a flush gives to HDF5: a journal that says more is not believed.
  static constexpr std::uint64_t kMostInFlush = 1U << 20U;
  template <typename Row>
  static constexpr bool kPaired = std::is_same_v<Row, GateRow> || std::is_same_v<Row, DecisionRow>;

  template <typename Row>
  [[nodiscard]] std::uint64_t first_row() const {
    if (has_tables_) return 0;
    std::uint64_t first = UINT64_MAX;
    for (const JournalRecord& record : journal_) {
      const std::uint32_t kind = record.header.kind;
      const bool partner = kPaired<Row> && (kind == kJournalRows<GateRow> || kind == kJournalRows<DecisionRow>);
      if (partner || kind == kJournalRows<Row>) first = std::min(first, record.header.first);
    }
    return first;
  }

  Salvage& salvage_;
  std::vector<JournalRecord> journal_;
  bool has_tables_;
};

bool sane(const FragmentHeader& header, const RunInfo& info) {
  return header.row.stream < info.streams.size() && header.row.detector < info.detectors.size() &&
         info.streams[header.row.stream] == stream_of(header) && header.gate.kind < model::kGateKinds.size() &&
         header.row.status <= static_cast<std::uint32_t>(model::FragmentStatus::kNoData);
}

/// Nothing where the row, its header and its bytes do not all agree.
std::optional<Salvage::Fragment> checked_fragment(const EventFileReader& reader, const FragmentRow& row) {
  try {
    Salvage::Fragment fragment{row, reader.header(row), false, 0};
    if (std::memcmp(&fragment.header.row, &row, sizeof(row)) != 0 || !sane(fragment.header, reader.info())) {
      return std::nullopt;
    }
    const Bytes sizes =
        reader.payload_range(row.stream, row.offset - fragment.header.sizes_bytes, fragment.header.sizes_bytes);
    const bool holds =
        (sizes.empty() ? 0 : crc32c(sizes)) == row.sizes_crc32c && crc32c(reader.stored(row)) == row.crc32c;
    return holds ? std::optional(fragment) : std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

model::Decision decision_of(const FragmentHeader& header) {
  const FragmentRow& row = header.row;
  return decision_of(header.gate, DecisionRow{row.decision, row.detector, header.bits, row.window_begin_ns,
                                              row.window_end_ns, header.primitives, 0});
}

/// Fragments whose headers and payloads hold, in the order of their streams' datasets, each once.
std::vector<Salvage::Fragment> scanned_fragments(const std::filesystem::path& file, std::uint64_t chunk_bytes,
                                                 std::vector<std::string>& notes) {
  const FileDescriptor descriptor(file, O_RDONLY);
  std::map<std::pair<std::string, std::uint64_t>, Salvage::Fragment> found;
  std::size_t damaged = 0;
  scan_fragments(descriptor.get(), 0, size_of(descriptor.get()), [&](const FoundFragment& fragment) {
    if (!fragment.holds || !read_fragment(descriptor.get(), fragment, chunk_bytes)) {
      ++damaged;
      return;
    }
    const FragmentHeader& header = fragment.header;
    found.try_emplace({stream_of(header), header.row.offset}, Salvage::Fragment{header.row, header, true, fragment.at});
  });
  if (damaged != 0) notes.push_back(fmt::format("{} fragments are damaged beyond use", damaged));
  std::vector<Salvage::Fragment> list;
  list.reserve(found.size());
  for (auto& [place, fragment] : found) list.push_back(fragment);
  return list;
}

using Places = std::set<std::pair<std::uint32_t, std::uint64_t>>;  // (stream, offset)

/// Those of the fragments found that are not kept yet; returns how many.
std::size_t add_new(Salvage& salvage, Places& kept, const std::vector<Salvage::Fragment>& found, bool in_journal) {
  const std::size_t before = kept.size();
  for (const Salvage::Fragment& fragment : found) {
    if (!sane(fragment.header, salvage.info)) continue;
    if (!kept.emplace(fragment.row.stream, fragment.row.offset).second) continue;
    salvage.fragments.push_back(fragment);
    salvage.fragments.back().in_journal = in_journal;
  }
  return kept.size() - before;
}

/// What the journal holds of epochs that are over may be overwritten in part, which is no damage.
void add_journaled(Salvage& salvage, Places& kept, const std::filesystem::path& file) {
  const std::filesystem::path journal = journal_path(file);
  std::vector<std::string> ignored;
  if (std::filesystem::exists(journal)) {
    add_new(salvage, kept, scanned_fragments(journal, salvage.chunk_bytes, ignored), true);
  }
}

/// The run's description, which the file holds in a frame of its own; else what the headers tell.
void find_info(const std::filesystem::path& file, Salvage& salvage, const std::vector<Salvage::Fragment>& fragments) {
  const FileDescriptor descriptor(file, O_RDONLY);
  constexpr std::uint64_t kStep = 8U << 20U;
  const std::string_view magic(kInfoMagic, 8);
  for (std::uint64_t at = 0; at < size_of(descriptor.get()); at += kStep) {
    const Bytes bytes = read_raw(descriptor.get(), at, 2 * kStep);
    const std::string_view text = as_text(bytes);
    for (std::size_t i = text.find(magic); i != std::string_view::npos && i < kStep; i = text.find(magic, i + 1)) {
      if (const auto framed = parse_framed_info(ByteView(bytes).subspan(i))) {
        salvage.info = framed->info;
        salvage.chunk_bytes = framed->chunk_bytes;
        return;
      }
    }
  }
  salvage.notes.emplace_back(
      "the run's description is lost: names come from fragment headers, the configuration is empty");
  salvage.info.facilities = {"unknown"};
  for (const Salvage::Fragment& fragment : fragments) {
    const FragmentRow& row = fragment.row;
    constexpr std::uint32_t kMost = 1U << 20U;  // no index beyond is believed
    if (row.stream >= kMost || row.detector >= kMost) continue;
    RunInfo& info = salvage.info;
    info.run = fragment.header.run;
    for (std::size_t i = info.streams.size(); i <= row.stream; ++i) {
      info.streams.push_back(fmt::format("unknown_stream_{}", i));
      info.stream_detectors.push_back(row.detector);
    }
    for (std::size_t i = info.detectors.size(); i <= row.detector; ++i) {
      info.detectors.push_back(fmt::format("unknown_detector_{}", i));
      info.detector_info.emplace_back();
    }
    const std::string stream = stream_of(fragment.header);
    info.streams[row.stream] = stream;
    info.stream_detectors[row.stream] = row.detector;
    info.detectors[row.detector] = stream.substr(0, stream.rfind('/'));
  }
}

/// Each detector's rows in the order of their ids, where they are not; else as they are.
void sort_by_id(std::vector<Salvage::Decided>& decisions) {
  std::map<std::uint32_t, std::uint64_t> last;
  const bool sorted = std::all_of(decisions.begin(), decisions.end(), [&](const Salvage::Decided& decided) {
    const auto [at, first] = last.try_emplace(decided.decision.detector, decided.decision.id);
    return first || std::exchange(at->second, decided.decision.id) < decided.decision.id;
  });
  if (sorted) return;
  std::stable_sort(decisions.begin(), decisions.end(), [](const auto& a, const auto& b) {
    return std::pair(a.decision.id, a.decision.detector) < std::pair(b.decision.id, b.decision.detector);
  });
}

/// Ids follow one another within a detector. A row whose id does not is damaged, unless headers of fragments tell of
/// the same decision, or rows that were left out (here, or when the file was made) explain the gap.
std::size_t drop_misnumbered(Salvage& salvage) {
  std::map<Key, model::Decision> told;
  for (const Salvage::Fragment& fragment : salvage.fragments) {
    const model::Decision decision = decision_of(fragment.header);
    told.try_emplace({decision.detector, decision.id}, decision);
  }
  std::map<std::uint32_t, std::vector<const Salvage::Decided*>> by_detector;
  for (const Salvage::Decided& decided : salvage.decisions) {
    by_detector[decided.decision.detector].push_back(&decided);
  }
  std::map<Key, std::uint64_t> trains;
  for (const model::DecisionTrain& train : salvage.trains) trains[{train.detector, train.first_id}] = train.count();
  const auto behind_trains = [&](std::uint32_t detector, std::uint64_t id) {
    for (auto at = trains.find({detector, id}); at != trains.end(); at = trains.find({detector, id})) id += at->second;
    return id;
  };
  std::set<const Salvage::Decided*> misnumbered;
  for (const auto& [detector, rows] : by_detector) {
    std::optional<std::uint64_t> next;
    if (salvage.info.part == 0) next = behind_trains(detector, 0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const model::Decision& decision = rows[i]->decision;
      const auto at = told.find({detector, decision.id});
      const bool confirmed = at != told.end() && at->second == decision;
      const std::uint64_t behind = behind_trains(decision.detector, decision.id + 1);
      const bool leads_on = i + 1 < rows.size() ? rows[i + 1]->decision.id == behind : !next;
      const bool follows = !next || decision.id >= *next;
      const bool near = next && decision.id - *next <= salvage.rows_left_out;
      if (confirmed || (follows && (near || leads_on))) {
        next = std::max(next.value_or(0), behind);
      } else {
        misnumbered.insert(rows[i]);
        if (next) next = behind_trains(decision.detector, *next + 1);  // it stands where that one stood
      }
    }
  }
  std::vector<Salvage::Decided> kept;
  for (const Salvage::Decided& decided : salvage.decisions) {
    if (!misnumbered.contains(&decided)) kept.push_back(decided);
  }
  salvage.decisions = std::move(kept);
  return misnumbered.size();
}

/// All rows but those of /fragments. `reader`: none where HDF5 shows nothing.
void take_rows(Salvage& salvage, TableReader& tables, const EventFileReader* reader) {
  salvage.pulses = tables.rows<PulseRow>("/pulses", [&] { return reader->pulses(); });
  salvage.truth = tables.rows<TruthRow>("/truth", [&] { return reader->truth(); });
  salvage.clocks = tables.rows<ClockRow>("/clocks", [&] { return reader->clocks(); });
  salvage.missing = tables.rows<MissingRow>("/missing", [&] { return reader->missing(); });
  const auto gates = tables.rows<GateRow>("/gates", [&] { return reader->gates(); });
  const auto decisions = tables.rows<DecisionRow>("/decisions", [&] { return reader->decisions(); });
  for (const DeadRow& row : tables.rows<DeadRow>("/dead", [&] { return reader->dead(); })) {
    const bool good = row.detector < salvage.info.detectors.size() && row.reason < model::kDeadReasons.size() &&
                      row.begin_ns < row.end_ns;
    if (good) salvage.dead.push_back(row);
  }
  const auto train_rows = tables.rows<DecisionTrainRow>("/decision_trains", [&] { return reader->decision_trains(); });
  StoredTrains trains = decision_trains_of(train_rows, salvage.info);
  salvage.trains = std::move(trains.trains);
  if (const std::size_t bad = trains.bad_rows.size() + train_rows.size() - trains.rows; bad > 0) {
    salvage.notes.push_back(fmt::format("/decision_trains: {} rows are damaged and left out", bad));
    salvage.rows_left_out += bad * model::kMostInTrain;
  }
  for (const PulseTrainRow& row : tables.rows<PulseTrainRow>("/pulse_trains", [&] { return reader->pulse_trains(); })) {
    if (holds(row, salvage.info)) salvage.pulse_trains.push_back(row);
  }
  for (std::size_t i = 0; i < std::min(gates.size(), decisions.size()); ++i) {
    if (sane(gates[i], decisions[i], salvage.info)) {
      salvage.decisions.push_back({decision_of(gates[i], decisions[i]), decisions[i].fragments});
    } else {
      if (!is_gap(gates[i]) || !is_gap(decisions[i])) {
        salvage.notes.push_back(fmt::format("/gates and /decisions: row {} is damaged and left out", i));
      }
      ++salvage.rows_left_out;
    }
  }
}

}  // namespace

Salvage salvage_tables(const std::filesystem::path& file, const EventFileReader& reader) {
  Salvage salvage;
  salvage.info = reader.info();
  salvage.info.recovered = "tables";
  salvage.chunk_bytes = reader.chunk_bytes();
  TableReader tables(salvage, file, true);
  take_rows(salvage, tables, &reader);
  const auto fragments = tables.rows<FragmentRow>("/fragments", [&] { return reader.fragments(); });
  Places kept;
  for (const FragmentRow& row : fragments) {
    if (const auto fragment = checked_fragment(reader, row)) {
      if (kept.emplace(row.stream, row.offset).second) salvage.fragments.push_back(*fragment);
    }
  }
  const auto not_kept = [&] {
    return std::ranges::count_if(fragments, [&](const FragmentRow& row) {
      return !kept.contains({row.stream, row.offset});
    });
  };
  if (not_kept() > 0) add_journaled(salvage, kept, file);
  if (const auto bad = not_kept(); bad > 0) {
    const std::size_t rescued =
        add_new(salvage, kept, scanned_fragments(file, salvage.chunk_bytes, salvage.notes), false);
    salvage.notes.push_back(fmt::format(
        "{} rows of /fragments do not agree with their payload; {} fragments were found by scanning", bad, rescued));
  }
  try {
    salvage.books = reader.books();
  } catch (const Error& problem) {
    salvage.notes.push_back(std::string("the run's books are lost: ") + problem.what());
  }
  return salvage;
}

Salvage salvage_scan(const std::filesystem::path& file) {
  Salvage salvage;
  std::vector<std::string> notes;
  std::vector<Salvage::Fragment> fragments = scanned_fragments(file, salvage.chunk_bytes, notes);
  const std::uint64_t assumed = salvage.chunk_bytes;
  find_info(file, salvage, fragments);
  if (salvage.chunk_bytes != assumed) {
    notes.clear();
    fragments = scanned_fragments(file, salvage.chunk_bytes, notes);
  }
  salvage.notes.insert(salvage.notes.end(), notes.begin(), notes.end());
  salvage.info.recovered = "scan";
  salvage.notes.emplace_back(
      "HDF5's metadata are lost: tables were rebuilt from fragment headers and the journal; all else of pulses, "
      "clocks, "
      "dead time and decisions without a fragment is gone");
  TableReader tables(salvage, file, false);
  take_rows(salvage, tables, nullptr);
  salvage.rows_left_out = kUnknownRows;
  Places kept;
  add_new(salvage, kept, fragments, false);
  add_journaled(salvage, kept, file);
  if (kept.empty() && salvage.decisions.empty() && salvage.trains.empty()) {
    throw Error(file.string() + ": nothing can be recovered: there is no fragment in it");
  }
  return salvage;
}

void complete(Salvage& salvage) {
  const std::size_t misnumbered = drop_misnumbered(salvage);
  if (misnumbered != 0) {
    salvage.notes.push_back(
        fmt::format("/decisions: {} rows have ids that do not follow and are left out", misnumbered));
  }
  std::map<Key, std::size_t> index;
  std::vector<Salvage::Decided> unique;
  for (const Salvage::Decided& decided : salvage.decisions) {
    if (index.try_emplace({decided.decision.detector, decided.decision.id}, unique.size()).second) {
      unique.push_back(decided);
    }
  }
  salvage.decisions = std::move(unique);

  std::map<Key, model::Decision> only_fragments;
  std::size_t corrected = 0;
  for (const Salvage::Fragment& fragment : salvage.fragments) {
    const model::Decision decision = decision_of(fragment.header);
    const auto at = index.find({decision.detector, decision.id});
    if (at == index.end()) {
      only_fragments.try_emplace({decision.detector, decision.id}, decision);
    } else if (!(salvage.decisions[at->second].decision == decision)) {
      salvage.decisions[at->second].decision = decision;
      ++corrected;
    }
  }
  if (corrected != 0) {
    salvage.notes.push_back(fmt::format("{} decisions were corrected from the headers of their fragments", corrected));
  }
  const auto streams_of = [&](std::uint32_t detector) {
    std::vector<std::uint32_t> streams;
    for (std::uint32_t i = 0; i < salvage.info.streams.size(); ++i) {
      if (detector_of(salvage.info, i) == detector) streams.push_back(i);
    }
    return streams;
  };
  for (const auto& [key, decision] : only_fragments) {
    salvage.decisions.push_back({decision, static_cast<std::uint32_t>(streams_of(decision.detector).size())});
  }
  if (!only_fragments.empty()) {
    salvage.notes.push_back(
        fmt::format("{} decisions were rebuilt from the headers of their fragments", only_fragments.size()));
  }
  sort_by_id(salvage.decisions);

  std::map<Key, std::set<std::uint32_t>> replies;
  for (const Salvage::Fragment& fragment : salvage.fragments) {
    replies[{fragment.row.detector, fragment.row.decision}].insert(fragment.row.stream);
  }
  std::set<Key> known;
  for (const Salvage::Decided& decided : salvage.decisions) {
    known.emplace(decided.decision.detector, decided.decision.id);
  }
  std::erase_if(salvage.missing, [&](const MissingRow& row) {
    const Key key{row.detector, row.decision};
    return row.stream >= salvage.info.streams.size() || detector_of(salvage.info, row.stream) != row.detector ||
           !known.contains(key) || !replies[key].insert(row.stream).second;
  });
  std::size_t lost = 0;
  for (Salvage::Decided& decided : salvage.decisions) {
    const model::Decision& decision = decided.decision;
    std::set<std::uint32_t>& found = replies[{decision.detector, decision.id}];
    for (const std::uint32_t stream : streams_of(decision.detector)) {
      if (found.size() >= decided.asked) break;
      if (!found.insert(stream).second) continue;
      MissingRow row{decision.id, decision.detector, stream, {}};
      std::strncpy(row.reason, "not_recovered", sizeof(row.reason) - 1);
      salvage.missing.push_back(row);
      ++lost;
    }
    decided.asked = static_cast<std::uint32_t>(found.size());
  }
  if (lost != 0) salvage.notes.push_back(fmt::format("{} fragments are lost and booked as missing", lost));
}

}  // namespace spillway::storage
