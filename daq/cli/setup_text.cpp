#include "daq/cli/setup_text.hpp"

#include <ostream>

#include <fmt/format.h>

#include "daq/storage/text.hpp"

namespace spillway::cli {
namespace {

using storage::human;
using storage::human_bytes;
using storage::Table;

std::string offsets(const model::Facility& facility) {
  std::string text;
  for (const Duration offset : facility.off_offsets) {
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", offset.ns >= 0 ? "+" : "", human(offset));
  }
  return text.empty() ? "none" : text;
}

std::string random_gates(const model::Facility& facility) {
  if (facility.random_rate_hz <= 0) return "none";
  return fmt::format("{} at {} Hz", human(facility.random_length), facility.random_rate_hz);
}

std::string coincidence(const model::TriggerPolicy& policy) {
  std::string text =
      fmt::format("{} primitives within {}", policy.coincidence_primitives, human(policy.coincidence_window));
  if (policy.coincidence_streams > 1) text += fmt::format(" in {} streams", policy.coincidence_streams);
  if (policy.coincidence_group > 0) text += fmt::format(" of a group of {}", policy.coincidence_group);
  return text;
}

std::string activity(const model::ActivityPolicy& policy) {
  std::string text;
  if (policy.channels > 0) text += fmt::format("{} channels, ", policy.channels);
  if (policy.primitives > 0) text += fmt::format("{} primitives, ", policy.primitives);
  if (policy.integral > 0) text += fmt::format("an integral of {}, ", policy.integral);
  return fmt::format("{}within {}", text, human(policy.window));
}

std::string trigger(const model::TriggerPolicy& policy) {
  std::string text = "every gate";
  if (policy.readout == model::ReadoutRule::kCoincidence) text = coincidence(policy);
  if (policy.readout == model::ReadoutRule::kActivity) text = activity(policy.activity);
  if (policy.prescale > 1) text += fmt::format(", one in {}", policy.prescale);
  return text;
}

std::string ring(const model::Detector& detector) {
  return detector.readout_processes == 1
             ? human_bytes(detector.ring_bytes)
             : fmt::format("{} in each of {} processes", human_bytes(detector.ring_bytes), detector.readout_processes);
}

}  // namespace

void print_setup(const model::Setup& setup, std::ostream& out) {
  out << fmt::format("set-up {}: starts at {} TAI, look-ahead {}, new file every {}\n", setup.name,
                     format_tai(setup.epoch), human(setup.look_ahead), human_bytes(setup.storage.roll_over_bytes));
  Table facilities({"facility", "on-gate", "off-gates", "random gates", "pulses at most late by"});
  for (const model::Facility& facility : setup.facilities) {
    facilities.add({facility.name, fmt::format("pulse -{} to +{}", human(facility.on_before), human(facility.on_after)),
                    offsets(facility), random_gates(facility), human(facility.max_pulse_lateness)});
  }
  facilities.print(out, 2);
  Table detectors({"detector", "kind", "facility", "streams", "readout window", "read", "ring"});
  for (const model::Detector& detector : setup.detectors) {
    detectors.add({detector.name, detector.kind, setup.facilities.at(detector.facility).name,
                   std::to_string(detector.streams.size()),
                   fmt::format("gate -{} to +{}", human(detector.pre), human(detector.post)), trigger(detector.trigger),
                   ring(detector)});
  }
  detectors.print(out, 2);
}

nlohmann::ordered_json setup_json(const model::Setup& setup) {
  nlohmann::ordered_json object = {{"name", setup.name},
                                   {"epoch_ns", setup.epoch.ns},
                                   {"look_ahead_ns", setup.look_ahead.ns},
                                   {"roll_over_bytes", setup.storage.roll_over_bytes}};
  object["facilities"] = nlohmann::ordered_json::array();
  for (const model::Facility& facility : setup.facilities) {
    nlohmann::ordered_json offsets_ns = nlohmann::ordered_json::array();
    for (const Duration offset : facility.off_offsets) offsets_ns.push_back(offset.ns);
    object["facilities"].push_back({{"name", facility.name},
                                    {"on_before_ns", facility.on_before.ns},
                                    {"on_after_ns", facility.on_after.ns},
                                    {"off_offsets_ns", offsets_ns},
                                    {"random_rate_hz", facility.random_rate_hz}});
  }
  object["detectors"] = nlohmann::ordered_json::array();
  for (const model::Detector& detector : setup.detectors) {
    object["detectors"].push_back({{"name", detector.name},
                                   {"kind", detector.kind},
                                   {"facility", setup.facilities.at(detector.facility).name},
                                   {"streams", detector.streams},
                                   {"pre_ns", detector.pre.ns},
                                   {"post_ns", detector.post.ns},
                                   {"readout_processes", detector.readout_processes},
                                   {"ring_bytes", detector.ring_bytes}});
  }
  return object;
}

}  // namespace spillway::cli
