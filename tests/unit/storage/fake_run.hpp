#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "daq/base/error.hpp"
#include "daq/base/random.hpp"
#include "daq/storage/event_file.hpp"
#include "daq/storage/records.hpp"
#include "daq/storage/run_derivation.hpp"

namespace spillway::storage::test {

/// A folder that goes with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "spillway_storage_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline model::Setup fake_setup() {
  model::Setup setup;
  setup.name = "fake";
  setup.epoch = parse_tai("2026-01-01T00:00:00");
  setup.facilities.push_back({"bench", {}, {}, {}, 0, {}, {}, {}});
  model::Detector csi;
  csi.name = "csi";
  csi.streams = {"csi/0", "csi/1"};
  csi.pre = microseconds(2);
  csi.post = microseconds(3);
  model::Detector tpc;
  tpc.name = "tpc";
  tpc.streams = {"tpc/link0"};
  tpc.pre = microseconds(5);
  tpc.post = microseconds(5);
  tpc.whole_gate = true;
  setup.detectors = {csi, tpc};
  setup.storage.chunk_bytes = 16384;
  setup.storage.reserve_bytes = 1U << 20U;
  setup.storage.roll_over_bytes = 1U << 30U;
  return setup;
}

/// A run whose every byte follows from the index of its gates.
class FakeRun {
 public:
  explicit FakeRun(std::uint64_t run = 42, std::uint32_t part = 0) : setup(fake_setup()), info(describe(setup)) {
    info.run = run;
    info.part = part;
    info.config_text = "[setup]\nname = \"fake\"\n";
    info.config_name = "fake.toml";
    info.overrides = {"setup.reorder_ns=5"};
    info.version = "spillway test";
    info.seed = 7;
  }

  [[nodiscard]] model::Decision decision(std::uint32_t detector, std::uint64_t id) const {
    model::Decision d;
    d.id = id;
    d.detector = detector;
    d.gate.kind = id % 2 == 0 ? model::GateKind::kOn : model::GateKind::kOff;
    d.gate.index = id / 2;
    d.gate.time = {setup.epoch + milliseconds(1 + static_cast<std::int64_t>(id)),
                   setup.epoch + milliseconds(1 + static_cast<std::int64_t>(id)) + microseconds(4)};
    d.gate.pulse_id = id / 2 + 1;
    d.gate.protons = id % 2 == 0 ? 1e13 + static_cast<double>(id) : 0;
    d.window = {d.gate.time.begin - setup.detectors[detector].pre, d.gate.time.end + setup.detectors[detector].post};
    d.bits = model::kZeroBias | model::kReadOut;
    d.primitives = static_cast<std::uint32_t>(id % 5);
    return d;
  }

  struct Fragment {
    FragmentRecord record;
    std::vector<std::uint32_t> sizes;
    Bytes bytes;
  };
  void append_fragment(EventFileWriter& writer, std::uint32_t stream, const model::Decision& d) {
    const Fragment f = fragment(stream, d);
    writer.append(f.record);
    FragmentRow row{};
    row.decision = d.id;
    row.stream = stream;
    row.window_begin_ns = d.window.begin.ns;
    row.window_end_ns = d.window.end.ns;
    derivation().add_fragment(row, f.bytes);
  }
  /// Frames of unequal sizes for odd decisions, of equal ones for even ones, none for every seventh.
  [[nodiscard]] Fragment fragment(std::uint32_t stream, const model::Decision& d) const {
    Fragment f;
    Draw draw(hash_key(info.seed, info.streams[stream], d.id));
    const std::uint64_t frames = d.id % 7 == 6 ? 0 : 1 + draw() % 5;
    for (std::uint64_t i = 0; i < frames; ++i) {
      f.sizes.push_back(
          static_cast<std::uint32_t>(d.id % 2 == 0 ? frame_bytes : frame_bytes / 2 + draw() % frame_bytes));
    }
    for (const std::uint32_t size : f.sizes) {
      for (std::uint32_t i = 0; i < size; ++i) f.bytes.push_back(static_cast<std::byte>(draw() & 0xFFU));
    }
    f.record.decision = d;
    f.record.stream = stream;
    f.record.encoding = model::Encoding::of(model::EncodingFamily::kCompass, 0xCAE0).value;
    f.record.frames = static_cast<std::uint32_t>(frames);
    f.record.frame_bytes = f.sizes;
    f.record.payload = f.bytes;
    return f;
  }

