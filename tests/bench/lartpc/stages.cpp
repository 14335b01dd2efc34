/// The stages of the LArTPC's chain, one after another on one core over the same frames: what the services call, called
/// directly. Prints JSON: for each stage seconds of this thread's processor time, and how many frames and bytes.
///     spillway-lartpc-stages CONFIG FOLDER [GATES]
/// The folder takes an event file; its disk is part of the stage "write" in wall time.

#include <time.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/model/run_digest.hpp"
#include "daq/storage/event_file.hpp"
#include "detectors/frame_codec.hpp"
#include "detectors/registry.hpp"
#include "readout/finder.hpp"
#include "sim_front_end/digitiser.hpp"

using namespace spillway;

namespace {

struct Spent {
  double cpu_s = 0;
  double wall_s = 0;
};

double cpu_now() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <typename Work>
void timed(Spent& spent, Work&& work) {
  const auto wall = std::chrono::steady_clock::now();
  const double cpu = cpu_now();
  work();
  spent.cpu_s += cpu_now() - cpu;
  spent.wall_s += std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
}

class Stages {
 public:
  Stages(const Config& config, const std::filesystem::path& folder)
      : setup_(detectors::load_setup(config)),
        info_(storage::describe(setup_)),
        file_(folder / "stages.h5", info_, setup_.storage) {
    for (index_ = 0; setup_.detectors.at(index_).kind != "lartpc"; ++index_) {
    }
    digitiser_ = sim_front_end::make_digitiser({config, setup_, index_, 7});
    for (const std::string& stream : detector().streams) {
      electronics_.push_back(readout::make_electronics(config, setup_, detector(), stream));
      payloads_.emplace_back();
    }
    while (info_.streams.at(first_stream_) != detector().streams.front()) ++first_stream_;
  }

  void run_gate(std::uint64_t number) {
    model::Decision decision;
    decision.id = number;
    decision.detector = index_;
    const Timestamp begin = setup_.epoch + seconds(static_cast<std::int64_t>(number) + 1);
    decision.gate.time = {begin, begin + microseconds(86)};
    decision.gate.pulse_id = number + 1;
    decision.window = {begin - detector().pre, decision.gate.time.end + detector().post};
    simulate(decision);
    decode();
    find();
    build(decision);
    write(decision);
  }

  [[nodiscard]] nlohmann::ordered_json result() const {
    nlohmann::ordered_json stages;
    for (const char* name : {"simulation", "decode", "find", "build", "write"}) {
      const Spent& spent = spent_.at(name);
      stages[name] = {{"cpu_s", spent.cpu_s}, {"wall_s", spent.wall_s}};
    }
    return {{"frames", count_}, {"bytes", bytes_}, {"primitives", primitives_}, {"stages", stages}};
  }

 private:
  [[nodiscard]] const model::Detector& detector() const { return setup_.detectors[index_]; }

  void simulate(const model::Decision& decision) {
    model::Pulse pulse;
    pulse.id = decision.gate.pulse_id;
    pulse.time = decision.gate.time;
    pulse.protons = 3.036e14;
    frames_.clear();
    std::vector<model::TruthEvent> truth;
    timed(spent_["simulation"], [&] {
      // As the source does: no stretch is longer than the digitiser wishes.
      const Timestamp end = decision.window.end;
      Timestamp from = decision.window.begin - milliseconds(1);
      while (from < end) {
        const Timestamp to = std::min(end, from + digitiser_->longest_span());
        digitiser_->simulate({{from, to}, {&pulse, 1}, {&decision.window, 1}}, frames_, truth);
        from = to;
      }
    });
    count_ += frames_.size();
    for (const auto& frame : frames_) bytes_ += frame.bytes.size();
  }

  void decode() {
    times_.clear();
    timed(spent_["decode"], [&] {
      for (const auto& frame : frames_) {
        const readout::StreamDescription& of = electronics_[frame.stream].description;
        const auto time = detectors::frame_time(digitiser_->encoding(), frame.bytes, of.clock, of.sample_ns);
        if (!time) throw Error("a simulated frame cannot be decoded");
        times_.push_back(time->time);
      }
    });
  }

  void find() {
    std::vector<model::Primitive> found;
    timed(spent_["find"], [&] {
      for (std::size_t i = 0; i < frames_.size(); ++i) {
        electronics_[frames_[i].stream].finder->find(digitiser_->encoding(), {times_[i], frames_[i].bytes}, found);
      }
    });
    primitives_ += found.size();
  }

  /// Fragments, their checksums at the readout and again at the builder, and the run's digest.
  void build(const model::Decision& decision) {
    timed(spent_["build"], [&] {
      for (Bytes& payload : payloads_) payload.clear();
      for (const auto& frame : frames_) append(payloads_[frame.stream], ByteView(frame.bytes));
      for (std::size_t stream = 0; stream < payloads_.size(); ++stream) {
        if (crc32c(payloads_[stream]) != crc32c(payloads_[stream])) throw Error("checksums differ");
        digest_.add_fragment(detector().streams[stream], decision.id, decision.window, model::FragmentStatus::kOk,
                             payloads_[stream]);
      }
    });
  }

  void write(const model::Decision& decision) {
    timed(spent_["write"], [&] {
      file_.append(decision, static_cast<std::uint32_t>(payloads_.size()));
      for (std::uint32_t stream = 0; stream < payloads_.size(); ++stream) {
        const std::uint32_t size = static_cast<std::uint32_t>(frames_.front().bytes.size());
        const auto frames = static_cast<std::uint32_t>(payloads_[stream].size() / size);
        file_.append({decision,
                      first_stream_ + stream,
                      model::FragmentStatus::kOk,
                      digitiser_->encoding().value,
                      frames,
                      {&size, 1},
                      payloads_[stream]});
      }
      file_.commit();
    });
  }

  model::Setup setup_;
  storage::RunInfo info_;
  storage::EventFileWriter file_;
  std::uint32_t index_ = 0;
  std::uint32_t first_stream_ = 0;
  std::unique_ptr<sim_front_end::Digitiser> digitiser_;
  std::vector<readout::StreamElectronics> electronics_;
  std::vector<sim_front_end::SourceFrame> frames_;
  std::vector<Interval> times_;
  std::vector<Bytes> payloads_;
  model::RunDigest digest_;
  std::map<std::string, Spent> spent_;
  std::uint64_t count_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t primitives_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: spillway-lartpc-stages CONFIG FOLDER [GATES]\n");
    return 2;
  }
  try {
    Stages stages(Config::load(argv[1]), argv[2]);
    const std::uint64_t gates = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 4;
    for (std::uint64_t gate = 0; gate < gates; ++gate) stages.run_gate(gate);
    fmt::print("{}\n", stages.result().dump(2));
  } catch (const std::exception& error) {
    fmt::print(stderr, "spillway-lartpc-stages: {}\n", error.what());
    return 1;
  }
}
