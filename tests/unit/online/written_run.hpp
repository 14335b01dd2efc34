#pragma once

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "daq/storage/event_file.hpp"
#include "detectors/caen/compass.hpp"
#include "detectors/registry.hpp"

namespace spillway::online::test {

namespace caen = detectors::caen;
namespace fs = std::filesystem;

inline constexpr const char* kConfig = R"(
[setup]
name = "test"
epoch = "2026-01-01T00:00:00"
[facility.bench]
on_before_ns = 1_000
on_after_ns = 3_000
off_offsets_ns = [50_000_000]
[detector.csi]
facility = "bench"
kind = "caen_digitizer"
channels = [0]
stream_bytes_per_second = 1_000_000
[readout.csi]
threshold_adc = 50
[front_end.recorder]
source = "compass"
facility = "bench"
gate_channel = 1
)";
inline constexpr std::uint16_t kWord = 0xCAE8;  // waveform only
inline constexpr std::int64_t kPeriod = 100'000'000;

/// Writes a run as the event builder would: on-gates with one pulse each, off-gates with none.
class WrittenRun : public ::testing::Test {
 protected:
  WrittenRun()
      : folder_(fs::temp_directory_path() / ("spillway_online_" + std::to_string(::getpid()))),
        config_(Config::parse(kConfig, "test.toml")),
        setup_(detectors::load_setup(config_)) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    // Before anything in this process has a thread: a child forked beside one may find the allocator locked.
    start_writer();
  }
  ~WrittenRun() override {
    ::close(to_writer_);
    ::close(from_writer_);
    ::waitpid(pid_, nullptr, 0);
    fs::remove_all(folder_);
  }

  // HDF5 shares what it knows of a file within a process, so the writer is one of its own, as it is in a run.
  void open_part(std::uint32_t part) { tell('o', part); }
  void write_gate(std::uint64_t id) { tell('g', id); }
  void write_dead(model::DeadReason reason, std::int64_t begin, std::int64_t end) {
    tell('d', static_cast<std::uint64_t>(reason), begin, end);
  }
  void commit() { tell('c'); }
  void close_part(bool last) { tell('x', last ? 1 : 0); }

  struct Order {
    char what;
    std::uint64_t number;
    std::int64_t begin, end;
  };
  void tell(char what, std::uint64_t number = 0, std::int64_t begin = 0, std::int64_t end = 0) {
    const Order order{what, number, begin, end};
    char done = 0;
    ASSERT_EQ(::write(to_writer_, &order, sizeof(order)), ssize_t{sizeof(order)});
    ASSERT_EQ(::read(from_writer_, &done, 1), 1) << "the writer died";
  }
  void start_writer() {
    int orders[2];
    int answers[2];
    ASSERT_EQ(::pipe(orders), 0);
    ASSERT_EQ(::pipe(answers), 0);
    pid_ = ::fork();
    ASSERT_GE(pid_, 0);
    if (pid_ == 0) {
      ::close(orders[1]);
      ::close(answers[0]);
      try {
        for (Order order{}; ::read(orders[0], &order, sizeof(order)) == ssize_t{sizeof(order)};) {
          if (order.what == 'o') do_open(static_cast<std::uint32_t>(order.number));
          if (order.what == 'g') do_write(order.number);
          if (order.what == 'd') {
            writer_->append_dead(0, static_cast<model::DeadReason>(order.number), {{order.begin}, {order.end}});
          }
          if (order.what == 'c') writer_->commit();
          if (order.what == 'x') do_close(order.number != 0);
          if (::write(answers[1], "", 1) != 1) break;
        }
      } catch (const Error& error) {
        std::fprintf(stderr, "writer: %s\n", error.what());
      }
      ::_exit(0);
    }
    ::close(orders[0]);
    ::close(answers[1]);
    to_writer_ = orders[1];
    from_writer_ = answers[0];
  }

  void do_open(std::uint32_t part) {
    storage::RunInfo info;
    info.run = 7;
    info.part = part;
    info.config_text = kConfig;
    info.facilities = {"bench"};
    info.detectors = {"csi"};
    info.streams = {"csi/0"};
    writer_ =
        std::make_unique<storage::EventFileWriter>(folder_ / storage::event_file_name(7, part), info, setup_.storage);
  }

  void do_write(std::uint64_t id) {
    const model::GateKind kind = id % 2 == 0 ? model::GateKind::kOn : model::GateKind::kOff;
    const std::int64_t begin =
        setup_.epoch.ns + static_cast<std::int64_t>(id / 2) * kPeriod + (id % 2 == 0 ? 0 : kPeriod / 2);
    model::Decision decision;
    decision.id = id;
    decision.gate = {kind, {{begin}, {begin + 4000}}, id / 2, id / 2 + 1, kind == model::GateKind::kOn ? 1e12 : 0};
    decision.window = decision.gate.time;
    decision.bits = model::kZeroBias | model::kReadOut;
    writer_->append(decision, 1);

    caen::CompassRecord record;
    record.time_ps = static_cast<std::uint64_t>(begin - setup_.epoch.ns + 1000) * 1000;
    record.waveform_code = 1;
    std::vector<std::uint16_t> samples(100, 2000);
    for (std::size_t i = 40; i < 60 && kind == model::GateKind::kOn; ++i) samples[i] = 2500;
    Bytes payload;
    caen::encode_compass({kWord}, record, samples, payload);
    const auto size = static_cast<std::uint32_t>(payload.size());
    storage::FragmentRecord fragment;
    fragment.decision = decision;
    fragment.encoding = model::Encoding::of(model::EncodingFamily::kCompass, kWord).value;
    fragment.frames = 1;
    fragment.frame_bytes = std::span(&size, 1);
    fragment.payload = payload;
    writer_->append(fragment);
  }

  void do_close(bool last) {
    std::optional<storage::RunBooks> books;
    if (last) {
      books.emplace();
      books->time = {setup_.epoch, setup_.epoch + seconds(1)};
    }
    writer_->close(books);
    writer_.reset();
  }

  fs::path folder_;
  Config config_;
  model::Setup setup_;
  std::unique_ptr<storage::EventFileWriter> writer_;  ///< in the writer's process
  pid_t pid_ = -1;
  int to_writer_ = -1, from_writer_ = -1;
};

}  // namespace spillway::online::test