  /// Appends decision `id` of both detectors with all that belongs to it. Stream tpc/link0 misses every tenth.
  void append(EventFileWriter& writer, std::uint64_t id) {
    if (id % 2 == 0) {
      model::Pulse pulse;
      pulse.id = id / 2 + 1;
      pulse.time = {decision(0, id).gate.time.begin, decision(0, id).gate.time.end};
      pulse.protons = decision(0, id).gate.protons;
      writer.append(pulse, 0);
      derivation().add_pulse(pulse_row(pulse, 0));
    }
    for (std::uint32_t detector = 0; detector < info.detectors.size(); ++detector) {
      const model::Decision d = decision(detector, id);
      std::uint32_t asked = 0;
      derivation().add(d);
      for (std::uint32_t stream = 0; stream < info.streams.size(); ++stream) {
        if (detector_of(info, stream) != detector) continue;
        ++asked;
        if (detector == 1 && id % 10 == 9) {
          writer.append_missing(d, stream, "restart");
          MissingRow row{d.id, detector, stream, "restart"};
          derivation().add_missing(row, d.window);
          continue;
        }
        append_fragment(writer, stream, d);
      }
      writer.append(d, asked);
    }
    if (id % 4 == 3) {
      const DeadRow dead{0, static_cast<std::uint32_t>(model::DeadReason::kVeto), decision(0, id).gate.time.begin.ns,
                         decision(0, id).gate.time.begin.ns + 1000};
      writer.append_dead(0, model::DeadReason::kVeto, {{dead.begin_ns}, {dead.end_ns}});
      derivation().add_dead(dead);
    }
    ++appended;
  }

  /// Books that fit what was appended.
  [[nodiscard]] RunBooks books() {
    RunBooks books;
    books.time = {setup.epoch, setup.epoch + seconds(60)};
    books.gates = derivation().gates();
    books.streams = derivation().streams();
    for (model::StreamLedger& stream : books.streams) {
      stream.sent = 100;
      stream.accepted = 90;
      stream.lost["sequence_gap"] = 10;
    }
    books.livetime = derivation().livetime(books.time);
    books.decisions_acknowledged = derivation().decisions();
    books.digest = derivation().digest();
    return books;
  }

  RunDerivation& derivation() {
    if (!derivation_.started()) derivation_.start(info);
    return derivation_;
  }

  /// Writes and closes a file with so many gates.
  std::filesystem::path write(const std::filesystem::path& folder, std::uint64_t gates) {
    EventFileWriter writer(folder / event_file_name(info.run, info.part), info, setup.storage);
    writer.append_clock({0, 0, 100, setup.epoch.ns, 2, 1});
    for (std::uint64_t id = 0; id < gates; ++id) append(writer, id);
    writer.close(books());
    return writer.path();
  }

  model::Setup setup;
  RunInfo info;
  std::uint64_t frame_bytes = 100;
  std::uint64_t appended = 0;

 private:
  RunDerivation derivation_;
};

/// Every fragment of decisions [0, count) of a file equals, byte for byte, what FakeRun makes of its id.
inline void expect_decisions(const FakeRun& run, const EventFileReader& file, std::uint64_t count) {
  std::map<std::pair<std::uint32_t, std::uint64_t>, FragmentRow> rows;
  for (const FragmentRow& row : file.fragments()) rows[{row.stream, row.decision}] = row;
  std::map<std::pair<std::uint32_t, std::uint64_t>, model::Decision> decisions;
  const auto gates = file.gates();
  const auto decided = file.decisions();
  ASSERT_EQ(gates.size(), decided.size());
  for (std::size_t i = 0; i < gates.size(); ++i) {
    decisions[{decided[i].detector, decided[i].id}] = decision_of(gates[i], decided[i]);
  }
  for (std::uint64_t id = 0; id < count; ++id) {
    for (std::uint32_t stream = 0; stream < run.info.streams.size(); ++stream) {
      const std::uint32_t detector = detector_of(run.info, stream);
      if (detector == 1 && id % 10 == 9) continue;
      ASSERT_TRUE(rows.contains({stream, id})) << "decision " << id << " stream " << stream;
      const FragmentRow& row = rows[{stream, id}];
      const FakeRun::Fragment expected = run.fragment(stream, run.decision(detector, id));
      ASSERT_EQ(file.payload(row), expected.bytes) << "decision " << id << " stream " << stream;
      ASSERT_EQ(file.frame_sizes(row), expected.sizes);
      ASSERT_EQ(row.crc32c, crc32c(expected.bytes));
      ASSERT_EQ(decisions.at({detector, id}), run.decision(detector, id));
    }
  }
}

inline Bytes read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  const ByteView view = as_byte_view(text);
  return {view.begin(), view.end()};
}

inline void write_file(const std::filesystem::path& path, ByteView bytes) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace spillway::storage::test
