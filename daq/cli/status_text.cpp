#include "daq/cli/status_text.hpp"

#include <map>
#include <ostream>

#include <fmt/format.h>

#include "daq/base/counters.hpp"
#include "daq/proto/convert.hpp"
#include "daq/storage/catalogue.hpp"
#include "daq/storage/text.hpp"

namespace spillway::cli {
namespace {

using storage::human;
using storage::human_bytes;
using storage::Table;

Counters counters(const google::protobuf::Map<std::string, std::uint64_t>& map) {
  return {map.begin(), map.end()};
}

Duration data_time(const v1::RunStatus& status) {
  return {status.data_time_ns() > status.begin_ns() ? status.data_time_ns() - status.begin_ns() : 0};
}

std::string pace(const v1::RunStatus& status) {
  if (status.speed() <= 0) return "as fast as it can";
  std::string text = fmt::format("{:g} x real time", status.speed());
  if (status.lag_s() >= 0.1) text += fmt::format(", {:.1f} s behind", status.lag_s());
  return text;
}

std::string waits(const v1::ServiceLine& service) {
  std::string text;
  for (const auto& wait : service.waits()) {
    text += fmt::format("{}{} {:.1f} s", text.empty() ? "" : ", ", wait.link(), wait.seconds());
  }
  return text.empty() ? "-" : text;
}

}  // namespace

void print_status(const v1::RunStatus& status, std::ostream& out) {
  out << fmt::format("run {} of {}: {}, {:.1f} s of data on disk, {}\n", status.run(), status.setup(), status.state(),
                     data_time(status).seconds(), pace(status));
  Table gates({"facility", "on-gates", "off-gates", "random"});
  for (const auto& line : status.gates()) {
    gates.add({line.facility(), std::to_string(line.on()), std::to_string(line.off()), std::to_string(line.random())});
  }
  Table streams({"stream", "sent", "accepted", "rejected", "lost"});
  for (const auto& line : status.streams()) {
    streams.add({line.stream(), std::to_string(line.sent()), std::to_string(line.accepted()),
                 human(counters(line.rejected())), human(counters(line.lost()))});
  }
  Table counts({"detector", "on", "off", "excess"});
  for (const auto& line : status.counts()) {
    counts.add({line.detector(), std::to_string(line.on()), std::to_string(line.off()),
                line.has_excess()
                    ? fmt::format("{:.4g} ({:.4g} to {:.4g})", line.excess(), line.excess_low(), line.excess_high())
                    : "-"});
  }
  Table services({"process", "state", "CPU s", "memory", "waits for"});
  for (const auto& line : status.services()) {
    services.add({line.process(), line.state(), fmt::format("{:.1f}", line.cpu_s()), human_bytes(line.rss_bytes()),
                  waits(line)});
  }
  for (const Table* table : {&gates, &streams, &counts, &services}) {
    if (!table->empty()) table->print(out, 2);
  }
  for (const auto& alarm : status.alarms()) out << "  alarm: " << alarm << '\n';
}

nlohmann::ordered_json status_json(const v1::RunStatus& status) {
  nlohmann::ordered_json object = {{"run", status.run()},           {"setup", status.setup()},
                                   {"state", status.state()},       {"condition", status.condition()},
                                   {"begin_ns", status.begin_ns()}, {"data_time_ns", status.data_time_ns()},
                                   {"speed", status.speed()},       {"lag_s", status.lag_s()}};
  object["gates"] = nlohmann::ordered_json::object();
  for (const auto& line : status.gates()) {
    object["gates"][line.facility()] = {{"on", line.on()}, {"off", line.off()}, {"random", line.random()}};
  }
  object["decisions"] = {{"made", status.decisions_made()}, {"acknowledged", status.decisions_acknowledged()}};
  object["streams"] = nlohmann::ordered_json::array();
  for (const auto& line : status.streams()) {
    object["streams"].push_back({{"stream", line.stream()},
                                 {"frames_sent", line.sent()},
                                 {"frames_received", line.accepted()},
                                 {"frames_rejected", counters(line.rejected())},
                                 {"frames_lost", counters(line.lost())}});
  }
  object["counts"] = nlohmann::ordered_json::array();
  for (const auto& line : status.counts()) object["counts"].push_back(storage::to_json(proto::to_model(line)));
  object["services"] = nlohmann::ordered_json::array();
  for (const auto& line : status.services()) {
    nlohmann::ordered_json service = {{"process", line.process()},
                                      {"state", line.state()},
                                      {"cpu_s", line.cpu_s()},
                                      {"rss_bytes", line.rss_bytes()},
                                      {"heartbeat_age_s", line.heartbeat_age_s()}};
    service["waits"] = nlohmann::ordered_json::array();
    for (const auto& wait : line.waits()) {
      service["waits"].push_back({{"link", wait.link()}, {"bytes", wait.bytes()}, {"seconds", wait.seconds()}});
    }
    object["services"].push_back(service);
  }
  object["alarms"] = std::vector<std::string>(status.alarms().begin(), status.alarms().end());
  return object;
}

}  // namespace spillway::cli
