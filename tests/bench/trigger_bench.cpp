#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "daq/model/fragment.hpp"
#include "daq/transport/link.hpp"
#include "tests/bench/bench_case.hpp"
#include "tests/bench/primitive.pb.h"
#include "tests/bench/read_once.hpp"
#include "tests/support/plain_trigger.hpp"
#include "trigger/messages.hpp"

namespace spillway::bench {

namespace {

using namespace trigger;

constexpr std::string_view kUnit = "Mprim/s";
constexpr std::size_t kStreams = 40;
constexpr std::size_t kChannelsOfStream = 64;
constexpr std::size_t kChannels = kStreams * kChannelsOfStream;
constexpr Duration kWindow = microseconds(100);

/// Primitives of 40 links of 64 wires at random times and channels, and as many again in tracks across them.
struct DataSpec {
  std::string_view name;
  std::uint64_t seed;
  double in_window;        ///< mean number of primitives
  std::uint64_t integral;  ///< that a window has now and then
};
constexpr std::array kData = {DataSpec{"quiet", 20260201, 10, 30'000}, DataSpec{"dense", 20260202, 300, 360'000}};

std::vector<StreamPrimitive> primitives_of(const DataSpec& spec, std::size_t count) {
  std::mt19937_64 generator(spec.seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  const double singles_ns = 2 * static_cast<double>(kWindow.ns) / spec.in_window;
  constexpr double kTrackChannels = 36;  ///< mean
  std::vector<StreamPrimitive> all;
  const auto add = [&](double time_ns, std::size_t channel) {
    StreamPrimitive& made = all.emplace_back();
    made.stream = static_cast<std::uint32_t>(channel / kChannelsOfStream);
    made.primitive.time_start_ns = 1'767'225'600'000'000'000 + static_cast<std::int64_t>(time_ns) / 16 * 16;
    made.primitive.duration_ns = static_cast<std::uint32_t>(512 * (1 + 20 * uniform(generator)));
    made.primitive.peak_offset_ns = made.primitive.duration_ns / 2;
    made.primitive.channel = static_cast<std::uint32_t>(channel % kChannelsOfStream);
    made.primitive.integral = static_cast<std::uint32_t>(100 + 2000 * uniform(generator));
    made.primitive.peak = static_cast<std::uint16_t>(20 + 200 * uniform(generator));
    made.primitive.samples = static_cast<std::uint16_t>(made.primitive.duration_ns / 512);
  };
  for (double now = 0; all.size() < count;) {
    now -= singles_ns * std::log(1 - uniform(generator));
    add(now, static_cast<std::size_t>(kChannels * uniform(generator)));
    if (uniform(generator) * kTrackChannels >= 1) continue;
    const auto first = static_cast<std::size_t>(kChannels * uniform(generator));
    const auto length = static_cast<std::size_t>(8 + 56 * uniform(generator));
    const double slope_ns = 1500 * uniform(generator);
    for (std::size_t j = 0; j < length && first + j < kChannels; ++j) {
      add(now + slope_ns * static_cast<double>(j), first + j);
    }
  }
  std::ranges::stable_sort(all, {},
                           [](const StreamPrimitive& p) { return std::pair(p.primitive.time_start_ns, p.stream); });
  all.resize(count);
  return all;
}

double millions(std::size_t count) {
  return static_cast<double>(count) / 1e6;
}

/// Keeps the compiler from leaving out work whose result nobody looks at.
void keep(std::uint64_t value) {
  [[maybe_unused]] volatile const std::uint64_t kept = value;
}

// ---- primitives.codec
// --------------------------------------------------------------------------------------------------

constexpr std::size_t kMessage = 1024;  ///< primitives

v1::Primitive to_proto(const model::Primitive& from) {
  v1::Primitive to;
  to.set_time_start_ns(from.time_start_ns);
  to.set_duration_ns(from.duration_ns);
  to.set_peak_offset_ns(from.peak_offset_ns);
  to.set_channel(from.channel);
  to.set_integral(from.integral);
  to.set_peak(from.peak);
  to.set_samples(from.samples);
  to.set_flags(from.flags);
  return to;
}

model::Primitive from_proto(const v1::Primitive& from) {
  return {from.time_start_ns(),
          from.duration_ns(),
          from.peak_offset_ns(),
          from.channel(),
          from.integral(),
          static_cast<std::uint16_t>(from.peak()),
          static_cast<std::uint16_t>(from.samples()),
          from.flags()};
}

using Primitives = std::vector<model::Primitive>;

/// As between readout and trigger, checksum included: described, copied into the message, checked, copied out of it.
Primitives there_and_back(std::span<const model::Primitive> primitives) {
  spillway::v1::Bulk bulk;
  const ByteView bytes = std::as_bytes(primitives);
  bulk.set_encoding(model::Encoding::of(model::EncodingFamily::kPrimitives).value);
  transport::describe_records(bulk, sizeof(model::Primitive), bytes);
  const zmq::message_t payload(bytes.data(), bytes.size());
  Counters refused;
  return read_primitives(bulk, ByteView(payload.data<std::byte>(), payload.size()), refused).primitives;
}

Primitives there_and_back_by_protobuf(std::span<const model::Primitive> primitives) {
  std::vector<std::string> messages;
  messages.reserve(primitives.size());
  for (const model::Primitive& primitive : primitives) messages.push_back(to_proto(primitive).SerializeAsString());
  Primitives back;
  back.reserve(primitives.size());
  v1::Primitive parsed;
  for (const std::string& message : messages) {
    if (parsed.ParseFromString(message)) back.push_back(from_proto(parsed));
  }
  return back;
}

Trial codec_trial() {
  const auto data = std::make_shared<Primitives>();
  for (const StreamPrimitive& p : primitives_of(kData[1], kMessage)) data->push_back(p.primitive);
  constexpr std::size_t kMessages = 64;
  const auto repeated = [data](std::size_t messages, auto work) -> Work {
    return {millions(messages * kMessage), [data, messages, work] {
              for (std::size_t i = 0; i < messages; ++i) keep(work(*data));
            }};
  };
  const auto copied = std::make_shared<Primitives>(kMessage);
  return {repeated(kMessages, [](const Primitives& p) { return there_and_back(p).size(); }),
          repeated(kMessages / 8, [](const Primitives& p) { return there_and_back_by_protobuf(p).size(); }),
          repeated(kMessages,
                   [copied](const Primitives& p) {
                     std::memcpy(copied->data(), p.data(), p.size() * sizeof(model::Primitive));
                     return copied->back().integral;
                   }),
          [data] { return there_and_back(*data) == *data && there_and_back_by_protobuf(*data) == *data; }};
}

// ---- primitives.merge
// --------------------------------------------------------------------------------------------------

constexpr std::size_t kPiece = 1024;           ///< primitives that are taken at once
constexpr std::size_t kPlainMergePieces = 32;  ///< of a round
constexpr std::size_t kCopied = 256;           ///< primitives at once: streams of the small set have no whole piece

struct StreamData {
  std::array<Primitives, kStreams> streams;
  [[nodiscard]] plain::Streams spans() const { return {streams.begin(), streams.end()}; }
};

/// Goes on through the streams, again and again.
template <typename Merge>
Work merging(const std::shared_ptr<const StreamData>& data, std::size_t pieces) {
  struct State {
    Merge merge;
    std::vector<StreamPrimitive> out;
  };
  const auto state = std::make_shared<State>(State{Merge(data->spans()), std::vector<StreamPrimitive>(kPiece)});
  return {millions(pieces * kPiece), [data, state, pieces] {
            for (std::size_t i = 0; i < pieces;) {
              if (state->merge.take(state->out) == kPiece) {
                ++i;
              } else {
                state->merge = Merge(data->spans());
              }
            }
          }};
}

Work copying(const std::shared_ptr<const StreamData>& data, std::size_t pieces) {
  const auto out = std::make_shared<Primitives>(kCopied);
  return {millions(pieces * kCopied), [data, out, pieces, stream = std::size_t{0}, at = std::size_t{0}]() mutable {
            for (std::size_t i = 0; i < pieces;) {
              const Primitives& from = data->streams[stream];
              if (at + kCopied > from.size()) {
                at = 0;
                stream = (stream + 1) % kStreams;
                continue;
              }
              std::memcpy(out->data(), from.data() + at, kCopied * sizeof(model::Primitive));
              at += kCopied;
              keep(out->back().integral);
              ++i;
            }
          }};
}

bool merges_alike(const StreamData& data, std::size_t count) {
  std::vector<StreamPrimitive> ours(count);
  std::vector<StreamPrimitive> theirs(count);
  return PrimitiveMerge(data.spans()).take(ours) == count && plain::Merge(data.spans()).take(theirs) == count &&
         ours == theirs;
}

Trial merge_trial(std::size_t count) {
  const auto data = std::make_shared<StreamData>();
  for (const StreamPrimitive& p : primitives_of(kData[1], count)) data->streams[p.stream].push_back(p.primitive);
  constexpr std::size_t kPieces = 128;
  return {merging<PrimitiveMerge>(data, kPieces), merging<plain::Merge>(data, kPlainMergePieces),
          copying(data, 4 * kPieces),
          [data, count] { return merges_alike(*data, std::min<std::size_t>(count, 1 << 20)); }};
}

// ---- activity.*
// --------------------------------------------------------------------------------------------------------

constexpr std::size_t kActivityPrimitives = 200'000;  ///< 8 MB
constexpr std::size_t kEqualPrimitives = 20'000;
constexpr std::size_t kPlainPrimitives = 1000;  ///< of a round

using Sequence = std::vector<StreamPrimitive>;

ActivityPrimitive in_detector(const StreamPrimitive& from) {
  return {{from.primitive.time_start_ns},
          static_cast<std::uint32_t>(kChannelsOfStream * from.stream + from.primitive.channel),
          from.primitive.integral};
}

std::vector<Activity> found_in(std::span<const StreamPrimitive> sequence, const ActivitySettings& settings) {
  ActivityFinder finder(settings, kChannels);
  std::vector<Activity> found;
  for (const StreamPrimitive& primitive : sequence) finder.add(in_detector(primitive), found);
  finder.finish(found);
  return found;
}

std::vector<Activity> plainly_found_in(std::span<const StreamPrimitive> sequence, const ActivitySettings& settings) {
  std::vector<ActivityPrimitive> primitives;
  for (const StreamPrimitive& primitive : sequence) primitives.push_back(in_detector(primitive));
  return plain::activities(primitives, settings, kChannels);
}

Trial activity_trial(const DataSpec& spec, const ActivitySettings& settings) {
  const auto all = std::make_shared<const Sequence>(primitives_of(spec, kActivityPrimitives));
  const std::span<const StreamPrimitive> whole(*all);
  return {{millions(whole.size()), [all, settings] { keep(found_in(*all, settings).size()); }},
          {millions(kPlainPrimitives),
           [all, whole, settings] { keep(plainly_found_in(whole.first(kPlainPrimitives), settings).size()); }},
          {millions(whole.size()), [all, whole] { keep(read_once(std::as_bytes(whole))); }},
          [all, whole, settings] {
            const auto some = whole.first(kEqualPrimitives);
            const auto found = found_in(some, settings);
            return !found.empty() && found == plainly_found_in(some, settings);
          }};
}

}  // namespace

std::vector<BenchCase> trigger_cases() {
  std::vector<BenchCase> cases;
  const std::string unit(kUnit);
  cases.push_back({"primitives.codec", "dense", "L2", unit, codec_trial});
  cases.push_back({"primitives.merge.l2", "dense", "L2", unit, [] { return merge_trial(30'000); }});
  cases.push_back({"primitives.merge", "dense", "DRAM", unit, [] { return merge_trial(8'400'000); }});
  for (const DataSpec& spec : kData) {
    const ActivitySettings sum{.window = kWindow, .integral = spec.integral};
    const ActivitySettings run{.window = kWindow, .channels = 20, .channel_gap = 2};
    const std::string set(spec.name);
    cases.push_back({"activity.window", set, "L3", unit, [&spec, sum] { return activity_trial(spec, sum); }});
    cases.push_back({"activity.adjacency", set, "L3", unit, [&spec, run] { return activity_trial(spec, run); }});
  }
  return cases;
}

}  // namespace spillway::bench
