#include "daq/run_control/file_disposal.hpp"

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/storage/event_file.hpp"

namespace spillway::run_control {

namespace fs = std::filesystem;

FileDisposal::FileDisposal(bool keep, std::uint64_t run, const Places& places, Supervisor& supervisor)
    : keep_(keep), run_(run), places_(places), supervisor_(&supervisor) {}

fs::path FileDisposal::next_file() const {
  return places_.run_directory / storage::event_file_name(run_, next_);
}

void FileDisposal::online_lost() {
  read_before_ = 0;
  missed_files_ = deleted_files_;
}

void FileDisposal::run_over(bool counted) {
  if (counted) {
    read_before_ = UINT32_MAX;
  } else if (std::error_code ignored; !keep_ && fs::exists(next_file(), ignored)) {
    problems_.push_back(
        fmt::format("{} and those behind it are kept: the online stage gave no counts of them", next_file().string()));
  }
}

bool FileDisposal::tick() {
  if (keep_ || verifying_ || next_ >= read_before_) return verifying_;
  std::error_code ignored;
  if (!fs::exists(next_file(), ignored)) return false;
  supervisor_->add({.process = kVerifyProcess,
                    .program = places_.programs / "spillway",
                    .arguments = {"verify", next_file().string()},
                    .output = places_.run_directory / "logs" / "verify.out",
                    .share = {.niceness = kWatching}});
  try {
    supervisor_->start(kVerifyProcess);
    verifying_ = true;
  } catch (const Error& error) {
    keep_ = true;
    problems_.push_back(
        fmt::format("{} and those behind it are kept, unverified: {}", next_file().string(), error.what()));
  }
  return verifying_;
}

void FileDisposal::ended(const Ended& verification) {
  verifying_ = false;
  // The online stage was lost meanwhile: its successor has to read the file, which is verified again after that.
  if (next_ >= read_before_) return;
  const fs::path file = next_file();
  ++next_;
  if (!verification.well) {
    problems_.push_back(fmt::format("{} is kept, its verification {}; see {}", file.string(), verification.how,
                                    (places_.run_directory / "logs" / "verify.out").string()));
    return;
  }
  std::error_code failed;
  const std::uint64_t bytes = fs::file_size(file, failed);
  if (!failed) fs::remove(file, failed);
  if (failed) {
    problems_.push_back(fmt::format("{} cannot be deleted: {}", file.string(), failed.message()));
    return;
  }
  ++deleted_files_;
  deleted_bytes_ += bytes;
}

std::vector<std::string> FileDisposal::problems() const {
  std::vector<std::string> all = problems_;
  if (missed_files_ > 0) {
    all.push_back(
        fmt::format("the online stage started anew after {} event file{} had been deleted: its counts lack {}",
                    missed_files_, missed_files_ == 1 ? "" : "s", missed_files_ == 1 ? "it" : "them"));
  }
  return all;
}

std::string FileDisposal::text() const {
  if (deleted_files_ == 0) return "";
  return fmt::format("storage.keep is \"none\": {} event file{} of {:.1f} MB {} verified and deleted", deleted_files_,
                     deleted_files_ == 1 ? "" : "s", 1e-6 * static_cast<double>(deleted_bytes_),
                     deleted_files_ == 1 ? "was" : "were");
}

}  // namespace spillway::run_control
