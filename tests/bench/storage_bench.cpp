#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>

#include "daq/base/error.hpp"
#include "daq/storage/event_file.hpp"
#include "daq/storage/hdf5.hpp"
#include "detectors/lartpc/wibeth.hpp"
#include "tests/bench/bench_case.hpp"

namespace spillway::bench {

namespace {

namespace fs = std::filesystem;

/// A link's share of a gate: 92 WIBEth frames.
constexpr std::uint32_t kFrames = 92;
constexpr std::size_t kFragmentBytes = kFrames * detectors::lartpc::kFrameBytes;
constexpr std::size_t kFragmentsAtOnce = 32;
constexpr std::size_t kFragmentsInAFile = 384;  // 254 MB

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "spillway-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Error("no folder for the files of storage.write");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] fs::path file(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

Bytes fragment_bytes() {
  Bytes bytes(kFragmentBytes);
  std::mt19937_64 random(1);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

struct Input {
  Folder folder;
  Bytes payload = fragment_bytes();
};

model::Setup one_link() {
  model::Setup setup;
  setup.facilities.emplace_back().name = "lhc";
  model::Detector detector;
  detector.name = "lartpc";
  detector.streams = {"lartpc/0"};
  setup.detectors = {detector};
  setup.storage = {.roll_over_bytes = 0, .chunk_bytes = 262144, .reserve_bytes = 64U << 20U};
  return setup;
}

/// Until where the bytes are waited for: the system's memory, or the disk, which begins after each fragment and is
/// waited for after each turn (21 MB).
enum class Until : std::uint8_t { kMemory, kDisk };

void start_disk(int descriptor) {
  ::sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
}

void wait_for_disk(int descriptor) {
  if (::fdatasync(descriptor) != 0) throw Error("fdatasync failed for a file of storage.write");
}

/// Event files, one after the other, each begun anew in place of the last.
class EventFiles {
 public:
  EventFiles(std::shared_ptr<const Input> input, Until until) : input_(std::move(input)), until_(until) {}
  void run() {
    for (std::size_t i = 0; i < kFragmentsAtOnce; ++i) append();
    if (until_ == Until::kDisk) writer_->commit();
  }
  void append() {
    if (!writer_ || decision_.id == kFragmentsInAFile) begin();
    constexpr std::array<std::uint32_t, 1> kSizes = {detectors::lartpc::kFrameBytes};
    if (!writer_->reserve(kFragmentBytes)) throw Error("no room on the disk for the files of storage.write");
    writer_->append(decision_, 1);
    writer_->append({.decision = decision_, .frames = kFrames, .frame_bytes = kSizes, .payload = input_->payload});
    if (until_ == Until::kDisk) writer_->start_disk();
    ++decision_.id;
  }
  /// The file as it stands, closed by nobody.
  [[nodiscard]] fs::path left_open() {
    writer_->commit();
    fs::path path = writer_->writing_path();
    writer_.reset();
    return path;
  }

 private:
  void begin() {
    writer_.reset();
    fs::remove(input_->folder.file("ours.h5.writing"));
    fs::remove(input_->folder.file("ours.h5.manifest.json"));
    writer_.emplace(input_->folder.file("ours.h5"), storage::describe(setup_), setup_.storage);
    decision_ = {};
  }
  std::shared_ptr<const Input> input_;
  Until until_;
  model::Setup setup_ = one_link();
  std::optional<storage::EventFileWriter> writer_;
  model::Decision decision_;
};

/// One dataset of an HDF5 file that grows by H5Dwrite.
class PlainHdf5 {
 public:
  PlainHdf5(std::shared_ptr<const Input> input, Until until) : input_(std::move(input)), until_(until) {}
  void run() {
    for (std::size_t i = 0; i < kFragmentsAtOnce; ++i) {
      if (!file_ || written_ == kFragmentsInAFile) begin();
      storage::hdf5::append(dataset_->get(), H5T_NATIVE_UINT8, written_ * kFragmentBytes, kFragmentBytes,
                            input_->payload.data(), "baseline");
      if (until_ == Until::kDisk) start_disk(descriptor());
      ++written_;
    }
    if (until_ == Until::kMemory) return;
    storage::hdf5::checked(H5Fflush(file_->get(), H5F_SCOPE_LOCAL), "baseline", "H5Fflush");
    wait_for_disk(descriptor());
  }

 private:
  void begin() {
    const std::string path = input_->folder.file("baseline.h5").string();
    dataset_.reset();
    file_.reset();
    fs::remove(path);
    file_.emplace(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    storage::hdf5::create_extensible(file_->get(), "/payload", H5T_NATIVE_UINT8, 262144, path);
    dataset_.emplace(H5Dopen2(file_->get(), "/payload", H5P_DEFAULT), H5Dclose);
    written_ = 0;
  }
  [[nodiscard]] int descriptor() const {
    void* descriptor = nullptr;
    storage::hdf5::checked(H5Fget_vfd_handle(file_->get(), H5P_DEFAULT, &descriptor), "baseline", "H5Fget_vfd_handle");
    return *static_cast<int*>(descriptor);
  }
  std::shared_ptr<const Input> input_;
  Until until_;
  std::optional<storage::hdf5::Handle> file_;
  std::optional<storage::hdf5::Handle> dataset_;
  std::size_t written_ = 0;
};

class PlainFile {
 public:
  PlainFile(std::shared_ptr<const Input> input, Until until) : input_(std::move(input)), until_(until) {}
  ~PlainFile() { ::close(descriptor_); }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;
  void run() {
    for (std::size_t i = 0; i < kFragmentsAtOnce; ++i) {
      if (descriptor_ < 0 || written_ == kFragmentsInAFile) begin();
      if (::write(descriptor_, input_->payload.data(), kFragmentBytes) != static_cast<ssize_t>(kFragmentBytes)) {
        throw Error("no room on the disk for the files of storage.write");
      }
      if (until_ == Until::kDisk) start_disk(descriptor_);
      ++written_;
    }
    if (until_ == Until::kDisk) wait_for_disk(descriptor_);
  }

 private:
  void begin() {
    ::close(descriptor_);
    const fs::path path = input_->folder.file("plain");
    fs::remove(path);
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    written_ = 0;
  }
  std::shared_ptr<const Input> input_;
  Until until_;
  int descriptor_ = -1;
  std::size_t written_ = 0;
};

template <typename Writer>
Work writing(const std::shared_ptr<const Input>& input, Until until) {
  auto writer = std::make_shared<Writer>(input, until);
  return {1e-9 * kFragmentsAtOnce * kFragmentBytes, [writer] { writer->run(); }};
}

bool reads_back(const std::shared_ptr<const Input>& input) {
  EventFiles files(input, Until::kMemory);
  files.append();
  files.append();
  const storage::EventFileReader reader(files.left_open());
  const auto rows = reader.fragments();
  if (rows.size() != 2) return false;
  for (const storage::FragmentRow& row : rows) {
    if (reader.payload(row) != input->payload) return false;
  }
  return true;
}

}  // namespace

std::vector<BenchCase> storage_cases() {
  const auto trial = [](Until until, Clock clock) {
    return [=] {
      const auto input = std::make_shared<const Input>();
      return Trial{writing<EventFiles>(input, until), writing<PlainHdf5>(input, until),
                   writing<PlainFile>(input, until), [input] { return reads_back(input); }, clock};
    };
  };
  return {{"storage.write", "lartpc", "page cache", "GB/s", trial(Until::kMemory, Clock::kThread)},
          {"storage.commit", "lartpc", "disk", "GB/s", trial(Until::kDisk, Clock::kWall)}};
}

}  // namespace spillway::bench
