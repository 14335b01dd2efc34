#include <algorithm>

#include <fmt/format.h>

#include "daq/storage/file_audit.hpp"
#include "daq/storage/records.hpp"

namespace spillway::storage {
namespace {

struct Pair {
  const char* name;
  std::uint64_t said;
  std::uint64_t found;
};

void compare(const std::string& what, std::initializer_list<Pair> pairs, const Say& complain) {
  for (const Pair& pair : pairs) {
    if (pair.said == pair.found) continue;
    complain(fmt::format("{}: {} is {} in the books, the rows say {}", what, pair.name, pair.said, pair.found));
  }
}

Counters cut(const Counters& counters) {
  Counters result;
  for (const auto& [reason, count] : counters) {
    if (count != 0) result[cut_reason(reason)] += count;
  }
  return result;
}

void compare_stream(const model::StreamLedger& said, const model::StreamLedger& found, const Say& complain) {
  compare("stream " + said.stream,
          {{"asked", said.asked, found.asked},
           {"ok", said.ok, found.ok},
           {"partial", said.partial, found.partial},
           {"expired", said.expired, found.expired},
           {"no_data", said.no_data, found.no_data},
           {"built", said.built, found.built}},
          complain);
  const Counters said_missing = cut(said.missing);
  const Counters found_missing = cut(found.missing);
  if (said_missing != found_missing) {
    complain(fmt::format("stream {}: {} fragments are missing in the books, by reason, where /missing has {}",
                         said.stream, total(said_missing), total(found_missing)));
  }
}

void compare_line(const std::string& what, const model::LiveTime& said, const model::LiveTime& found,
                  const Say& complain) {
  if (!said.balances()) complain(what + ": live, dead and not read time do not add up to the wall time in the books");
  if (said == found) return;
  const auto text = [](const model::LiveTime& line) {
    std::string all = fmt::format("wall {} live {} not_read {}", line.wall.ns, line.live.ns, line.not_read.ns);
    for (const model::DeadReason reason : model::kDeadReasons) {
      const Duration dead = line.dead[static_cast<std::size_t>(reason)];
      if (dead.ns != 0) all += fmt::format(" {} {}", name(reason), dead.ns);
    }
    return all;
  };
  complain(fmt::format("{}: the books say [ns] {}; the rows {}", what, text(said), text(found)));
}

}  // namespace

void FileAudit::check_books(const RunBooks& books) {
  const auto complain = [this](const std::string& text) { complain_(text); };
  const bool complete = books.condition == model::Condition::kComplete;
  for (const auto& [facility, found] : derivation_.gates()) {
    const auto at = books.gates.find(facility);
    const model::GateCounts said = at == books.gates.end() ? model::GateCounts{} : at->second;
    // A run that was cut short made gates of which no decision was written.
    const bool fewer = said.on >= found.on && said.off >= found.off && said.random >= found.random;
    if (!complete && fewer) continue;
    compare("gates of " + facility,
            {{"on", said.on, found.on}, {"off", said.off, found.off}, {"random", said.random, found.random}}, complain);
  }
  if (complete && books.decisions_acknowledged != derivation_.decisions()) {
    complain_(fmt::format("{} decisions were acknowledged, the files have {}", books.decisions_acknowledged,
                          derivation_.decisions()));
  }
  const bool any = derivation_.decisions() > 0;
  if (any && (derivation_.first() < books.time.begin || derivation_.last_begin() >= books.time.end)) {
    complain_(fmt::format("there are gates that begin outside of the run: from {} to {}, the run is [{}, {}) ns",
                          derivation_.first().ns, derivation_.last_begin().ns, books.time.begin.ns, books.time.end.ns));
  }
  for (const model::StreamLedger& found : derivation_.streams()) {
    const auto at = std::find_if(books.streams.begin(), books.streams.end(),
                                 [&](const model::StreamLedger& said) { return said.stream == found.stream; });
    if (at == books.streams.end()) {
      complain_("stream " + found.stream + ": the books have no line for it");
      continue;
    }
    for (const std::string& text : at->complaints()) complain_(text);
    compare_stream(*at, found, complain);
  }
  for (const model::DetectorBooks& found : derivation_.livetime(books.time)) {
    const auto at = std::find_if(books.livetime.begin(), books.livetime.end(),
                                 [&](const model::DetectorBooks& said) { return said.detector == found.detector; });
    if (at == books.livetime.end()) {
      complain_("detector " + found.detector + ": the books have no live time for it");
      continue;
    }
    for (const model::GateKind kind : model::kGateKinds) {
      const auto i = static_cast<std::size_t>(kind);
      compare_line(fmt::format("live time of {}, {} gates", found.detector, name(kind)), at->books.gates[i],
                   found.books.gates[i], complain);
    }
    compare_line(fmt::format("live time of {}, run", found.detector), at->books.run, found.books.run, complain);
  }
  for (const std::string& text : derivation_.pulse_complaints()) complain_(text);
}

}  // namespace spillway::storage
