#include "detectors/setup_checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <string>

#include <arpa/inet.h>

#include <fmt/format.h>

#include "detectors/registry.hpp"
#include "detectors/setup_keys.hpp"

namespace spillway::detectors {

namespace {

Section facility_section(const Config& config, const std::string& name) {
  return {config, "facility." + name, section_keys("facility")};
}

Duration gate_length(const model::Facility& facility, Duration pulse) {
  return facility.on_before + facility.on_after + pulse;
}

void check_windows(const Config& config, const model::Facility& facility, Duration longest_pulse) {
  const Section section = facility_section(config, facility.name);
  const Duration length = gate_length(facility, longest_pulse);
  if (length <= Duration{}) {
    throw section.error("on_after_ns",
                        fmt::format("the on-gate is empty: on_before_ns {} + pulse {} + on_after_ns {}",
                                    facility.on_before.ns, longest_pulse.ns, facility.on_after.ns),
                        fmt::format("give more than {}", -(facility.on_before + longest_pulse).ns));
  }
  for (std::size_t i = 0; i < facility.off_offsets.size(); ++i) {
    const std::int64_t offset = facility.off_offsets[i].ns;
    if (std::abs(offset) <= length.ns) {
      throw section.error(
          "off_offsets_ns",
          fmt::format("an off-gate moved by {} ns touches its own on-gate, which is {} ns long", offset, length.ns),
          fmt::format("move it by more than {} ns either way", length.ns));
    }
    for (std::size_t j = 0; j < i; ++j) {
      const std::int64_t other = facility.off_offsets[j].ns;
      if (std::abs(offset - other) < length.ns) {
        throw section.error(
            "off_offsets_ns",
            fmt::format("the off-gates moved by {} and {} ns overlap; a gate is {} ns long", other, offset, length.ns),
            fmt::format("keep the offsets at least {} ns apart", length.ns));
      }
    }
  }
  if (facility.random_rate_hz > 0 && facility.random_length.ns == 0) {
    throw section.error("random_length_ns", "random gates are asked for, but have no length",
                        "give the length of a random gate or set random_rate_hz to 0");
  }
}

/// Everything that keeps the release horizon behind the newest data sent: without this much look-ahead a run would
/// stall.
void check_look_ahead(const Config& config, const model::Setup& setup, std::uint32_t index, Duration longest_pulse) {
  const model::Facility& facility = setup.facilities[index];
  const Duration window = longest_window(setup, index, longest_pulse);
  const Duration lead = gate_lead(facility);
  const Duration periods{3 * facility.watermark_period.ns};
  const Duration needed = facility.max_pulse_lateness + window + lead + periods + setup.reorder;
  if (setup.look_ahead >= needed) return;
  throw plain_section(config, "setup")
      .error("look_ahead_ns",
             fmt::format("{} ns is shorter than the pulse latency of facility {}: lateness {} + longest window {} + "
                         "earliest gate {} before its pulse + 3 watermark periods {} + reordering {} ns",
                         setup.look_ahead.ns, facility.name, facility.max_pulse_lateness.ns, window.ns, lead.ns,
                         periods.ns, setup.reorder.ns),
             fmt::format("give at least {}", needed.ns));
}

void check_ring(const Config& config, const model::Setup& setup, const model::Detector& detector) {
  const auto streams = model::streams_of_process(detector, 0).size();
  const double needed =
      static_cast<double>(streams) * static_cast<double>(detector.stream_bytes_per_second) * setup.look_ahead.seconds();
  if (static_cast<double>(detector.ring_bytes) >= needed) return;
  throw readout_section(config, detector.name)
      .error("ring_bytes",
             fmt::format("{} bytes do not cover the pulse latency: {} streams x {} bytes/s x {} s of look-ahead",
                         detector.ring_bytes, streams, detector.stream_bytes_per_second, setup.look_ahead.seconds()),
             fmt::format("give at least {:.0f}, or use more readout.{}.processes", std::ceil(needed), detector.name));
}

void check_trigger(const Config& config, const model::Detector& detector) {
  const Section section(config, "trigger." + detector.name, section_keys("trigger"));
  if (detector.trigger.coincidence_primitives > 1 && detector.trigger.coincidence_window.ns <= 1) {
    throw section.error("coincidence_window_ns",
                        fmt::format("{} primitives cannot begin within {} ns", detector.trigger.coincidence_primitives,
                                    detector.trigger.coincidence_window.ns),
                        "give a longer window or coincidence_primitives = 1");
  }
  const model::TriggerPolicy& policy = detector.trigger;
  const std::size_t group = policy.coincidence_group == 0 ? detector.streams.size() : policy.coincidence_group;
  if (detector.streams.size() % group != 0) {
    throw section.error("coincidence_group",
                        fmt::format("{} streams are no whole number of groups of {}", detector.streams.size(), group),
                        "give a divisor of the number of streams, or 0");
  }
  const std::size_t most = std::min<std::size_t>(group, policy.coincidence_primitives);
  if (policy.coincidence_streams > most) {
    throw section.error("coincidence_streams",
                        fmt::format("{} primitives in groups of {} streams cannot lie in {} different ones",
                                    policy.coincidence_primitives, group, policy.coincidence_streams),
                        fmt::format("give at most {}", most));
  }
}

void check_activity(const Config& config, const model::Detector& detector) {
  const Section section(config, "trigger." + detector.name, section_keys("trigger"));
  const model::ActivityPolicy& policy = detector.trigger.activity;
  const bool conditions = policy.integral > 0 || policy.primitives > 0 || policy.channels > 0;
  if (policy.window.ns > 0 && !conditions) {
    throw section.error("activity_window_ns", "every primitive would be an activity",
                        "give activity_integral, activity_primitives or activity_channels, or a window of 0");
  }
  if (policy.window.ns > 0) return;
  if (detector.trigger.readout == model::ReadoutRule::kActivity) {
    throw section.error("readout", "gates with an activity are to be read, but none is looked for",
                        "give activity_window_ns");
  }
  if (conditions) {
    throw section.error("activity_window_ns", "activities have conditions, but no window", "give a window above 0");
  }
}

void check_level(const Config& config, const model::Detector& detector, const SourceKind& source) {
  if (!detector.primitives) return;
  const Section section = simulation_section(config, detector.name);
  const DetectorKind& kind = *find_detector_kind(detector.kind);
  if (kind.check_primitives == nullptr) {
    throw section.error("level", fmt::format("the kind \"{}\" cannot be simulated as primitives", detector.kind),
                        "set level = \"raw\"");
  }
  if (source.name != "simulated") {
    throw section.error("level", fmt::format("front ends of the source \"{}\" deliver raw frames", source.name),
                        "set level = \"raw\" or source = \"simulated\"");
  }
  kind.check_primitives(readout_section(config, detector.name), online_section(config, detector.name));
}

/// Where the readout's processes take datagrams.
void check_datagrams(const Section& readout, const model::Detector& detector) {
  const std::string address = readout.text("udp_address");
  if (in_addr parsed{}; inet_pton(AF_INET, address.c_str(), &parsed) != 1) {
    throw readout.error("udp_address", fmt::format("\"{}\" is no IPv4 address", address), "write it like 127.0.0.1");
  }
  constexpr std::int64_t kMostPort = std::numeric_limits<std::uint16_t>::max();
  const std::int64_t first = readout.integer("udp_port");
  const std::int64_t last = first + detector.readout_processes - 1;
  if (first == 0 || last <= kMostPort) return;
  throw readout.error("udp_port",
                      fmt::format("the last of {} processes would need port {}", detector.readout_processes, last),
                      fmt::format("give at most {}", kMostPort - detector.readout_processes + 1));
}

/// Datagrams are told apart by the links in their headers, which WIBEth frames alone have.
void check_transport(const Config& config, const Section& front_end, const model::Detector& detector) {
  if (front_end.text("transport") != "udp") return;
  if (detector.primitives) {
    throw front_end.error("transport",
                          fmt::format("detector {} is simulated at the level of primitives, and WIBEth "
                                      "frames alone go by datagram",
                                      detector.name),
                          fmt::format("set transport = \"zmq\" or simulation.{}.level = \"raw\"", detector.name));
  }
  if (detector.kind != "lartpc") {
    throw front_end.error("transport",
                          fmt::format("detector {} of this facility does not deliver WIBEth frames", detector.name),
                          "set transport = \"zmq\"");
  }
  check_datagrams(readout_section(config, detector.name), detector);
}

/// The front end of each facility; a facility has exactly one, as its streams and pulses have one sender.
std::map<std::uint32_t, std::string> front_ends(const Config& config, const model::Setup& setup) {
  std::map<std::uint32_t, std::string> found;
  for (const std::string& name : config.names("front_end")) {
    const Section section = front_end_section(config, name);
    const auto [other, is_new] = found.emplace(facility_index(section, setup.facilities), name);
    if (!is_new) {
      throw section.error(
          "facility",
          fmt::format("front end {} feeds facility {} already", other->second, setup.facilities[other->first].name),
          "give each facility one front end");
    }
  }
  for (std::uint32_t i = 0; i < setup.facilities.size(); ++i) {
    if (found.contains(i)) continue;
    throw config.error(
        "facility." + setup.facilities[i].name, "", "no front end feeds this facility",
        fmt::format("add a section [front_end.<name>] with facility = \"{}\"", setup.facilities[i].name));
  }
  return found;
}

}  // namespace

Duration longest_window(const model::Setup& setup, std::uint32_t facility, Duration longest_pulse) {
  const model::Facility& of = setup.facilities[facility];
  const Duration gate = std::max(gate_length(of, longest_pulse), of.random_rate_hz > 0 ? of.random_length : Duration{});
  Duration around;
  for (const model::Detector& detector : setup.detectors) {
    if (detector.facility == facility) around = std::max(around, detector.pre + detector.post);
  }
  return gate + around;
}

Duration longest_window(const Config& config, const model::Setup& setup, std::uint32_t facility) {
  const Section section = front_end_section(config, front_ends(config, setup).at(facility));
  return longest_window(setup, facility, find_source_kind(section.text("source"))->longest_pulse(section));
}

Duration gate_lead(const model::Facility& facility) {
  Duration earliest_off;
  for (const Duration offset : facility.off_offsets) earliest_off = std::max(earliest_off, -offset);
  return std::max(facility.on_before, Duration{}) + earliest_off;
}

void check_setup(const Config& config, const model::Setup& setup) {
  if (setup.facilities.empty()) {
    throw config.error("facility", "", "there is no facility", "add a section [facility.<name>] with the gate's edges");
  }
  if (setup.detectors.empty()) {
    throw config.error("detector", "", "there is no detector", "add a section [detector.<name>]");
  }
  for (const auto& [facility, front_end] : front_ends(config, setup)) {
    const Section section = front_end_section(config, front_end);
    const SourceKind& source = *find_source_kind(section.text("source"));
    check_windows(config, setup.facilities[facility], source.longest_pulse(section));
    check_look_ahead(config, setup, facility, source.longest_pulse(section));
    source.check(section, setup, facility);
    for (const model::Detector& detector : setup.detectors) {
      if (detector.facility != facility) continue;
      check_level(config, detector, source);
      check_transport(config, section, detector);
    }
  }
  for (const model::Detector& detector : setup.detectors) {
    check_ring(config, setup, detector);
    check_trigger(config, detector);
    check_activity(config, detector);
  }
}

}  // namespace spillway::detectors
