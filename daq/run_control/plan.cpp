#include "daq/run_control/plan.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daq/service/service.hpp"
#include "detectors/registry.hpp"
#include "detectors/setup_checks.hpp"

namespace spillway::run_control {

namespace {

/// A detector that is read around its gates alone has few and large windows, which can wait for the small ones.
constexpr Share kFewAndLarge{.niceness = 5};

const char* program_of(Role role) {
  switch (role) {
    case Role::kBuilder:
      return "spillway-event-builder";
    case Role::kTrigger:
      return "spillway-trigger";
    case Role::kReadout:
      return "spillway-readout";
    case Role::kOnline:
      return "spillway-online";
    case Role::kFrontEnd:
      return "spillway-front-end";
  }
  return "";
}

Share share_of_front_end(const Section& front_end, const model::Setup& setup, Share prompt) {
  const std::uint32_t facility = detectors::facility_index(front_end, setup.facilities);
  const bool streams = std::ranges::any_of(setup.detectors, [facility](const model::Detector& detector) {
    return detector.facility == facility && !detector.gated;
  });
  return streams ? prompt : kFewAndLarge;
}

std::filesystem::path log_of(const Places& places, const std::string& process, const char* ending) {
  return places.run_directory / "logs" / (process + ending);
}

}  // namespace

bool wants_real_time(const Config& config, double speed) {
  return speed == 1 && detectors::plain_section(config, "setup").flag("realtime");
}

std::vector<Member> members_of(const Config& config, const model::Setup& setup, double speed) {
  // What small data pass, one gate soon after the other.
  const Share prompt{.turns = wants_real_time(config, speed) ? Share::Turns::kRealTime : Share::Turns::kShort};
  std::vector<Member> members{{"event_builder", Role::kBuilder, prompt}, {"trigger", Role::kTrigger, prompt}};
  for (const model::Detector& detector : setup.detectors) {
    for (std::uint32_t i = 0; i < detector.readout_processes; ++i) {
      members.push_back(
          {service::readout_process(detector.name, i), Role::kReadout, detector.gated ? kFewAndLarge : prompt});
    }
  }
  members.push_back({"online", Role::kOnline, {.niceness = kWatching}});
  for (const std::string& front_end : config.names("front_end")) {
    members.push_back({service::front_end_process(front_end), Role::kFrontEnd,
                       share_of_front_end(detectors::front_end_section(config, front_end), setup, prompt)});
  }
  return members;
}

ProcessSpec service_spec(const Member& member, const Places& places) {
  return {.process = member.process,
          .program = places.programs / program_of(member.role),
          .arguments = {"--control", places.control_endpoint, "--name", member.process, "--log",
                        log_of(places, member.process, ".log").string()},
          .output = log_of(places, member.process, ".out"),
          .share = member.share};
}

std::optional<ProcessSpec> web_spec(const Config& config, std::uint64_t run, const Places& places) {
  const Section web = detectors::plain_section(config, "web");
  if (!web.flag("enabled")) return std::nullopt;
  return ProcessSpec{.process = kWebProcess,
                     .program = places.programs / "spillway-web",
                     .arguments = {"--data", places.data.string(), "--run", std::to_string(run), "--port",
                                   std::to_string(web.integer("port")), "--bind", web.text("bind")},
                     .output = log_of(places, kWebProcess, ".log"),
                     .share = {.niceness = kWatching}};
}

}  // namespace spillway::run_control
