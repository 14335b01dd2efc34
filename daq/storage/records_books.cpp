#include "daq/base/error.hpp"
#include "daq/storage/records.hpp"

namespace spillway::storage {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

model::LiveTime parse_line(const json& from) {
  model::LiveTime line;
  from.at("wall_ns").get_to(line.wall.ns);
  from.at("live_ns").get_to(line.live.ns);
  from.at("not_read_ns").get_to(line.not_read.ns);
  for (const model::DeadReason reason : model::kDeadReasons) {
    line.dead[static_cast<std::size_t>(reason)].ns =
        from.at("dead_ns").value(std::string(name(reason)), std::int64_t{0});
  }
  return line;
}

ordered_json stream_json(const model::StreamLedger& stream) {
  return {{"stream", stream.stream},
          {"sent", stream.sent},
          {"duplicated", stream.duplicated},
          {"accepted", stream.accepted},
          {"rejected", stream.rejected},
          {"lost", stream.lost},
          {"outside_run", stream.outside_run},
          {"asked", stream.asked},
          {"ok", stream.ok},
          {"partial", stream.partial},
          {"expired", stream.expired},
          {"no_data", stream.no_data},
          {"built", stream.built},
          {"missing", stream.missing}};
}

Counters counters(const json& from) {
  Counters counters;
  for (const auto& [name, count] : from.items()) counters[name] = count.get<std::uint64_t>();
  return counters;
}

model::StreamLedger parse_stream(const json& from) {
  model::StreamLedger stream;
  from.at("stream").get_to(stream.stream);
  from.at("sent").get_to(stream.sent);
  from.at("duplicated").get_to(stream.duplicated);
  from.at("accepted").get_to(stream.accepted);
  stream.rejected = counters(from.at("rejected"));
  stream.lost = counters(from.at("lost"));
  from.at("outside_run").get_to(stream.outside_run);
  from.at("asked").get_to(stream.asked);
  from.at("ok").get_to(stream.ok);
  from.at("partial").get_to(stream.partial);
  from.at("expired").get_to(stream.expired);
  from.at("no_data").get_to(stream.no_data);
  from.at("built").get_to(stream.built);
  stream.missing = counters(from.at("missing"));
  return stream;
}

}  // namespace

model::Condition parse_condition(std::string_view text) {
  for (const auto condition : {model::Condition::kRunning, model::Condition::kComplete, model::Condition::kIncomplete,
                               model::Condition::kAborted}) {
    if (name(condition) == text) return condition;
  }
  throw Error("unknown condition of a run \"" + std::string(text) + "\"");
}

ordered_json line_json(const model::LiveTime& line) {
  ordered_json dead = ordered_json::object();
  for (const model::DeadReason reason : model::kDeadReasons) {
    const Duration time = line.dead[static_cast<std::size_t>(reason)];
    if (time.ns != 0) dead[std::string(name(reason))] = time.ns;
  }
  return {{"wall_ns", line.wall.ns}, {"live_ns", line.live.ns}, {"dead_ns", dead}, {"not_read_ns", line.not_read.ns}};
}

ordered_json ledger_json(const RunBooks& books) {
  ordered_json gates = ordered_json::object();
  for (const auto& [facility, counts] : books.gates) {
    gates[facility] = {{"on", counts.on},
                       {"off", counts.off},
                       {"random", counts.random},
                       {"dropped", counts.dropped},
                       {"late_pulses", counts.late_pulses}};
  }
  ordered_json streams = ordered_json::array();
  for (const model::StreamLedger& stream : books.streams) streams.push_back(stream_json(stream));
  return {{"t0_ns", books.time.begin.ns},
          {"t1_ns", books.time.end.ns},
          {"condition", name(books.condition)},
          {"missing", books.missing},
          {"digest", books.digest},
          {"gates", gates},
          {"streams", streams},
          {"decisions_acknowledged", books.decisions_acknowledged}};
}

ordered_json livetime_json(const RunBooks& books) {
  ordered_json list = ordered_json::array();
  for (const model::DetectorBooks& detector : books.livetime) {
    ordered_json entry = {{"detector", detector.detector}};
    for (const model::GateKind kind : model::kGateKinds) {
      entry[std::string(name(kind))] = line_json(detector.books.gates[static_cast<std::size_t>(kind)]);
    }
    entry["run"] = line_json(detector.books.run);
    list.push_back(entry);
  }
  return list;
}

RunBooks parse_books(const std::string& ledger, const std::string& livetime) {
  try {
    const json from = json::parse(ledger);
    RunBooks books;
    from.at("t0_ns").get_to(books.time.begin.ns);
    from.at("t1_ns").get_to(books.time.end.ns);
    books.condition = parse_condition(from.at("condition").get<std::string>());
    from.at("missing").get_to(books.missing);
    from.at("digest").get_to(books.digest);
    for (const auto& [facility, counts] : from.at("gates").items()) {
      model::GateCounts& gates = books.gates[facility];
      counts.at("on").get_to(gates.on);
      counts.at("off").get_to(gates.off);
      counts.at("random").get_to(gates.random);
      gates.dropped = counters(counts.at("dropped"));
      counts.at("late_pulses").get_to(gates.late_pulses);
    }
    for (const json& stream : from.at("streams")) books.streams.push_back(parse_stream(stream));
    from.at("decisions_acknowledged").get_to(books.decisions_acknowledged);
    for (const json& entry : json::parse(livetime)) {
      model::DetectorBooks& detector = books.livetime.emplace_back();
      entry.at("detector").get_to(detector.detector);
      for (const model::GateKind kind : model::kGateKinds) {
        detector.books.gates[static_cast<std::size_t>(kind)] = parse_line(entry.at(std::string(name(kind))));
      }
      detector.books.run = parse_line(entry.at("run"));
    }
    return books;
  } catch (const json::exception& problem) {
    throw Error(std::string("the books in /ledger and /livetime cannot be read: ") + problem.what());
  }
}

}  // namespace spillway::storage
