#include "daq/event_builder/run_writer.hpp"

#include <algorithm>

#include "daq/base/error.hpp"

namespace spillway::event_builder {

RunWriter::RunWriter(std::filesystem::path directory, storage::RunInfo info, std::vector<storage::ClockRow> clocks,
                     model::Storage storage)
    : directory_(std::move(directory)), info_(std::move(info)), clocks_(std::move(clocks)), storage_(storage) {}

void RunWriter::open_next() {
  storage::RunInfo info = info_;
  info.part = next_part_;
  storage::EventFileWriter writer(directory_ / storage::event_file_name(info.run, info.part), info, storage_);
  ++next_part_;
  try {
    for (const storage::ClockRow& clock : clocks_) writer.append_clock(clock);
    // Its journal alone may soon hold what is durable, which is of no use without the file.
    writer.commit();
  } catch (const Error&) {
    closed_.push_back(writer.writing_path());
    throw;
  }
  parts_.emplace_back(info.part, std::move(writer));
}

bool RunWriter::is_full() const {
  const storage::EventFileWriter& writer = parts_.back().writer();
  return storage_.roll_over_bytes > 0 && writer.decisions() > 0 && writer.bytes() >= storage_.roll_over_bytes;
}

RunFile* RunWriter::with_room(std::uint32_t number, std::uint64_t bytes) {
  const auto part = std::find_if(parts_.begin(), parts_.end(),
                                 [number](const RunFile& candidate) { return candidate.number() == number; });
  if (part == parts_.end()) throw Error("event file " + std::to_string(number) + " of the run is closed already");
  if (!part->writer().reserve(bytes)) return nullptr;
  unflushed_bytes_ += bytes;
  return &*part;
}

bool RunWriter::has_room_again() {
  return parts_.back().writer().reserve(storage_.reserve_bytes);
}

std::optional<std::vector<int>> RunWriter::write_journals() {
  std::vector<int> journals;
  for (RunFile& part : parts_) {
    if (!part.writer().write_journal()) return std::nullopt;
    journals.push_back(part.writer().journal_file());
  }
  return journals;
}

std::vector<int> RunWriter::flush() {
  std::vector<int> files;
  for (RunFile& part : parts_) {
    if (const auto file = part.flush()) files.push_back(*file);
  }
  unflushed_bytes_ = 0;
  return files;
}

void RunWriter::settle(std::span<const std::uint64_t> complete) {
  for (RunFile& part : parts_) part.settle(complete);
}

void RunWriter::close_before(std::uint32_t number) {
  while (!parts_.empty() && parts_.front().number() < number) {
    storage::EventFileWriter& writer = parts_.front().writer();
    writer.close(std::nullopt);
    closed_.push_back(writer.path());
    parts_.pop_front();
  }
}

void RunWriter::close_all(const storage::RunBooks& books) {
  close_before(newest());
  storage::EventFileWriter& last = parts_.back().writer();
  last.close(books);
  closed_.push_back(last.path());
  parts_.clear();
}

std::uint32_t RunWriter::leave_damaged() {
  auto first = std::ranges::find_if(parts_, [](const RunFile& part) { return part.writer().damaged(); });
  if (first == parts_.end()) first = parts_.begin();
  const std::uint32_t number = first->number();
  open_next();
  const auto is_left = [&](const RunFile& part) { return part.number() >= number && part.number() < newest(); };
  try {
    for (RunFile& part : parts_) {
      if (is_left(part)) part.write_again(parts_.back());
    }
  } catch (const Error&) {
    closed_.push_back(parts_.back().writer().writing_path());
    parts_.pop_back();
    throw;
  }
  for (const RunFile& part : parts_) {
    if (is_left(part)) closed_.push_back(part.writer().writing_path());
  }
  std::erase_if(parts_, is_left);
  return number;
}

std::vector<std::filesystem::path> RunWriter::open_files() const {
  std::vector<std::filesystem::path> files;
  for (const RunFile& part : parts_) files.push_back(part.writer().writing_path());
  return files;
}

std::vector<std::filesystem::path> RunWriter::files() const {
  std::vector<std::filesystem::path> files = closed_;
  for (auto& open : open_files()) files.push_back(std::move(open));
  return files;
}

}  // namespace spillway::event_builder
