#include <fcntl.h>

#include <algorithm>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/storage/catalogue.hpp"
#include "daq/storage/child.hpp"
#include "daq/storage/journal.hpp"
#include "daq/storage/manifest.hpp"
#include "daq/storage/neighbours.hpp"
#include "daq/storage/records.hpp"
#include "daq/storage/run_derivation.hpp"
#include "daq/storage/salvage.hpp"
#include "daq/storage/space_ahead.hpp"
#include "daq/storage/stored_payload.hpp"
#include "daq/storage/trains.hpp"
#include "daq/storage/verify.hpp"

namespace spillway::storage {
namespace {

using nlohmann::json;
constexpr std::string_view kDamaged = ".damaged";

std::filesystem::path final_name(const std::filesystem::path& file) {
  std::string name = file.string();
  const auto is_kept = name.find(std::string(kDamaged), name.rfind('/') + 1);
  if (is_kept != std::string::npos) name.resize(is_kept);
  if (name.ends_with(kWriting)) name.resize(name.size() - kWriting.size());
  return name;
}

std::filesystem::path kept_name(const std::filesystem::path& final_file) {
  std::filesystem::path name = final_file.string() + std::string(kDamaged);
  for (int i = 2; std::filesystem::exists(name); ++i) {
    name = final_file.string() + std::string(kDamaged) + "." + std::to_string(i);
  }
  return name;
}

/// The closed files of the same run that come before this one, as far as they are there and readable.
void derive_earlier_parts(const Salvage& salvage, const std::filesystem::path& folder, model::PayloadCodecs codecs,
                          RunDerivation& derivation, std::vector<std::string>& notes) {
  for (std::uint32_t part = 0; part < salvage.info.part; ++part) {
    const std::filesystem::path path = folder / event_file_name(salvage.info.run, part);
    try {
      const EventFileReader file(path, codecs);
      const auto gates = file.gates();
      const auto decisions = file.decisions();
      const auto train_rows = file.decision_trains();
      const StoredTrains stored = decision_trains_of(train_rows, file.info());
      std::map<std::pair<std::uint32_t, std::uint64_t>, Interval> window_of;
      const auto take = [&](std::size_t i) {
        derivation.add(decision_of(gates[i], decisions[i]));
        window_of[{decisions[i].detector, decisions[i].id}] = {{decisions[i].window_begin_ns},
                                                               {decisions[i].window_end_ns}};
      };
      in_order_of_ids(std::span(decisions).first(std::min(gates.size(), decisions.size())), stored.trains, take,
                      [&](const model::DecisionTrain& train) { derivation.add(train); });
      for (const FragmentRow& row : file.fragments()) derivation.add_fragment(row, file.payload(row));
      for (const MissingRow& row : file.missing()) derivation.add_missing(row, window_of[{row.detector, row.decision}]);
      for (const DeadRow& row : file.dead()) derivation.add_dead(row);
    } catch (const std::exception& problem) {
      notes.push_back(fmt::format("the books do not cover part {} of the run: {}", part, problem.what()));
    }
  }
}

RunBooks books_of(const Salvage& salvage, RunDerivation& derivation) {
  RunBooks books = salvage.books.value_or(RunBooks{});
  books.condition = model::Condition::kIncomplete;
  books.missing.push_back("recovered from a damaged file by " + salvage.info.recovered);
  if (!salvage.books) {
    books.missing.emplace_back("the run's books were lost: what streams sent and lost is unknown");
    const Timestamp begin = salvage.info.begin.ns != 0 ? salvage.info.begin : derivation.first();
    books.time = {begin, std::max(begin, derivation.last())};
    books.gates = derivation.gates();
  }
  std::vector<model::StreamLedger> streams = derivation.streams();
  for (model::StreamLedger& stream : streams) {
    const auto at = std::find_if(books.streams.begin(), books.streams.end(),
                                 [&](const model::StreamLedger& old) { return old.stream == stream.stream; });
    if (at == books.streams.end()) continue;
    stream.sent = at->sent;
    stream.duplicated = at->duplicated;
    stream.accepted = at->accepted;
    stream.rejected = at->rejected;
    stream.lost = at->lost;
    stream.outside_run = at->outside_run;
  }
  books.streams = std::move(streams);
  books.livetime = derivation.livetime(books.time);
  books.decisions_acknowledged = derivation.decisions();
  books.digest = derivation.digest();
  return books;
}

class Rewriter {
 public:
  Rewriter(const std::filesystem::path& from, const EventFileReader* reader, Salvage& salvage,
           model::PayloadCodecs codecs)
      : descriptor_(from, O_RDONLY), reader_(reader), salvage_(salvage), codecs_(codecs) {
    if (std::filesystem::exists(journal_path(from))) journal_ = FileDescriptor(journal_path(from), O_RDONLY);
  }

