#include "daq/proto/beam_pulse.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>
#include <type_traits>

namespace spillway::proto {
namespace {

/// The record as it lies in memory; every offset is pinned below.
struct Record {
  std::array<char, 4> magic = {'B', 'P', 'L', 'S'};
  std::uint16_t version = 1;
  std::uint16_t length = kBeamPulseBytes;
  std::uint32_t facility = 0;
  std::uint32_t sequence = 0;
  std::uint64_t pulse_id = 0;
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  double protons = 0;
  float protons_uncertainty = 0;
  float energy_gev = 0;
  float peak_current_ma = 0;
  std::array<std::uint8_t, 4> beam = {};  ///< state, destination, mode, present
  std::uint32_t flags = 0;
  std::uint32_t time_uncertainty_ns = 0;
  std::uint32_t revision = 0;
  std::uint32_t crc = 0;
};

static_assert(sizeof(Record) == kBeamPulseBytes && std::is_trivially_copyable_v<Record>);
static_assert(offsetof(Record, version) == 4 && offsetof(Record, length) == 6 && offsetof(Record, facility) == 8);
static_assert(offsetof(Record, sequence) == 12 && offsetof(Record, pulse_id) == 16 && offsetof(Record, begin_ns) == 24);
static_assert(offsetof(Record, end_ns) == 32 && offsetof(Record, protons) == 40);
static_assert(offsetof(Record, protons_uncertainty) == 48 && offsetof(Record, energy_gev) == 52);
static_assert(offsetof(Record, peak_current_ma) == 56 && offsetof(Record, beam) == 60 && offsetof(Record, flags) == 64);
static_assert(offsetof(Record, time_uncertainty_ns) == 68 && offsetof(Record, revision) == 72);
static_assert(offsetof(Record, crc) == 76);

std::uint32_t crc_of(ByteView bytes) {
  return crc32_ieee(bytes.first(offsetof(Record, crc)));
}

bool is_amount(double value) {
  return std::isfinite(value) && value >= 0;
}

}  // namespace

std::string_view name(PulseError error) {
  constexpr std::array<std::string_view, 7> kNames = {"truncated", "bad_magic", "bad_version", "bad_length",
                                                      "bad_crc",   "bad_times", "bad_protons"};
  assert(static_cast<std::size_t>(error) < kNames.size());
  return kNames[static_cast<std::size_t>(error)];
}

std::array<std::byte, kBeamPulseBytes> encode_beam_pulse(const model::Pulse& pulse, FacilityCode facility,
                                                         std::uint32_t sequence) {
  Record record;
  record.facility = static_cast<std::uint32_t>(facility);
  record.sequence = sequence;
  record.pulse_id = pulse.id;
  record.begin_ns = pulse.time.begin.ns;
  record.end_ns = pulse.time.end.ns;
  record.protons = pulse.protons;
  record.protons_uncertainty = static_cast<float>(pulse.protons_uncertainty);
  record.flags = pulse.flags;
  record.revision = pulse.revision;
  auto bytes = std::bit_cast<std::array<std::byte, kBeamPulseBytes>>(record);
  record.crc = crc_of(bytes);
  return std::bit_cast<std::array<std::byte, kBeamPulseBytes>>(record);
}

Expected<model::Pulse, PulseError> decode_beam_pulse(ByteView bytes) noexcept {
  if (bytes.size() < kBeamPulseBytes) return PulseError::kTruncated;
  const auto record = load<Record>(bytes);
  if (record.magic != Record{}.magic) return PulseError::kBadMagic;
  if (record.version != Record{}.version) return PulseError::kBadVersion;
  if (record.length != kBeamPulseBytes || bytes.size() != kBeamPulseBytes) return PulseError::kBadLength;
  if (record.crc != crc_of(bytes)) return PulseError::kBadCrc;
  if (record.begin_ns > record.end_ns) return PulseError::kBadTimes;
  if (!is_amount(record.protons) || !is_amount(record.protons_uncertainty)) return PulseError::kBadProtons;
  return model::Pulse{record.pulse_id,
                      record.revision,
                      {{record.begin_ns}, {record.end_ns}},
                      record.protons,
                      static_cast<double>(record.protons_uncertainty),
                      record.flags};
}

}  // namespace spillway::proto
