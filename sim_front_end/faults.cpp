#include "sim_front_end/faults.hpp"

#include <algorithm>
#include <cmath>

#include "daq/base/random.hpp"
#include "detectors/caen/compass.hpp"

namespace spillway::sim_front_end {

namespace {

/// The waveform code: the only byte of a list record that decoders can call wrong.
std::size_t compass_version_at(model::Encoding encoding) {
  return detectors::caen::CompassWord{encoding.word()}.waveform_code_offset();
}
std::size_t wibeth_version_at(model::Encoding) {
  return 0;
}
/// The marker 0xA in front of the event's size.
std::size_t dpp_daw_version_at(model::Encoding) {
  return 3;
}

/// Where a format keeps what a fault spoils.
struct FormatRow {
  model::EncodingFamily family;
  std::size_t (*version_at)(model::Encoding encoding);  ///< byte whose upper half is inverted
  std::size_t time_at;                                  ///< little-endian ticks of `time_bytes` bytes
  std::size_t time_bytes;
  double ticks_per_ns;
};
constexpr std::array kFormats = {
    FormatRow{model::EncodingFamily::kCompass, compass_version_at, 4, 8, 1000},
    FormatRow{model::EncodingFamily::kWibEth, wibeth_version_at, 8, 8, 1.0 / 16},
    FormatRow{model::EncodingFamily::kDppDaw, dpp_daw_version_at, 20, 6, 1.0 / 4},
};

const FormatRow* format_of(model::Encoding encoding) {
  const auto* row = std::find_if(kFormats.begin(), kFormats.end(),
                                 [&](const FormatRow& candidate) { return candidate.family == encoding.family(); });
  return row == kFormats.end() ? nullptr : row;
}

void add_ticks(Bytes& frame, const FormatRow& format, std::uint64_t ticks) {
  if (frame.size() < format.time_at + format.time_bytes) return;
  std::uint64_t carry = ticks;
  for (std::size_t i = 0; i < format.time_bytes; ++i) {
    const std::uint64_t sum = std::to_integer<std::uint64_t>(frame[format.time_at + i]) + (carry & 0xFFU);
    frame[format.time_at + i] = static_cast<std::byte>(sum & 0xFFU);
    carry = (carry >> 8U) + (sum >> 8U);
  }
}

}  // namespace

bool FaultRates::any() const {
  return dropped > 0 || truncated > 0 || wrong_version > 0 || repeated > 0 || reordered > 0 || bit_flip > 0 ||
         time_jump > 0 || silent > 0 || clock_drift_ppm != 0;
}

FaultRates fault_rates(const Section& front_end) {
  FaultRates rates;
  rates.dropped = front_end.number("fault_dropped");
  rates.truncated = front_end.number("fault_truncated");
  rates.wrong_version = front_end.number("fault_wrong_version");
  rates.repeated = front_end.number("fault_repeated");
  rates.reordered = front_end.number("fault_reordered");
  rates.bit_flip = front_end.number("fault_bit_flip");
  rates.time_jump = front_end.number("fault_time_jump");
  rates.silent = front_end.number("fault_silent");
  rates.silence = front_end.duration("fault_silence_ns");
  rates.clock_drift_ppm = front_end.number("fault_clock_drift_ppm");
  return rates;
}

Faults::Faults(const FaultRates& rates, std::string stream, model::Encoding encoding, Timestamp epoch,
               std::uint64_t seed)
    : rates_(rates), stream_(std::move(stream)), encoding_(encoding), epoch_(epoch), seed_(seed) {}

void Faults::pass(Interval time, Bytes bytes, std::vector<Out>& out) {
  Draw draw(hash_key(seed_, stream_ + "/fault", next_++));
  const auto happens = [&draw](double rate) { return draw.uniform() < rate; };
  const FormatRow* format = format_of(encoding_);
  const bool falls_silent = happens(rates_.silent);
  if (falls_silent) silent_until_ = std::max(silent_until_, time.begin + rates_.silence);
  const bool cut = happens(rates_.truncated);
  const bool other_version = happens(rates_.wrong_version);
  const bool jumps = happens(rates_.time_jump);
  const bool flip = happens(rates_.bit_flip);
  const bool twice = happens(rates_.repeated);
  const bool behind = happens(rates_.reordered);
  const bool dropped = happens(rates_.dropped);

  Out frame{time.begin, std::move(bytes), true, flip, falls_silent || dropped || time.begin < silent_until_};
  if (format != nullptr) {
    if (jumps) add_ticks(frame.bytes, *format, std::uint64_t{1} << (8 * format->time_bytes - 9));
    const std::size_t version_at = format->version_at(encoding_);
    if (other_version && frame.bytes.size() > version_at) frame.bytes[version_at] ^= std::byte{0xF0};
    const double drift_ns = rates_.clock_drift_ppm * 1e-6 * static_cast<double>((time.begin - epoch_).ns);
    if (drift_ns > 0)
      add_ticks(frame.bytes, *format, static_cast<std::uint64_t>(std::llround(drift_ns * format->ticks_per_ns)));
  }
  if (cut) frame.bytes.resize(frame.bytes.size() / 2);

  const bool hold = behind && !held_ && !frame.lost;
  std::optional<Out> late = std::exchange(held_, std::nullopt);
  if (hold) {
    held_ = std::move(frame);
  } else {
    out.push_back(frame);
    if (twice) {
      frame.in_order = false;
      out.push_back(std::move(frame));
    }
  }
  if (late) {
    late->in_order = false;
    out.push_back(*std::move(late));
  }
}

void Faults::end(std::vector<Out>& out) {
  if (!held_) return;
  out.push_back(*std::exchange(held_, std::nullopt));
  out.back().in_order = false;  // the stream is promised to be beyond its time by now
}

}  // namespace spillway::sim_front_end