  void write(const std::filesystem::path& to, const std::filesystem::path& folder) {
    model::Storage storage;
    storage.chunk_bytes = salvage_.chunk_bytes;
    storage.reserve_bytes = 16U << 20U;
    EventFileWriter writer(to, salvage_.info, storage);
    RunDerivation derivation;
    derivation.start(salvage_.info);
    const std::string next = event_file_name(salvage_.info.run, salvage_.info.part + 1);
    const bool last =
        !std::filesystem::exists(folder / next) && !std::filesystem::exists(folder / (next + std::string(kWriting)));
    if (last) derive_earlier_parts(salvage_, folder, codecs_, derivation, salvage_.notes);
    write_rows(writer, derivation);
    write_fragments(writer, derivation);
    writer.close(last ? std::optional(books_of(salvage_, derivation)) : std::nullopt);
  }

 private:
  void room(EventFileWriter& writer, std::uint64_t bytes) {
    pending_ += bytes;
    if (pending_ > (16U << 20U)) {
      writer.commit();
      pending_ = 0;
    }
    if (!writer.reserve(bytes)) throw Error("no room on the disk for the recovered file");
  }

  void write_rows(EventFileWriter& writer, RunDerivation& derivation) {
    constexpr std::uint64_t kRow = EventFileWriter::kRecordBytes;
    for (const PulseRow& row : salvage_.pulses) {
      room(writer, kRow);
      writer.append(pulse_of(row), row.facility);
    }
    for (const TruthRow& row : salvage_.truth) {
      room(writer, kRow);
      writer.append(truth_of(row));
    }
    for (const ClockRow& row : salvage_.clocks) {
      room(writer, kRow);
      writer.append_clock(row);
    }
    for (const PulseTrainRow& row : salvage_.pulse_trains) {
      room(writer, kRow);
      writer.append(pulse_train_of(row), row.facility);
    }
    std::vector<DecisionRow> rows;
    for (const Salvage::Decided& decided : salvage_.decisions) {
      rows.push_back(decision_row(decided.decision, decided.asked));
    }
    const auto write_single = [&](std::size_t i) {
      const Salvage::Decided& decided = salvage_.decisions[i];
      room(writer, kRow);
      writer.append(decided.decision, decided.asked);
      derivation.add(decided.decision);
      decisions_[{decided.decision.detector, decided.decision.id}] = decided.decision;
    };
    in_order_of_ids(rows, salvage_.trains, write_single, [&](const model::DecisionTrain& train) {
      room(writer, kRow);
      writer.append(train);
      derivation.add(train);
    });
    for (const MissingRow& row : salvage_.missing) {
      room(writer, kRow);
      const model::Decision& decision = decisions_.at({row.detector, row.decision});
      writer.append_missing(decision, row.stream, missing_reason(row));
      derivation.add_missing(row, decision.window);
    }
    for (const DeadRow& row : salvage_.dead) {
      room(writer, kRow);
      writer.append_dead(row.detector, static_cast<model::DeadReason>(row.reason), {{row.begin_ns}, {row.end_ns}});
      derivation.add_dead(row);
    }
  }

  void write_fragments(EventFileWriter& writer, RunDerivation& derivation) {
    for (const Salvage::Fragment& fragment : salvage_.fragments) {
      RawFragment raw;
      if (fragment.raw) {
        const FileDescriptor& from = fragment.in_journal ? journal_ : descriptor_;
        raw = read_fragment(from.get(), {fragment.at, fragment.header, true}, salvage_.chunk_bytes).value();
      } else {
        raw.payload = reader_->stored(fragment.row);
        if (fragment.row.codec == 0) raw.frame_bytes = reader_->frame_sizes(fragment.row);
      }
      FragmentRecord record;
      record.decision = decisions_.at({fragment.row.detector, fragment.row.decision});
      record.decision.window = window_of(fragment.row);
      record.stream = fragment.row.stream;
      record.status = static_cast<model::FragmentStatus>(fragment.row.status);
      record.encoding = fragment.row.encoding;
      record.frames = fragment.row.frames;
      record.frame_bytes = raw.frame_bytes;
      record.payload = raw.payload;
      record.codec = fragment.row.codec;
      room(writer, raw.payload.size() + 4 * raw.frame_bytes.size() + EventFileWriter::kRecordBytes);
      writer.append(record);
      derivation.add_fragment(fragment.row, decoded(fragment.row, std::move(raw.payload), codecs_));
    }
  }

