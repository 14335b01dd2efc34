// browser_publisher DATA_FOLDER: makes a catalogue there with one running run and publishes its status twice a second,
// as run control does. Commands on standard input, one a line: "silence" (stop talking), "speak", "finish", "quit".
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "daq/proto/control.pb.h"
#include "daq/storage/catalogue.hpp"
#include "detectors/physics/on_off.hpp"

namespace {

using namespace spillway;

constexpr std::int64_t kBegin = 1'767'225'600'000'000'000;  // 2026-01-01T00:00:00

v1::Counts counts(const std::string& detector, std::uint64_t on, std::uint64_t off, std::int64_t gates) {
  v1::Counts counts;
  counts.set_detector(detector);
  counts.set_on(on);
  counts.set_off(off);
  counts.set_live_on_ns(gates * 4000);
  counts.set_live_off_ns(gates * 8000);
  counts.set_pot(1.3e14 * static_cast<double>(gates));
  counts.set_has_alpha(gates > 0);
  counts.set_alpha(0.5);
  const auto result = detectors::on_off_excess(on, off, 0.5);
  counts.set_has_excess(gates > 0);
  counts.set_excess(result.excess);
  counts.set_excess_low(result.low);
  counts.set_excess_high(result.high);
  return counts;
}

void simulate(v1::Counts& counts, double signal_rate_scale, double background_rate_scale, double efficiency) {
  counts.set_simulated(true);
  counts.set_truth_signal_on(counts.on() - counts.off() / 2);
  counts.set_signal_rate_scale(signal_rate_scale);
  counts.set_background_rate_scale(background_rate_scale);
  counts.set_efficiency(efficiency);
}

v1::RunStatus status(std::uint64_t run, std::uint64_t step) {
  v1::RunStatus status;
  status.set_run(run);
  status.set_setup("bench <b>of two</b>");  // markup must stay text
  status.set_state("running");
  status.set_condition("RUNNING");
  status.set_begin_ns(kBegin);
  status.set_data_time_ns(kBegin + static_cast<std::int64_t>(step) * 500'000'000);
  status.set_speed(1);
  status.set_lag_s(step % 8 == 0 ? 0.4 : 0);
  const auto gates = static_cast<std::int64_t>(7 * step);
  *status.add_counts() = counts("csi", 3 * step + 40, 4 * step + 20, gates);
  *status.add_counts() = counts("lar", step / 4, step / 3, gates);
  *status.add_counts() = counts("lab", 3, 1, gates);
  simulate(*status.mutable_counts(0), 3000, 60, 0.8);
  simulate(*status.mutable_counts(1), 1, 1, 0);
  for (const char* name : {"ess", "lhc"}) {
    v1::GateCounts& facility = *status.add_gates();
    facility.set_facility(name);
    facility.set_on(7 * step);
    facility.set_off(14 * step);
    (*facility.mutable_dropped())["off_touches_on"] = 2;
  }
  std::vector<std::string> names = {"csi/0", "csi/1"};
  for (int link = 0; link < 17; ++link) names.push_back("lar/" + std::to_string(link));
  std::ranges::sort(names);  // as run control does
  for (const std::string& name : names) {
    v1::StreamTotals& stream = *status.add_streams();
    stream.set_stream(name);
    stream.set_sent(12'345 * step);
    stream.set_accepted(12'345 * step - 3);
    if (name == "csi/1" || name == "lar/10") {
      (*stream.mutable_lost())["sequence_gap"] = 2;
      (*stream.mutable_rejected())["truncated"] = 1;
    }
  }
  status.add_alarms("readout.csi.1: heartbeat late by 2.1 s");
  const char* const processes[] = {"front_end.recorder", "readout.csi.0", "readout.csi.1", "readout.lar.0", "trigger",
                                   "event_builder",      "online"};
  for (const char* process : processes) {
    v1::ServiceLine& line = *status.add_services();
    line.set_process(process);
    line.set_state("running");
    line.set_cpu_s(0.02 * static_cast<double>(step));
    line.set_rss_bytes(38'000'000);
    line.set_heartbeat_age_s(0.3);
  }
  v1::Wait& wait = *status.mutable_services(0)->add_waits();
  wait.set_link("frames.recorder.csi.0");
  wait.set_bytes(2'500'000);
  wait.set_seconds(0.2);
  status.set_sent_wall_ns(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
  return status;
}

model::RunSummary summary(std::uint64_t run, std::uint64_t step) {
  model::RunSummary summary;
  summary.run = run;
  summary.setup = "bench";
  summary.condition = model::Condition::kIncomplete;
  summary.reasons = {"readout.csi.1 restarted"};
  summary.digest = std::string(64, 'd');
  summary.time = {{kBegin}, {kBegin + static_cast<std::int64_t>(step) * 500'000'000}};
  summary.gates["ess"].on = 7 * step;
  summary.gates["ess"].off = 14 * step;
  model::DetectorCounts line;
  line.detector = "csi";
  line.on = 4242;
  line.off = 17;
  line.alpha = 0.5;
  line.excess = 4233.5;
  line.excess_low = 4168.4;
  line.excess_high = 4298.8;
  summary.counts = {line};
  model::DetectorBooks books;
  books.detector = "csi";
  for (model::LiveTime* time : {&books.books.gates[0], &books.books.gates[1], &books.books.run}) {
    time->wall = {1'000'000};
    time->live = {990'000};
    time->dead[0] = {10'000};
  }
  summary.livetime = {books};
  return summary;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string folder = argv[1];
  storage::Catalogue catalogue(folder);
  storage::NewRun fresh;
  fresh.setup = "bench";
  const std::uint64_t run = catalogue.begin_run(fresh);
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::pub);
  const std::string endpoint = "ipc://" + folder + "/status";
  socket.bind(endpoint);
  catalogue.set_endpoints(run, "", endpoint);
  std::printf("run %llu\n", static_cast<unsigned long long>(run));
  std::fflush(stdout);

  bool speaking = true;
  for (std::uint64_t step = 1;; ++step) {
    if (speaking) socket.send(zmq::buffer(status(run, step).SerializeAsString()), zmq::send_flags::dontwait);
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, 500) <= 0) continue;
    std::string command;
    if (!std::getline(std::cin, command) || command == "quit") return 0;
    if (command == "silence") speaking = false;
    if (command == "speak") speaking = true;
    if (command == "finish") {
      catalogue.end_run(summary(run, step));
      speaking = false;
    }
  }
}
