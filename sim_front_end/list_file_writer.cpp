#include "sim_front_end/list_file_writer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "daq/base/random.hpp"
#include "detectors/caen/compass.hpp"

namespace spillway::sim_front_end {

using detectors::caen::CompassRecord;
using detectors::caen::CompassWord;

namespace {

constexpr CompassWord kFileWord{0xCAED};
constexpr std::size_t kSamples = 1000;
constexpr double kPicosecondsPerMs = 1e9;
constexpr std::uint64_t kRecordPs = kSamples * 2000;
constexpr double kBaseline = 2740;
constexpr double kNoise = 3;
constexpr std::uint32_t kWaveformFlags = 0x4000;

using Samples = std::array<std::uint16_t, kSamples>;

/// Nearly normal numbers with a width of 1, four uniform parts of one draw summed: the same on every library.
class Noise {
 public:
  explicit Noise(std::uint64_t key) : draw_(key) {}
  double operator()() {
    const std::uint64_t bits = draw_();
    std::uint64_t sum = 0;
    for (unsigned part = 0; part < 4; ++part) sum += (bits >> (16U * part)) & 0xFFFFU;
    constexpr double kWidth = 37837.0;  // 65536 sqrt(4 / 12)
    return (static_cast<double>(sum) - 2 * 65535.0) / kWidth;
  }

 private:
  Draw draw_;
};

std::uint16_t to_adc(double value) {
  return static_cast<std::uint16_t>(std::lround(std::clamp(value, 0.0, 16383.0)));
}

/// A pulse rises within some 10 ns, stays, and falls.
Samples pulse_samples(std::uint64_t key) {
  Draw draw(key);
  Noise noise(key + 1);
  const double height = 770 + 20 * draw.uniform();
  const auto rise = static_cast<std::size_t>(35 + draw.uniform() * 4);
  const auto fall = rise + static_cast<std::size_t>(245 + draw.uniform() * 10);
  Samples samples{};
  double level = 0;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const bool on = i >= rise && i < fall;
    level += ((on ? height : 0.0) - level) * (on ? 0.35 : 0.25);
    samples[i] = to_adc(kBaseline + level + kNoise * noise());
  }
  return samples;
}

/// What a gate channel records besides its time: a flat line with noise.
Samples gate_samples(std::uint64_t key) {
  Noise noise(key);
  Samples samples{};
  for (auto& sample : samples) sample = to_adc(3075 + 20 * noise());
  return samples;
}

struct Planned {
  std::uint64_t order_ps = 0;  ///< place in the file
  std::uint64_t time_ps = 0;
  std::uint16_t channel = 0;
  std::uint64_t key = 0;  ///< of its samples
  bool gate = false;
};

std::string owner(const char* what, std::uint16_t channel) {
  return fmt::format("list_file/{}/{}", what, channel);
}

void check(const ListFileOptions& options) {
  const bool good = options.period_ms >= 0.02 && options.period_ms <= 1e9 && options.signal_probability >= 0 &&
                    options.signal_probability <= 1 && options.background_hz >= 0 && options.background_hz <= 1e5;
  if (!good) {
    throw Error(
        "a list file needs a period of at least 0.02 ms, a signal probability of 0 to 1 and at most 1e5 Hz of "
        "background");
  }
  if (std::find(options.channels.begin(), options.channels.end(), options.gate_channel) != options.channels.end()) {
    throw Error(fmt::format("channel {} is the gate's; give the detector other channels", options.gate_channel));
  }
  if (static_cast<double>(options.gates + 1) * options.period_ms * kPicosecondsPerMs > 9e18) {
    throw Error("the list file would be longer than its 64-bit picoseconds can say; ask for fewer gates");
  }
}

/// All records of one period: the gate in its midst, detector records around the gate, background anywhere.
class Planner {
 public:
  explicit Planner(const ListFileOptions& options)
      : options_(options), period_ps_(static_cast<std::uint64_t>(options.period_ms * kPicosecondsPerMs)) {}

  std::vector<Planned> plan(std::uint64_t gate) {
    std::vector<Planned> records;
    Draw draw(hash_key(options_.seed, owner("gate", options_.gate_channel), gate));
    const std::uint64_t begin = gate * period_ps_ + period_ps_ / 2;
    const std::uint64_t at = begin + draw() % 16'000;
    for (const std::uint16_t channel : options_.channels) add_channel(records, channel, gate, at);
    records.push_back({at, at, options_.gate_channel, draw(), true});
    std::stable_sort(records.begin(), records.end(),
                     [](const Planned& a, const Planned& b) { return a.order_ps < b.order_ps; });
    return records;
  }

 private:
  void add_channel(std::vector<Planned>& records, std::uint16_t channel, std::uint64_t gate, std::uint64_t at) {
    Draw signal(hash_key(options_.seed, owner("signal", channel), gate));
    std::vector<Planned> own;
    if (signal.uniform() < options_.signal_probability) {
      // Up to 2 ns before the gate or after it; the file has it in front of the gate in any case.
      own.push_back({at, at - 2000 + signal() % 4000, channel, signal(), false});
    }
    Draw background(hash_key(options_.seed, owner("background", channel), gate));
    const double mean = options_.background_hz * options_.period_ms * 1e-3;
    for (std::uint64_t left = background.poisson(mean); left > 0; --left) {
      const std::uint64_t time = gate * period_ps_ + background() % period_ps_;
      own.push_back({time, time, channel, background(), false});
    }
    std::stable_sort(own.begin(), own.end(), [](const Planned& a, const Planned& b) { return a.time_ps < b.time_ps; });
    // A digitiser channel records nothing new while it records.
    for (const Planned& record : own) {
      auto& free_from = free_from_[channel];
      if (record.time_ps < free_from) continue;
      free_from = record.time_ps + kRecordPs;
      records.push_back(record);
    }
  }

  const ListFileOptions& options_;
  std::uint64_t period_ps_;
  std::map<std::uint16_t, std::uint64_t> free_from_;
};

void encode(const Planned& planned, Bytes& out) {
  CompassRecord record;
  record.channel = planned.channel;
  record.time_ps = planned.time_ps;
  record.energy = planned.gate ? 4095 : static_cast<std::uint16_t>(770 + planned.key % 64);
  record.short_energy = planned.gate ? 4095 : static_cast<std::uint16_t>(110 + planned.key % 64);
  record.flags = kWaveformFlags;
  const Samples samples = planned.gate ? gate_samples(planned.key) : pulse_samples(planned.key);
  detectors::caen::encode_compass(kFileWord, record, samples, out);
}

}  // namespace

void write_compass_file(const std::filesystem::path& file, const ListFileOptions& options) {
  check(options);
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(reinterpret_cast<const char*>(&kFileWord.value), sizeof kFileWord.value);
  Bytes bytes;
  Planner planner(options);
  for (std::uint64_t gate = 0; gate < options.gates && stream; ++gate) {
    for (const Planned& planned : planner.plan(gate)) encode(planned, bytes);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    bytes.clear();
  }
  stream.close();
  if (!stream)
    throw Error(fmt::format("{}: cannot be written; is there room, and is the folder yours?", file.string()));
}

}  // namespace spillway::sim_front_end
