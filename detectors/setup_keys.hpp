#pragma once

#include <array>
#include <span>
#include <string_view>

#include "daq/base/config.hpp"

namespace spillway::detectors {

/// The longest time that a key may ask for: a day.
inline constexpr double kMostNs = 86'400e9;

inline constexpr std::array kSetupKeys = {
    KeySpec{"setup", "name", KeyType::kString, "", "\"unnamed\"", "What the set-up is called in catalogue and files"},
    KeySpec{"setup", "epoch", KeyType::kString, "TAI", "\"2026-01-01T00:00:00\"",
            "Data time at which a paced run begins"},
    KeySpec{"setup", "reorder_ns", KeyType::kInteger, "ns", "10000",
            "Frames of the input may be this much out of order", 0, kMostNs},
    KeySpec{"setup", "look_ahead_ns", KeyType::kInteger, "ns", "1000000000",
            "A paced source is at most this far ahead of what is decided and on disk", 1000, kMostNs},
    KeySpec{"setup", "realtime", KeyType::kBool, "", "true",
            "Whether what small data pass has real-time priority (SCHED_RR) at --speed realtime, where the user may: "
            "builder, trigger, and front ends and readouts that are not gated"},
};

inline constexpr std::array kStorageKeys = {
    KeySpec{"storage", "roll_over_bytes", KeyType::kInteger, "bytes", "4294967296",
            "A new event file is begun when one has grown to this", 65536, 1e15},
    KeySpec{"storage", "chunk_bytes", KeyType::kInteger, "bytes", "262144",
            "Chunk of a payload dataset in the event file", 4096, 1e9},
    KeySpec{"storage", "reserve_bytes", KeyType::kInteger, "bytes", "67108864",
            "Disk space kept reserved ahead of the file's end; without it the trigger is inhibited", 1048576, 1e12},
    KeySpec{
        "storage", "keep", KeyType::kString, "", "\"all\"",
        "\"none\" deletes each event file once the online stage has read it and it has been verified: for rehearsals",
        -1e300, 1e300, "all|none"},
    KeySpec{
        "storage", "compression", KeyType::kString, "", "\"none\"",
        "How WIBEth frames are compressed in event files, without loss: fast, or dense, which is slower and in quiet "
        "data smaller",
        -1e300, 1e300, "none|fast|dense"},
};

inline constexpr std::array kLinkKeys = {
    KeySpec{"link", "shared_bytes", KeyType::kInteger, "bytes", "8388608",
            "Most memory that a sender shares with a receiver on the same host for payload copies; 0: all go through "
            "the socket",
            0, 1e9},
};

inline constexpr std::array kWebKeys = {
    KeySpec{"web", "enabled", KeyType::kBool, "", "true", "Whether a run starts the web server"},
    KeySpec{"web", "port", KeyType::kInteger, "", "8080", "TCP port of the page; 0: any free one", 0, 65535},
    KeySpec{"web", "bind", KeyType::kString, "", "\"127.0.0.1\"", "Address the page is served at"},
};

inline constexpr std::array kFacilityKeys = {
    KeySpec{"facility", "on_before_ns", KeyType::kInteger, "ns", "0", "An on-gate begins this long before its pulse",
            -kMostNs, kMostNs},
    KeySpec{"facility", "on_after_ns", KeyType::kInteger, "ns", "0", "An on-gate ends this long after its pulse",
            -kMostNs, kMostNs},
    KeySpec{"facility", "off_offsets_ns", KeyType::kIntegerList, "ns", "[]",
            "Each makes an off-gate of the on-gate's length, moved by it", -kMostNs, kMostNs},
    KeySpec{"facility", "random_rate_hz", KeyType::kNumber, "Hz", "0", "Mean rate of random gates", 0, 1e6},
    KeySpec{"facility", "random_length_ns", KeyType::kInteger, "ns", "0", "Length of a random gate", 0, kMostNs},
    KeySpec{"facility", "max_pulse_lateness_ns", KeyType::kInteger, "ns", "0",
            "A pulse reported later than this after its begin is recorded and never gated", 0, kMostNs},
    KeySpec{"facility", "watermark_period_ns", KeyType::kInteger, "ns", "10000000",
            "An idle stream says this often, in data time, that it has nothing", 1000, kMostNs},
    KeySpec{"facility", "min_pulse_period_ns", KeyType::kInteger, "ns", "0",
            "Pulses never begin closer than this; one that does is recorded and not gated. With it, runs of so many "
            "gates need not wait for the pulses of other facilities. 0: not known, unless the source is simulated",
            0, kMostNs},
};

inline constexpr std::array kDetectorKeys = {
    KeySpec{"detector", "facility", KeyType::kString, "", "", "Facility whose gates this detector takes"},
    KeySpec{"detector", "kind", KeyType::kString, "", "\"caen_digitizer\"", "What its electronics are"},
    KeySpec{"detector", "pre_ns", KeyType::kInteger, "ns", "0", "Readout begins this long before a gate", 0, kMostNs},
    KeySpec{"detector", "post_ns", KeyType::kInteger, "ns", "0", "Readout ends this long after a gate", 0, kMostNs},
    KeySpec{"detector", "count_post_ns", KeyType::kInteger, "ns", "0",
            "Candidates are counted until this long after a gate, on and off alike: the drift time of a TPC", 0,
            kMostNs},
    KeySpec{"detector", "whole_gate", KeyType::kBool, "", "false",
            "A gate whose readout window touches dead time is wholly dead"},
    KeySpec{"detector", "emission", KeyType::kString, "", "\"continuous\"",
            "Whether the electronics deliver all the time or around gates alone", -1e300, 1e300, "continuous|gated"},
    KeySpec{"detector", "stream_bytes_per_second", KeyType::kInteger, "bytes/s", "8000000",
            "Most that one stream delivers per second of data time, sustained; sizes the ring", 1, 1e12},
};

inline constexpr std::array kReadoutKeys = {
    KeySpec{"readout", "processes", KeyType::kInteger, "", "1",
            "Readout processes of this detector; stream i goes to process i modulo this", 1, 1024},
    KeySpec{"readout", "ring_bytes", KeyType::kInteger, "bytes", "67108864", "Latency buffer of one readout process",
            4096, 1e12},
    KeySpec{"readout", "udp_address", KeyType::kString, "", "\"127.0.0.1\"",
            "Where frames are taken that a front end sends with transport = \"udp\": IPv4 address of an interface"},
    KeySpec{"readout", "udp_port", KeyType::kInteger, "", "0",
            "Port of process 0, those of the others behind it; 0: free ones, of which the front end is told", 0, 65535},
    KeySpec{"readout", "udp_buffer_bytes", KeyType::kInteger, "bytes", "33554432",
            "Buffer asked of the kernel for a process's socket; beyond net.core.rmem_max it needs CAP_NET_ADMIN", 65536,
            1e9},
    KeySpec{"readout", "udp_wait_ns", KeyType::kInteger, "ns", "200000000",
            "How long (wall time) a datagram may come behind the message that announced it", 0, 10e9},
};

inline constexpr std::array kTriggerKeys = {
    KeySpec{"trigger", "readout", KeyType::kString, "", "\"zero_bias\"",
            "Read every gate, or only those with a coincidence of primitives, or only those with an activity", -1e300,
            1e300, "zero_bias|coincidence|activity"},
    KeySpec{"trigger", "coincidence_primitives", KeyType::kInteger, "", "1", "Primitives that make a coincidence", 1,
            1e6},
    KeySpec{"trigger", "coincidence_window_ns", KeyType::kInteger, "ns", "1000",
            "Primitives of a coincidence begin within this", 1, kMostNs},
    KeySpec{"trigger", "coincidence_streams", KeyType::kInteger, "", "1",
            "And lie in at least so many different streams", 1, 1e6},
    KeySpec{"trigger", "coincidence_group", KeyType::kInteger, "streams", "0",
            "And in one group: the detector's streams are grouped by so many neighbours; 0: all streams are one group",
            0, 1e6},
    KeySpec{"trigger", "activity_window_ns", KeyType::kInteger, "ns", "0",
            "Primitives of an activity begin within this, in gates or not; 0: none is looked for", 0, kMostNs},
    KeySpec{"trigger", "activity_integral", KeyType::kInteger, "ADC counts x samples", "0",
            "Least sum of the integrals of an activity's primitives within the window; 0: any", 0, 1e15},
    KeySpec{"trigger", "activity_primitives", KeyType::kInteger, "", "0",
            "Least number of primitives within the window; 0: any", 0, 1e9},
    KeySpec{"trigger", "activity_channels", KeyType::kInteger, "channels", "0",
            "Least run of neighbouring channels hit within the window, from the first to the last; 0: any", 0, 1e6},
    KeySpec{"trigger", "activity_channel_gap", KeyType::kInteger, "channels", "0",
            "Channels without a hit that such a run may pass over at once", 0, 62},
    KeySpec{"trigger", "prescale", KeyType::kInteger, "", "1", "Read one in so many of the gates that would be read", 1,
            1e15},
};

inline constexpr std::array kOnlineKeys = {
    KeySpec{"online", "efficiency", KeyType::kNumber, "", "0",
            "Candidates for each signal event above nominal threshold in an on-gate, measured beforehand; 0: not known",
            0, 10},
};

inline constexpr std::array kSimulationKeys = {
    KeySpec{"simulation", "signal_rate_scale", KeyType::kNumber, "", "1",
            "Signal events are simulated at their true rate times this", 0, 1e12},
    KeySpec{"simulation", "background_rate_scale", KeyType::kNumber, "", "1",
            "Background events are simulated at their true rate times this", 0, 1e12},
    KeySpec{"simulation", "level", KeyType::kString, "", "\"raw\"",
            "What the simulation delivers: the electronics' bytes, or what a finder makes of them, for long exposures",
            -1e300, 1e300, "raw|primitives"},
};

inline constexpr std::array kFrontEndKeys = {
    KeySpec{"front_end", "source", KeyType::kString, "", "\"compass\"", "Where frames and pulses come from"},
    KeySpec{"front_end", "facility", KeyType::kString, "", "", "Facility whose detectors and pulses it feeds"},
    KeySpec{
        "front_end", "transport", KeyType::kString, "", "\"zmq\"",
        "How frames go to the readout: several to a message, or WIBEth frames as the electronics send them, one in a "
        "datagram",
        -1e300, 1e300, "zmq|udp"},
    KeySpec{"front_end", "fault_dropped", KeyType::kNumber, "", "0",
            "Fault: probability that a frame is lost on its way", 0, 1},
    KeySpec{"front_end", "fault_truncated", KeyType::kNumber, "", "0",
            "Fault: probability that a frame is cut at half its length", 0, 1},
    KeySpec{"front_end", "fault_wrong_version", KeyType::kNumber, "", "0",
            "Fault: probability that a frame says it is of another version", 0, 1},
    KeySpec{"front_end", "fault_repeated", KeyType::kNumber, "", "0", "Fault: probability that a frame is sent twice",
            0, 1},
    KeySpec{"front_end", "fault_reordered", KeyType::kNumber, "", "0",
            "Fault: probability that a frame is sent behind its successor", 0, 1},
    KeySpec{"front_end", "fault_bit_flip", KeyType::kNumber, "", "0",
            "Fault: probability, per frame, that a bit of its message flips on the way", 0, 1},
    KeySpec{"front_end", "fault_time_jump", KeyType::kNumber, "", "0", "Fault: probability that a frame's time leaps",
            0, 1},
    KeySpec{"front_end", "fault_silent", KeyType::kNumber, "", "0",
            "Fault: probability, per frame, that its link falls silent", 0, 1},
    KeySpec{"front_end", "fault_silence_ns", KeyType::kInteger, "ns", "100000000", "Fault: how long a link is silent",
            0, kMostNs},
    KeySpec{"front_end", "fault_clock_drift_ppm", KeyType::kNumber, "1e-6", "0",
            "Fault: the electronics' clock runs fast by this", 0, 1e5},
};

/// A section of the file, or a kind of sections [kind.<name>]; what kinds of detectors and sources add comes on top.
struct SectionRow {
  std::string_view name;
  bool named = false;  ///< [kind.<name>]
  std::span<const KeySpec> common;
};
inline constexpr std::array kSections = {
    SectionRow{"setup", false, kSetupKeys},
    SectionRow{"storage", false, kStorageKeys},
    SectionRow{"link", false, kLinkKeys},
    SectionRow{"web", false, kWebKeys},
    SectionRow{"facility", true, kFacilityKeys},
    SectionRow{"detector", true, kDetectorKeys},
    SectionRow{"front_end", true, kFrontEndKeys},
    SectionRow{"readout", true, kReadoutKeys},
    SectionRow{"trigger", true, kTriggerKeys},
    SectionRow{"online", true, kOnlineKeys},
    SectionRow{"simulation", true, kSimulationKeys},
};

/// Common keys of a section and those of a kind, in storage that lasts.
std::span<const KeySpec> section_keys(std::string_view section, std::string_view kind = {});

}  // namespace spillway::detectors
