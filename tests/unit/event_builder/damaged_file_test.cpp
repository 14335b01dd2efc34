#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daq/proto/convert.hpp"
#include "daq/storage/verify.hpp"
#include "tests/unit/event_builder/builder_bench.hpp"

namespace spillway::event_builder {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kBoot = 7;
constexpr std::uint64_t kGates = 40;
constexpr std::uint64_t kLimitedFrom = 20;

/// No file of this process may grow beyond so many bytes, until lifted.
class SizeLimit {
 public:
  SizeLimit() {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
  }
  ~SizeLimit() { lift(); }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;
  void set(std::uint64_t bytes) {
    const rlimit limit{bytes, before_.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  void lift() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

/// A run of both detectors whose builder does as its process would.
class LimitedRun {
 public:
  explicit LimitedRun(const std::string& name, std::uint64_t roll_over_bytes = std::uint64_t{1} << 32)
      : folder_(fs::temp_directory_path() / fmt::format("spillway_damaged_{}_{}", getpid(), name)) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    setup_.storage.roll_over_bytes = roll_over_bytes;
    storage::RunInfo info = storage::describe(setup_);
    info.run = 1;
    builder_ = std::make_unique<RunBuilder>(setup_, folder_, info);
    builder_->start();
  }
  ~LimitedRun() { fs::remove_all(folder_); }
  LimitedRun(const LimitedRun&) = delete;
  LimitedRun& operator=(const LimitedRun&) = delete;

  /// Once `limited` gates are decided the newest file may grow by so many bytes.
  void take(std::optional<std::uint64_t> more_bytes, std::uint64_t limited = kLimitedFrom) {
    for (std::uint64_t id = 0; id < kGates; ++id) {
      if (id == limited && more_bytes) limit_.set(fs::file_size(builder_->open_files().back()) + *more_bytes);
      if (id == disk_fails_at_) go_on("fdatasync");
      decide(id);
      // The latest gate always waits for its last fragment.
      if (id > 0) reply(1, id - 1);
      reply(0, id);
      reply(2, id);
      attempt([this] { ASSERT_TRUE(builder_->write(SIZE_MAX)); });
      if (id % 3 == 0) {
        attempt([this] {
          if (const auto commit = builder_->begin_journal()) builder_->end(*commit, 2);
        });
      }
      if (id % 7 == 0) attempt([this] { test::commit(*builder_); });
      if (id % 7 == 3) attempt([this] { builder_->close_finished_files(); });
    }
    reply(1, kGates - 1);
    v1::TriggerEnd end;
    end.set_end_ns(1'000'000);
    end.add_decisions(kGates);
    end.add_decisions(kGates);
    builder_->add(end);
    attempt([this] { ASSERT_TRUE(builder_->write(SIZE_MAX)); });
    attempt([this] { test::commit(*builder_); });
    ASSERT_TRUE(builder_->complete());
    EXPECT_THAT(builder_->durable(), testing::Each(kGates));
    if (limited == kGates && more_bytes) limit_.set(fs::file_size(builder_->open_files().back()) + *more_bytes);
    attempt([this] { report_ = builder_->close(model::Condition::kIncomplete); });
    limit_.lift();
  }

  /// This file cannot take its final name.
  void obstruct(std::uint32_t part) {
    fs::create_directories(folder_ / storage::event_file_name(1, part) / "in the way");
  }
  void let_the_disk_fail_at(std::uint64_t id) { disk_fails_at_ = id; }
  [[nodiscard]] const v1::RunReport& report() const { return report_; }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }
  [[nodiscard]] std::vector<fs::path> files() const { return {report_.files().begin(), report_.files().end()}; }

 private:
  void attempt(const std::function<void()>& step) {
    try {
      step();
    } catch (const storage::DamagedFile& problem) {
      limit_.lift();
      go_on(problem.what());
      step();
    }
  }
  void go_on(const std::string& why) {
    failures_.push_back(builder_->begin_new_file(why));
    test::commit(*builder_);
  }
  void decide(std::uint64_t id) {
    for (const std::uint32_t detector : {0U, 1U}) {
      v1::Decisions message;
      v1::Decision& made = *message.add_decisions();
      made = proto::to_proto(test::decision(detector, id));
      for (int i = 0; i < (detector == 0 ? 2 : 1); ++i) made.add_boots(kBoot);
      builder_->add(message);
    }
    v1::Pulses pulses;
    model::Pulse pulse;
    pulse.id = id + 1;
    pulse.time = test::decision(0, id).gate.time;
    pulse.protons = 1e12;
    *pulses.add_pulses() = proto::to_proto(pulse, 0);
    builder_->add(pulses);
  }
  void reply(std::uint32_t stream, std::uint64_t id) {
    static const std::array kNames = {"a/0", "a/1", "b/0"};
    const std::uint64_t bytes = (id + stream) % 3 == 0 ? 150'000 : 100 + 700 * id;
    builder_->add(test::arrival(stream / 2, kNames.at(stream), id, kBoot,
                                Bytes(bytes, static_cast<std::byte>(id + stream)), [] {}));
  }

  model::Setup setup_ = test::setup();
  fs::path folder_;
  SizeLimit limit_;
  std::unique_ptr<RunBuilder> builder_;
  std::optional<std::uint64_t> disk_fails_at_;
  std::vector<std::string> failures_;
  v1::RunReport report_;
};

/// The file is damaged, recover() makes it whole, and then nothing is missing of the run, or twice in it.
void expect_whole_when_recovered(const LimitedRun& run, const std::string& digest, std::size_t parts = 2) {
  EXPECT_THAT(run.report().missing(), Contains(HasSubstr("is damaged and waits for `spillway recover`")));
  EXPECT_EQ(run.report().digest(), digest);
  std::vector<fs::path> files = run.files();
  std::size_t damaged = 0;
  std::string notes;
  for (fs::path& file : files) {
    if (!file.string().ends_with(".writing")) continue;
    ++damaged;
    EXPECT_THAT(storage::verify({file}, {}).complaints, Contains(HasSubstr("it was never closed")));
    const storage::Recovery recovery = storage::recover(file);
    notes += fmt::format("{}\n", fmt::join(recovery.notes, "\n"));
    file = recovery.file;
  }
  EXPECT_GE(damaged, 1U);
  EXPECT_EQ(files.size(), parts);
  const storage::Verification verified = storage::verify(files, {});
  EXPECT_THAT(verified.complaints, IsEmpty()) << notes;
  EXPECT_EQ(verified.digest, digest);
}

class DamagedFileTest : public testing::Test {
 protected:
  static std::string digest_of_a_good_run() {
    LimitedRun run("good");
    run.take(std::nullopt);
    EXPECT_THAT(run.failures(), IsEmpty());
    EXPECT_THAT(storage::verify(run.files(), {}).complaints, IsEmpty());
    return run.report().digest();
  }
};

TEST_F(DamagedFileTest, WhatIsNotSafeGoesToANewOneWhereverHdf5Fails) {
  const std::string digest = digest_of_a_good_run();
  for (const std::uint64_t more : {0U, 1'000U, 10'000U, 40'000U, 66'000U, 100'000U, 200'000U, 350'000U, 700'000U}) {
    SCOPED_TRACE(more);
    LimitedRun run(std::to_string(more));
    ASSERT_NO_FATAL_FAILURE(run.take(more));
    ASSERT_EQ(run.failures().size(), 1U);
    expect_whole_when_recovered(run, digest);
  }
}

TEST_F(DamagedFileTest, AlsoGoesOnBehindFilesThatARollOverLeftOpen) {
  const std::string digest = digest_of_a_good_run();
  LimitedRun run("roll_over", 1'500'000);
  ASSERT_NO_FATAL_FAILURE(run.take(0));
  ASSERT_EQ(run.failures().size(), 1U);
  expect_whole_when_recovered(run, digest, run.files().size());
  EXPECT_GT(run.files().size(), 3U);
}

TEST_F(DamagedFileTest, GoesOnWhereTheDiskDidNotTakeWhatHdf5GaveIt) {
  const std::string digest = digest_of_a_good_run();
  for (const std::uint64_t at : {1U, 8U, 23U}) {
    SCOPED_TRACE(at);
    LimitedRun run(std::to_string(at));
    run.let_the_disk_fail_at(at);
    ASSERT_NO_FATAL_FAILURE(run.take(std::nullopt));
    expect_whole_when_recovered(run, digest);
  }
}

TEST_F(DamagedFileTest, TheBooksGoToANewOneWhereTheyCannotBeWritten) {
  const std::string digest = digest_of_a_good_run();
  LimitedRun run("books");
  ASSERT_NO_FATAL_FAILURE(run.take(0, kGates));
  EXPECT_THAT(run.failures(), IsEmpty()) << "it was the closing that failed";
  expect_whole_when_recovered(run, digest);
}

TEST_F(DamagedFileTest, TheDigestIsThatOfTheRunWhereTwoFilesInARowCannotBeClosed) {
  const std::string digest = digest_of_a_good_run();
  LimitedRun run("close_twice");
  run.obstruct(0);
  run.obstruct(1);
  ASSERT_NO_FATAL_FAILURE(run.take(std::nullopt));
  EXPECT_THAT(run.failures(), testing::SizeIs(1)) << "the first was met by close() itself";
  EXPECT_EQ(run.report().digest(), digest);
}

/// The event files, by name, that are synced for a flush.
std::vector<std::string> names_of(const std::vector<int>& files) {
  std::vector<std::string> names;
  for (const int file : files) names.push_back(fs::read_symlink(fmt::format("/proc/self/fd/{}", file)).filename());
  return names;
}

TEST(RunWriterTest, SyncsAnEarlierFileWhoseFlushWasLostWithALaterOnes) {
  const fs::path folder = fs::temp_directory_path() / fmt::format("spillway_run_writer_{}", getpid());
  fs::remove_all(folder);
  fs::create_directories(folder);
  const model::Setup setup = test::setup();
  storage::RunInfo info = storage::describe(setup);
  info.run = 1;
  RunWriter writer(folder, info, {}, setup.storage);
  const auto append = [&](std::uint32_t part, std::uint64_t id, std::size_t bytes) {
    const std::vector<std::uint32_t> sizes{static_cast<std::uint32_t>(bytes)};
    const Bytes payload(bytes);
    RunFile* file = writer.with_room(part, bytes + 10'000);
    ASSERT_NE(file, nullptr);
    file->append(test::decision(0, id), 1);
    file->append({test::decision(0, id), 0, model::FragmentStatus::kOk, 0, 1, sizes, payload, 0});
  };
  writer.open_next();
  append(0, 0, 100);
  writer.open_next();
  append(1, 1, 300'000);
  ASSERT_THAT(writer.flush(), testing::SizeIs(2));
  writer.settle(std::vector<std::uint64_t>{2, 0});
  ASSERT_THAT(writer.flush(), IsEmpty());

  append(0, 2, 100);
  append(1, 3, 60'000);
  SizeLimit limit;
  limit.set(fs::file_size(writer.open_files().back()));
  EXPECT_THROW(static_cast<void>(writer.flush()), storage::DamagedFile);
  limit.lift();
  EXPECT_EQ(writer.leave_damaged(), 1U);

  EXPECT_THAT(names_of(writer.flush()), testing::ElementsAre("run000001_0000.h5.writing", "run000001_0002.h5.writing"));
  writer.settle(std::vector<std::uint64_t>{4, 0});
  EXPECT_THAT(writer.flush(), IsEmpty());
  fs::remove_all(folder);
}

}  // namespace
}  // namespace spillway::event_builder
