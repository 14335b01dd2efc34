#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daq/event_builder/run_builder.hpp"
#include "daq/proto/convert.hpp"
#include "daq/storage/verify.hpp"
#include "detectors/lartpc/synthetic_set.hpp"
#include "detectors/payload_codecs.hpp"
#include "tests/unit/event_builder/builder_bench.hpp"

namespace spillway::event_builder {
namespace {

namespace fs = std::filesystem;
using model::Compression;
using test::decision;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint64_t kBoot = 7;
constexpr std::size_t kFrames = 40;

Bytes wib_eth_frames() {
  using namespace detectors::lartpc;
  SyntheticSet set(*find_synthetic_set("T1"), kFrames);
  Bytes raw(kFrames * kFrameBytes);
  for (std::size_t f = 0; f < kFrames; ++f) set.next(std::span(raw).subspan(kFrameBytes * f).first<kFrameBytes>());
  return raw;
}

/// Runs of three decisions: stream a/0 has WIBEth frames, a/1 the same under an encoding that nothing compresses.
class CompressedRunTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("spillway_compressed_" + std::to_string(getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Arrival fragment(const std::string& stream, std::uint64_t id, std::vector<std::uint32_t> sizes) {
    Arrival arrival;
    arrival.boot = kBoot;
    v1::Fragment& out = arrival.fragment;
    out.set_decision(id);
    out.set_stream(stream);
    out.set_begin_ns(decision(0, id).window.begin.ns);
    out.set_end_ns(decision(0, id).window.end.ns);
    const auto family = stream == "a/0" ? model::EncodingFamily::kWibEth : model::EncodingFamily::kCompass;
    out.set_encoding(model::Encoding::of(family).value);
    out.set_frames(kFrames);
    for (const std::uint32_t size : sizes) out.add_frame_bytes(size);
    out.set_crc32c(crc32c(raw_));
    arrival.payload = [this]() -> ByteView { return raw_; };
    arrival.release = [] {};
    return arrival;
  }

  /// The run's only file; `sizes` of the frames as the readout tells them.
  fs::path run(Compression compression, std::string* digest = nullptr,
               std::vector<std::uint32_t> sizes = {detectors::lartpc::kFrameBytes}) {
    model::Setup setup = test::setup();
    setup.storage.compression = compression;
    const fs::path directory = folder_ / std::to_string(runs_++);
    fs::create_directories(directory);
    storage::RunInfo info = storage::describe(setup);
    info.run = 1;
    RunBuilder builder(setup, directory, info);
    builder.start();
    for (std::uint64_t id = 0; id < 3; ++id) {
      v1::Decisions message;
      v1::Decision& made = *message.add_decisions();
      made = proto::to_proto(decision(0, id));
      for (int i = 0; i < 2; ++i) made.add_boots(kBoot);
      builder.add(message);
      for (const char* stream : {"a/0", "a/1"}) builder.add(fragment(stream, id, sizes));
    }
    v1::TriggerEnd end;
    end.set_end_ns(100'000);
    end.add_decisions(3);
    end.add_decisions(0);
    builder.add(end);
    EXPECT_TRUE(builder.write(SIZE_MAX));
    EXPECT_TRUE(builder.complete());
    test::commit(builder);
    const v1::RunReport report = builder.close(model::Condition::kIncomplete);
    EXPECT_THAT(report.missing(), IsEmpty());
    if (digest != nullptr) *digest = report.digest();
    return report.files(0);
  }

  void expect_whole(const fs::path& path, Compression compression) {
    const storage::EventFileReader file(path, detectors::payload_codecs());
    EXPECT_EQ(file.fragments().size(), 6U);
    for (const storage::FragmentRow& row : file.fragments()) {
      const bool compressed = row.stream == 0 && compression != Compression::kNone;
      EXPECT_EQ(row.codec, compressed ? static_cast<std::uint32_t>(compression) : 0U);
      EXPECT_EQ(row.length < raw_.size(), compressed);
      EXPECT_EQ(file.payload(row), raw_);
      EXPECT_EQ(file.frame_sizes(row), std::vector<std::uint32_t>(kFrames, detectors::lartpc::kFrameBytes));
    }
  }

  const Bytes raw_ = wib_eth_frames();
  fs::path folder_;
  int runs_ = 0;
};

constexpr std::array kAll = {Compression::kNone, Compression::kFast, Compression::kDense};

TEST_F(CompressedRunTest, HasTheDigestOfItsFramesAndVerifies) {
  std::set<std::string> digests;
  for (const Compression compression : kAll) {
    std::string digest;
    const fs::path file = run(compression, &digest);
    const auto found = storage::verify({file}, {}, std::nullopt, detectors::payload_codecs());
    EXPECT_THAT(found.complaints, IsEmpty());
    EXPECT_EQ(found.digest, digest);
    expect_whole(file, compression);
    digests.insert(digest);
  }
  EXPECT_EQ(digests.size(), 1U);
}

TEST_F(CompressedRunTest, IsRecoveredWithItsPayloadsAsTheyAre) {
  for (const Compression compression : kAll) {
    for (const bool by_scan : {false, true}) {
      std::string digest;
      const fs::path file = run(compression, &digest);
      const fs::path writing = file.string() + ".writing";
      fs::rename(file, writing);
      fs::remove(file.string() + ".manifest.json");
      if (by_scan) {
        // HDF5's superblock, without which it reads nothing.
        std::fstream bytes(writing, std::ios::in | std::ios::out | std::ios::binary);
        bytes.write("damaged!", 8);
      }
      const storage::Recovery recovery = storage::recover(writing, detectors::payload_codecs());
      EXPECT_EQ(recovery.fragments, 6U);
      expect_whole(recovery.file, compression);
      const auto found = storage::verify({recovery.file}, {}, std::nullopt, detectors::payload_codecs());
      EXPECT_THAT(found.complaints, IsEmpty());
      EXPECT_EQ(found.digest, digest);
    }
  }
}

TEST_F(CompressedRunTest, IsComplainedOfByWhomTheCodecIsUnknownTo) {
  const fs::path file = run(Compression::kFast);
  const auto found = storage::verify({file}, {});
  ASSERT_THAT(found.complaints, Not(IsEmpty()));
  EXPECT_THAT(found.complaints.front(), HasSubstr("codec 1, which this program does not know"));
  const storage::EventFileReader reader(file);
  EXPECT_THROW((void)reader.payload(reader.fragments().front()), Error);
}

TEST_F(CompressedRunTest, KeepsFramesWhoseSizesAreNotThoseOfTheCodec) {
  std::vector<std::uint32_t> sizes(kFrames, detectors::lartpc::kFrameBytes);
  --sizes.front();
  ++sizes.back();
  const fs::path path = run(Compression::kFast, nullptr, sizes);
  const storage::EventFileReader file(path, detectors::payload_codecs());
  for (const storage::FragmentRow& row : file.fragments()) {
    EXPECT_EQ(row.codec, 0U);
    EXPECT_EQ(file.payload(row), raw_);
    EXPECT_EQ(file.frame_sizes(row), sizes);
  }
}

}  // namespace
}  // namespace spillway::event_builder
