#include "monitoring/online/run_files.hpp"

#include <cinttypes>
#include <cstdio>
#include <system_error>

#include "daq/base/error.hpp"
#include "detectors/payload_codecs.hpp"

namespace spillway::online {

namespace {
constexpr std::size_t kFragmentsAStep = 64;
constexpr unsigned kTries = 10;  // then a closed file's fragment is given up
}  // namespace

RunFiles::RunFiles(std::filesystem::path run_directory, std::uint64_t run, EventFeed& feed)
    : directory_(std::move(run_directory)), run_(run), feed_(&feed) {}

std::filesystem::path RunFiles::closed_path(std::uint32_t part) const {
  return directory_ / storage::event_file_name(run_, part);
}

std::filesystem::path RunFiles::writing_path(std::uint32_t part) const {
  return closed_path(part).string() + ".writing";
}

bool RunFiles::exists(std::uint32_t part) const {
  std::error_code ignored;
  return std::filesystem::exists(closed_path(part), ignored) || std::filesystem::exists(writing_path(part), ignored);
}

std::optional<std::uint32_t> RunFiles::first_from(std::uint32_t part) const {
  for (const auto& file : storage::event_files_in(directory_)) {
    std::uint64_t run = 0;
    std::uint32_t number = 0;
    const std::string name = file.filename().string();
    if (std::sscanf(name.c_str(), "run%" SCNu64 "_%" SCNu32, &run, &number) == 2 && run == run_ && number >= part) {
      return number;
    }
  }
  return std::nullopt;
}

bool RunFiles::step() {
  if (finished_) return false;
  try {
    if (!reading_) {
      if (!look_) return false;
      look_ = false;
      if (!open_or_refresh()) return false;
      reading_ = true;
    }
    if (feed_->read(*file_, cursor_, kFragmentsAStep)) return true;
    reading_ = false;
    error_.clear();
    errors_ = 0;
    return (closed_ || left_) && end_of_part();
  } catch (const Error& error) {
    // A file that is just being made or renamed reads well a moment later; the next look tries again.
    error_ = error.what();
    ++errors_;
    if (closed_ && errors_ % kTries == 0) feed_->skip_one(cursor_);
    if (left_ && errors_ % kTries == 0) return next_part();
    file_.reset();
    closed_ = false;
    reading_ = false;
    return false;
  }
}

/// True where there may be rows to take.
bool RunFiles::open_or_refresh() {
  std::error_code ignored;
  left_ = exists(part_ + 1) && storage::is_left_behind(writing_path(part_));
  // Asked before the file is looked at: what is closed by then is read whole.
  const bool is_closed = std::filesystem::exists(closed_path(part_), ignored);
  if (file_ && !is_closed) {
    file_->refresh();
    return true;
  }
  if (is_closed) {
    if (!closed_) file_.emplace(closed_path(part_), detectors::payload_codecs());
    closed_ = true;
    return true;
  }
  if (std::filesystem::exists(writing_path(part_), ignored)) {
    file_.emplace(writing_path(part_), detectors::payload_codecs());
    return true;
  }
  if (const auto later = first_from(part_ + 1)) {  // set aside by the builder, or deleted: they are not to be kept
    part_ = *later;
    cursor_ = {};
    look_ = true;
  }
  return false;
}

bool RunFiles::next_part() {
  file_.reset();
  closed_ = false;
  left_ = false;
  reading_ = false;
  cursor_ = {};
  ++part_;
  look_ = true;
  return true;
}

/// The file, which nobody writes any more, has been read to its end. True: go on with the next.
bool RunFiles::end_of_part() {
  const auto books = file_->books();
  if (books) feed_->counts().close(books->time.end);
  if (exists(part_ + 1)) return next_part();
  finished_ = books.has_value() || last_known_;
  return false;
}

}  // namespace spillway::online
