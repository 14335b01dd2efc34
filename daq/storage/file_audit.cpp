#include "daq/storage/file_audit.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/storage/hdf5.hpp"
#include "daq/storage/new_file.hpp"
#include "daq/storage/records.hpp"
#include "daq/storage/trains.hpp"

namespace spillway::storage {

struct FileAudit::Rows {
  std::vector<PulseRow> pulses;
  std::vector<GateRow> gates;
  std::vector<DecisionRow> decisions;
  std::vector<FragmentRow> fragments;
  std::vector<MissingRow> missing;
  std::vector<DeadRow> dead;
  std::vector<TruthRow> truth;
  std::vector<ClockRow> clocks;
  std::vector<DecisionTrainRow> decision_trains;
  std::vector<PulseTrainRow> pulse_trains;
  std::vector<model::DecisionTrain> trains;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::size_t> by_id;  ///< (detector, decision) -> row
};

namespace {

template <typename Row>
TableRow found_table(const std::vector<Row>& rows) {
  return table_row(hdf5::TableOf<Row>::kPath, rows.size(), crc32c(std::as_bytes(std::span(rows))));
}

std::string decision_text(const RunInfo& info, std::uint32_t detector, std::uint64_t decision) {
  return fmt::format("decision {} of detector {}", decision,
                     detector < info.detectors.size() ? info.detectors[detector] : std::to_string(detector));
}

std::string stream_text(const RunInfo& info, std::uint32_t stream) {
  return stream < info.streams.size() ? info.streams[stream] : std::to_string(stream);
}

/// Bit by bit: a -0.0 is no 0.0 here.
template <typename Row>
bool same_bytes(const Row& a, const Row& b) {
  const auto left = std::as_bytes(std::span(&a, 1));
  const auto right = std::as_bytes(std::span(&b, 1));
  return std::equal(left.begin(), left.end(), right.begin());
}

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

/// What is wrong with a fragment's bytes, from `begin` on in its dataset; "" where all holds.
std::string fragment_fault(const FragmentRow& row, ByteView bytes, std::uint64_t begin, const RunInfo& info,
                           const GateRow* gate, const DecisionRow* decision) {
  const std::uint64_t payload_at = row.offset - begin;
  FragmentHeader header{};
  bool found = false;
  for (const std::uint64_t sizes : {std::uint64_t{0}, std::uint64_t{row.frames} * 4}) {
    if (payload_at < sizes + sizeof(FragmentHeader)) break;
    header = load<FragmentHeader>(bytes, payload_at - sizes - sizeof(FragmentHeader));
    found = header_holds(header) && header.sizes_bytes == sizes;
    if (found) break;
  }
  if (!found) return "its header is damaged";
  if (!same_bytes(header.row, row)) return "its row and its header differ";
  if (header.run != static_cast<std::uint32_t>(info.run)) return fmt::format("its header is of run {}", header.run);
  if (gate != nullptr && !same_bytes(header.gate, *gate)) {
    return "the gate in its header is not that of the decision";
  }
  if (decision != nullptr && (header.bits != decision->bits || header.primitives != decision->primitives)) {
    return "the decision in its header is not that of /decisions";
  }
  const ByteView sizes = bytes.subspan(payload_at - header.sizes_bytes, header.sizes_bytes);
  if ((sizes.empty() ? 0 : crc32c(sizes)) != row.sizes_crc32c) return "the sizes of its frames are damaged";
  if (row.codec != 0 && !sizes.empty()) return "its payload is compressed, which frames of unequal sizes cannot be";
  std::uint64_t sum = sizes.empty() ? row.length : 0;
  for (std::size_t i = 0; i < sizes.size(); i += 4) sum += load<std::uint32_t>(sizes, i);
  const bool divides =
      !sizes.empty() || row.codec != 0 || (row.frames == 0 ? row.length == 0 : row.length % row.frames == 0);
  if (sum != row.length || !divides) return "the sizes of its frames do not add up to its length";
  const std::uint32_t crc = crc32c(bytes.subspan(payload_at, row.length));
  if (crc != row.crc32c) return fmt::format("its payload has CRC32C {:08x}, the row says {:08x}", crc, row.crc32c);
  if (!all_zero(bytes.first(payload_at - header.sizes_bytes - sizeof(FragmentHeader)))) {
    return "what fills the gap before it is not zero";
  }
  return {};
}

}  // namespace

void FileAudit::add(const EventFileReader& file) {
  const RunInfo& info = file.info();
  if (!derivation_.started()) {
    derivation_.start(info);
    next_id_.assign(info.detectors.size(), 0);
    first_part_ = info.part == 0;
  } else if (derivation_.info().detectors != info.detectors || derivation_.info().streams != info.streams) {
    throw Error("its detectors and streams are not those of the files before it");
  }
  Rows rows{file.pulses(),
            file.gates(),
            file.decisions(),
            file.fragments(),
            file.missing(),
            file.dead(),
            file.truth(),
            file.clocks(),
            file.decision_trains(),
            file.pulse_trains(),
            {},
            {}};
  for (const std::string& text : file.contradictions()) complain_(text);
  check_tables(file, rows);
  if (!check_decisions(rows, info)) throw Error("/gates and /decisions contradict each other; no more was checked");
  check_rest(rows, info);
  check_requests(rows, info);
  in_order_of_ids(
      rows.decisions, rows.trains,
      [&](std::size_t i) { derivation_.add(decision_of(rows.gates[i], rows.decisions[i])); },
      [&](const model::DecisionTrain& train) { derivation_.add(train); });
  check_payloads(file, rows);
}

void FileAudit::check_tables(const EventFileReader& file, const Rows& rows) {
  const std::vector<TableRow> said = file.tables();
  if (said.empty()) {
    complain_("it was never closed: /tables is empty (spillway recover makes a closed file of it)");
    return;
  }
  std::vector<TableRow> found = {found_table(rows.pulses),    found_table(rows.gates),   found_table(rows.decisions),
                                 found_table(rows.fragments), found_table(rows.missing), found_table(rows.dead),
                                 found_table(rows.truth),     found_table(rows.clocks)};
  const RunInfo& info = file.info();
  if (info.trains) {
    found.push_back(found_table(rows.decision_trains));
    found.push_back(found_table(rows.pulse_trains));
  }
  for (std::uint32_t i = 0; i < info.streams.size(); ++i) {
    found.push_back(table_row("/payload/" + info.streams[i], file.payload_bytes(i), 0));
  }
  const auto [ledger, livetime] = file.book_texts();
  found.push_back(table_row("/ledger", ledger.size(), crc32c(as_byte_view(ledger))));
  found.push_back(table_row("/livetime", livetime.size(), crc32c(as_byte_view(livetime))));
  if (said.size() != found.size())
    complain_(fmt::format("/tables has {} rows, {} were written", said.size(), found.size()));
  for (std::size_t i = 0; i < std::min(said.size(), found.size()); ++i) {
    if (!table_row_holds(said[i]) || std::strcmp(said[i].name, found[i].name) != 0) {
      complain_(fmt::format("/tables: row {} ({}) is damaged", i, found[i].name));
    } else if (said[i].rows != found[i].rows) {
      complain_(fmt::format("{} has {} rows, {} were written", found[i].name, found[i].rows, said[i].rows));
    } else if (said[i].crc32c != found[i].crc32c) {
      complain_(fmt::format("{}: its rows have CRC32C {:08x}, those written had {:08x}", found[i].name, found[i].crc32c,
                            said[i].crc32c));
    }
  }
}

bool FileAudit::check_decisions(Rows& rows, const RunInfo& info) {
  if (rows.gates.size() != rows.decisions.size()) {
    complain_(fmt::format("/gates has {} rows and /decisions {}", rows.gates.size(), rows.decisions.size()));
    return false;
  }
  StoredTrains stored = decision_trains_of(rows.decision_trains, info);
  for (std::size_t i = stored.rows; i < rows.decision_trains.size(); ++i) stored.bad_rows.push_back(i);
  for (const std::size_t i : stored.bad_rows) complain_(fmt::format("/decision_trains: row {} is impossible", i));
  rows.trains = std::move(stored.trains);
  const auto follow = [&](std::uint32_t detector, std::uint64_t id, std::uint64_t count, const std::string& where) {
    std::uint64_t& next = next_id_[detector];
    if (next == 0 && !first_part_) next = id;
    if (id != next) {
      const std::string text = fmt::format("{} is {} where {} is next", where, decision_text(info, detector, id), next);
      if (!info.recovered.empty() && id > next) {
        note_(text + "; the file was recovered");
      } else {
        complain_(text);
      }
    }
    next = id + count;
  };
  bool good = true;
  const auto check_single = [&](std::size_t i) {
    const DecisionRow& decision = rows.decisions[i];
    const GateRow& gate = rows.gates[i];
    if (!sane(gate, decision, info)) {
      complain_(fmt::format("/gates and /decisions: row {} ({}) is impossible", i,
                            decision_text(info, decision.detector, decision.id)));
      good = false;
      return;
    }
    follow(decision.detector, decision.id, 1, fmt::format("/decisions: row {}", i));
    rows.by_id.emplace(std::pair(decision.detector, decision.id), i);
  };
  in_order_of_ids(rows.decisions, rows.trains, check_single, [&](const model::DecisionTrain& train) {
    follow(train.detector, train.first_id, train.count(), "/decision_trains: the train");
  });
  return good;
}

void FileAudit::check_rest(const Rows& rows, const RunInfo& info) {
  for (std::size_t i = 0; i < rows.pulses.size(); ++i) {
    if (rows.pulses[i].facility >= info.facilities.size()) complain_(fmt::format("/pulses: row {} is impossible", i));
    derivation_.add_pulse(rows.pulses[i]);
  }
  for (std::size_t i = 0; i < rows.pulse_trains.size(); ++i) {
    if (holds(rows.pulse_trains[i], info)) {
      derivation_.add_pulses(rows.pulse_trains[i]);
    } else {
      complain_(fmt::format("/pulse_trains: row {} is impossible", i));
    }
  }
  for (std::size_t i = 0; i < rows.truth.size(); ++i) {
    if (rows.truth[i].detector >= info.detectors.size()) complain_(fmt::format("/truth: row {} is impossible", i));
  }
  for (std::size_t i = 0; i < rows.clocks.size(); ++i) {
    const ClockRow& clock = rows.clocks[i];
    if (clock.stream >= info.streams.size() || clock.ns_denominator == 0) {
      complain_(fmt::format("/clocks: row {} is impossible", i));
    }
  }
  for (std::size_t i = 0; i < rows.dead.size(); ++i) {
    const DeadRow& dead = rows.dead[i];
    if (dead.detector >= info.detectors.size() || dead.reason >= model::kDeadReasons.size() ||
        dead.begin_ns >= dead.end_ns) {
      complain_(fmt::format("/dead: row {} is impossible", i));
      continue;
    }
    derivation_.add_dead(dead);
  }
}

void FileAudit::check_requests(const Rows& rows, const RunInfo& info) {
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::set<std::uint32_t>> replies;
  const auto book = [&](const char* table, std::size_t i, std::uint32_t detector, std::uint64_t decision,
                        std::uint32_t stream) {
    const std::string what = fmt::format("{}: row {} ({}, stream {})", table, i,
                                         decision_text(info, detector, decision), stream_text(info, stream));
    if (stream >= info.streams.size() || detector_of(info, stream) != detector) {
      complain_(what + " names a stream that is not the detector's");
      return false;
    }
    if (!rows.by_id.contains({detector, decision})) {
      complain_(what + " belongs to a decision that is not in the file");
      return false;
    }
    if (!replies[{detector, decision}].insert(stream).second) complain_(what + " is a second reply to one request");
    return true;
  };
  for (std::size_t i = 0; i < rows.fragments.size(); ++i) {
    const FragmentRow& row = rows.fragments[i];
    book("/fragments", i, row.detector, row.decision, row.stream);
    if (row.status > static_cast<std::uint32_t>(model::FragmentStatus::kNoData)) {
      complain_(fmt::format("/fragments: row {} has status {}, which there is not", i, row.status));
    }
  }
  for (std::size_t i = 0; i < rows.missing.size(); ++i) {
    const MissingRow& row = rows.missing[i];
    if (!book("/missing", i, row.detector, row.decision, row.stream)) continue;
    const DecisionRow& decision = rows.decisions[rows.by_id.at({row.detector, row.decision})];
    derivation_.add_missing(row, {{decision.window_begin_ns}, {decision.window_end_ns}});
  }
  for (const DecisionRow& decision : rows.decisions) {
    const auto at = replies.find({decision.detector, decision.id});
    const std::size_t found = at == replies.end() ? 0 : at->second.size();
    if (found == decision.fragments) continue;
    complain_(fmt::format("{}: asked for {} fragments, {} are in /fragments and /missing",
                          decision_text(info, decision.detector, decision.id), decision.fragments, found));
  }
}

void FileAudit::check_payloads(const EventFileReader& file, const Rows& rows) {
  const RunInfo& info = file.info();
  std::vector<std::uint64_t> cursor(info.streams.size(), 0);
  for (std::size_t i = 0; i < rows.fragments.size(); ++i) {
    const FragmentRow& row = rows.fragments[i];
    const auto where = [&] {
      return fmt::format("/fragments: row {} ({}, stream {})", i, decision_text(info, row.detector, row.decision),
                         stream_text(info, row.stream));
    };
    if (row.stream >= info.streams.size()) continue;
    std::uint64_t& begin = cursor[row.stream];
    const std::uint64_t end = row.offset + row.length;
    if (row.offset < begin || end < row.offset || end > file.payload_bytes(row.stream)) {
      complain_(where() + ": its payload overlaps another or lies outside of the dataset");
      continue;
    }
    try {
      const Bytes bytes = file.payload_range(row.stream, begin, end - begin);
      const auto at = rows.by_id.find({row.detector, row.decision});
      const bool known = at != rows.by_id.end();
      const std::string fault = fragment_fault(row, bytes, begin, info, known ? &rows.gates[at->second] : nullptr,
                                               known ? &rows.decisions[at->second] : nullptr);
      if (!fault.empty()) complain_(where() + ": " + fault);
      const ByteView stored = ByteView(bytes).subspan(row.offset - begin);
      if (row.codec == 0) {
        derivation_.add_fragment(row, stored);
      } else {
        derivation_.add_fragment(row, file.decode(row, {stored.begin(), stored.end()}));
      }
    } catch (const Error& problem) {
      complain_(where() + ": " + problem.what());
    }
    begin = end;
  }
  for (std::uint32_t i = 0; i < info.streams.size(); ++i) {
    if (cursor[i] == file.payload_bytes(i)) continue;
    complain_(fmt::format("/payload/{}: bytes {} to {} belong to no fragment", info.streams[i], cursor[i],
                          file.payload_bytes(i) - 1));
  }
}

}  // namespace spillway::storage