  FileDescriptor descriptor_;
  FileDescriptor journal_;
  const EventFileReader* reader_;
  Salvage& salvage_;
  model::PayloadCodecs codecs_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, model::Decision> decisions_;
  std::uint64_t pending_ = 0;
};

void send_result(const Salvage& salvage, const Send& send) {
  send({{"run", salvage.info.run},
        {"decisions", salvage.decisions.size() + decisions_in(salvage.trains)},
        {"fragments", salvage.fragments.size()},
        {"notes", salvage.notes}});
}

void remove_leftovers(const std::filesystem::path& target) {
  std::error_code ignored;
  for (const char* end : {"", ".writing", ".writing.journal", ".manifest.json", ".manifest.json.room"}) {
    std::filesystem::remove(target.string() + end, ignored);
  }
}

/// A catalogue beside the run's folder lists the recovered file from now on, where it listed the damaged one, and calls
/// its run COMPLETE no more.
void tell_catalogue(std::uint64_t run, Recovery& recovery) {
  const auto file = std::filesystem::absolute(recovery.file).lexically_normal();
  const auto data_folder = file.parent_path().parent_path();
  if (!std::filesystem::exists(catalogue_path(data_folder))) return;
  try {
    Catalogue catalogue(data_folder);
    const std::string digest = manifest_digest(recovery.file);
    for (const std::string& listed : {file.string() + std::string(kWriting), file.string()}) {
      catalogue.replace_file(listed, file, digest);
    }
    catalogue.take_back_complete(run, fmt::format("{} was damaged: {} decisions and {} fragments were recovered",
                                                  file.filename().string(), recovery.decisions, recovery.fragments));
  } catch (const Error& problem) {
    recovery.notes.push_back(std::string("the catalogue does not know of the recovered file: ") + problem.what());
  }
}

/// Closed, and every byte is as it was then.
bool is_whole(const std::filesystem::path& file) {
  return final_name(file) == file && std::filesystem::exists(manifest_path(file)) && manifest_faults(file).empty();
}

}  // namespace

Recovery recover(const std::filesystem::path& file, model::PayloadCodecs codecs) {
  if (!std::filesystem::is_regular_file(file)) throw Error(file.string() + ": there is no such file");
  const std::filesystem::path result = final_name(file);
  if (result != file && std::filesystem::exists(result)) {
    throw Error(file.string() + ": " + result.string() + " is there already; move it away first");
  }
  if (is_being_written(manifest_room(manifest_path(result)))) {
    throw Error(file.string() + ": is still being written; it can be recovered when its run has ended");
  }
  if (is_whole(file)) {
    const EventFileReader reader(file);
    const std::uint64_t in_trains = decisions_in(decision_trains_of(reader.decision_trains(), reader.info()).trains);
    return {file,
            {},
            reader.decisions().size() + in_trains,
            reader.fragments().size(),
            {"it is whole: nothing was changed"}};
  }
  const std::filesystem::path folder = result.parent_path();
  const std::filesystem::path target = result.string() + ".recovering";
  const std::uint64_t cpu_seconds = 300 + std::filesystem::file_size(file) / 5'000'000;

  remove_leftovers(target);
  ChildOutcome outcome = run_in_child(cpu_seconds, [&](const Send& send) {
    const EventFileReader reader(file);
    Salvage salvage = salvage_tables(file, reader);
    complete(salvage);
    leave_to_neighbours(salvage, folder);
    Rewriter(file, &reader, salvage, codecs).write(target, folder);
    send_result(salvage, send);
  });
  std::vector<std::string> notes;
  if (!outcome.failure.empty()) {
    notes.push_back("HDF5 cannot read it: " + outcome.failure);
    remove_leftovers(target);
    outcome = run_in_child(cpu_seconds, [&](const Send& send) {
      Salvage salvage = salvage_scan(file);
      complete(salvage);
      leave_to_neighbours(salvage, folder);
      Rewriter(file, nullptr, salvage, codecs).write(target, folder);
      send_result(salvage, send);
    });
  }
  if (!outcome.failure.empty() || outcome.messages.empty()) {
    remove_leftovers(target);
    throw Error(file.string() + ": cannot be recovered: " + outcome.failure);
  }

  Recovery recovery;
  const json& said = outcome.messages.back();
  recovery.file = result;
  recovery.decisions = said.at("decisions");
  recovery.fragments = said.at("fragments");
  recovery.notes = notes;
  for (const auto& note : said.at("notes")) recovery.notes.push_back(note);
  const bool kept_already = file.string().find(kDamaged, file.string().rfind('/') + 1) != std::string::npos;
  recovery.kept = kept_already ? file : kept_name(result);
  std::error_code ignored;
  if (!kept_already) {
    // The journal has both names meanwhile: where this is killed, the file is found again with it.
    std::filesystem::remove(journal_path(recovery.kept), ignored);
    std::filesystem::create_hard_link(journal_path(file), journal_path(recovery.kept), ignored);
    const bool linked = !ignored;
    std::filesystem::rename(file, recovery.kept);
    std::filesystem::rename(manifest_path(file), manifest_path(recovery.kept), ignored);
    if (!linked) std::filesystem::rename(journal_path(file), journal_path(recovery.kept), ignored);
  }
  if (std::filesystem::exists(journal_path(recovery.kept))) {
    std::filesystem::remove(journal_path(result.string() + std::string(kWriting)), ignored);
  }
  std::filesystem::rename(target, result);
  std::filesystem::rename(manifest_path(target), manifest_path(result));
  std::filesystem::remove(manifest_room(manifest_path(result)), ignored);
  sync_folder(folder);
  tell_catalogue(said.at("run"), recovery);
  return recovery;
}

}  // namespace spillway::storage
