#include "daq/storage/verify.hpp"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"
#include "daq/storage/catalogue.hpp"
#include "daq/storage/child.hpp"
#include "daq/storage/file_audit.hpp"
#include "daq/storage/fragment_scan.hpp"
#include "daq/storage/manifest.hpp"
#include "daq/storage/records.hpp"
#include "daq/storage/text.hpp"

namespace spillway::storage {
namespace {

using nlohmann::json;
using Files = std::vector<std::filesystem::path>;

/// Complaints about one file beyond this are only counted.
constexpr std::size_t kMostComplaints = 50;

/// What the children found out about the run as a whole.
struct RunFacts {
  std::optional<std::uint64_t> run;
  std::string digest;
  std::string livetime;  ///< as JSON, re-derived
  std::map<std::string, double> protons;
  bool complete = false;
  bool recovered = false;  ///< a file of it is, so that what was listed of the run as it was need not hold
};

class Verifier {
 public:
  Verifier(Verification& result, Files files, std::optional<std::uint64_t> run, model::PayloadCodecs codecs)
      : result_(result), files_(std::move(files)), asked_(run), codecs_(codecs) {
    facts_.run = run;
  }

  void check_manifests();
  void check_contents();
  void check_catalogue(const std::filesystem::path& catalogue);

 private:
  void complain(const std::string& about, const std::string& text) {
    const std::size_t count = ++counts_[about];
    if (count <= kMostComplaints) result_.complaints.push_back(about + ": " + printable(text));
  }
  void take(const json& message);

  Verification& result_;
  Files files_;
  std::optional<std::uint64_t> asked_;
  model::PayloadCodecs codecs_;
  std::map<std::string, std::size_t> counts_;
  RunFacts facts_;
};

void Verifier::check_manifests() {
  for (const std::filesystem::path& file : files_) {
    std::error_code problem;
    if (!std::filesystem::is_regular_file(file, problem)) {
      complain(file, "there is no such file");
      continue;
    }
    if (!std::filesystem::exists(manifest_path(file), problem)) {
      result_.notes.push_back(file.string() + ": no manifest beside it: its bytes were not compared with one");
      continue;
    }
    for (const ManifestFault& fault : manifest_faults(file)) {
      complain(file,
               fault.end > fault.begin ? fault.text + ": " + what_lies_at(file, fault.begin, fault.end) : fault.text);
    }
  }
}

/// A name such as the writer gives names the run and the part that the file holds.
void check_name(const std::filesystem::path& file, const RunInfo& info, const Say& complain) {
  std::string name = file.filename().string();
  if (name.ends_with(kWriting)) name.resize(name.size() - kWriting.size());
  std::uint64_t run = 0;
  std::uint32_t part = 0;
  const bool is_ours =
      std::sscanf(name.c_str(), "run%" SCNu64 "_%" SCNu32, &run, &part) == 2 && name == event_file_name(run, part);
  if (!is_ours || (run == info.run && part == info.part)) return;
  complain(fmt::format("it holds run {}, part {}, which is not what its name says", info.run, info.part));
}

/// In the child: every file in order, then the run as a whole where all of it was readable.
void audit_files(const Files& files, std::size_t first, std::optional<std::uint64_t> asked, model::PayloadCodecs codecs,
                 const Send& send) {
  std::string about;
  const Say complain = [&](const std::string& text) { send({{"about", about}, {"complaint", text}}); };
  FileAudit audit(complain, [&](const std::string& text) { send({{"about", about}, {"note", text}}); });
  std::optional<RunBooks> books;
  std::optional<std::uint64_t> run = asked;
  bool recovered = false;
  std::uint32_t parts = 0;
  bool whole = first == 0;
  for (std::size_t i = first; i < files.size(); ++i) {
    about = files[i].string();
    send({{"at", i}});
    try {
      const EventFileReader file(files[i], codecs);
      check_name(files[i], file.info(), complain);
      if (run && *run != file.info().run) throw Error(fmt::format("is of run {}, not {}", file.info().run, *run));
      run = file.info().run;
      send({{"run", *run}});
      whole = whole && file.info().part == parts++;
      recovered = recovered || !file.info().recovered.empty();
      books = file.books();
      audit.add(file);
    } catch (const std::exception& problem) {
      const std::string text = problem.what();
      send({{"about", about}, {"complaint", text.starts_with(about + ": ") ? text.substr(about.size() + 2) : text}});
      whole = false;
    }
  }
  if (!run) return;
  about = "run " + std::to_string(*run);
  if (!whole || !books) {
    send({{"about", about},
          {"note", whole
                       ? "its last file is not here, or has no books: digest, ledger and live time were not checked"
                       : "not all of its files are here and readable: digest, ledger and live time were not checked"}});
    return;
  }
  audit.check_books(*books);
  RunDerivation& derivation = audit.derivation();
  json protons = json::object();
  const std::vector<double> sums = derivation.protons();
  for (std::size_t i = 0; i < sums.size(); ++i) protons[derivation.info().detectors[i]] = sums[i];
  RunBooks derived;
  derived.livetime = derivation.livetime(books->time);
  const std::string digest = derivation.digest();
  if (books->digest.empty()) {
    send({{"about", about}, {"note", "the books hold no digest to compare with"}});
  } else if (books->digest != digest) {
    send(
        {{"about", about}, {"complaint", "the digest in the books is " + books->digest + ", the rows give " + digest}});
  }
  send({{"digest", digest},
        {"livetime", livetime_json(derived).dump()},
        {"protons", protons},
        {"recovered", recovered},
        {"complete", books->condition == model::Condition::kComplete}});
}

void Verifier::take(const json& message) {
  if (message.contains("complaint")) complain(message["about"], message["complaint"]);
  if (message.contains("note")) {
    result_.notes.push_back(message["about"].get<std::string>() + ": " + message["note"].get<std::string>());
  }
  if (message.contains("run")) facts_.run = message["run"].get<std::uint64_t>();
  if (message.contains("digest")) {
    facts_.digest = message["digest"];
    facts_.livetime = message["livetime"];
    facts_.complete = message["complete"];
    facts_.recovered = message["recovered"];
    facts_.protons = message["protons"].get<std::map<std::string, double>>();
    result_.digest = facts_.digest;
  }
}

void Verifier::check_contents() {
  std::uint64_t bytes = 0;
  for (const std::filesystem::path& file : files_) {
    std::error_code ignored;
    const auto size = std::filesystem::file_size(file, ignored);
    if (!ignored) bytes += size;
  }
  for (std::size_t first = 0; first < files_.size();) {
    const ChildOutcome outcome = run_in_child(
        120 + bytes / 20'000'000, [&](const Send& send) { audit_files(files_, first, asked_, codecs_, send); });
    std::size_t at = first;
    for (const json& message : outcome.messages) {
      if (message.contains("at")) at = message["at"].get<std::size_t>();
      take(message);
    }
    if (outcome.failure.empty()) break;
    complain(files_[at], outcome.failure);
    first = outcome.crashed ? at + 1 : files_.size();
  }
}

void Verifier::check_catalogue(const std::filesystem::path& catalogue) {
  std::error_code problem;
  if (catalogue.empty() || !std::filesystem::exists(catalogue, problem)) {
    result_.notes.emplace_back("no catalogue beside the files: digests were not compared with one");
    return;
  }
  if (!facts_.run) return;
  const std::uint64_t run = *facts_.run;
  const std::string about = fmt::format("{}: run {}", catalogue.string(), run);
  try {
    const Catalogue open(catalogue.parent_path(), true);
    const auto line = open.run(run);
    if (!line || line->condition == "RUNNING") {
      result_.notes.push_back(about + (line ? " has not ended" : " is not in it"));
      return;
    }
    std::map<std::string, std::string> listed;
    for (const auto& entry : open.files(run)) {
      const auto& path = entry.first;
      listed[std::filesystem::path(path).filename()] = entry.second;
      if (!std::filesystem::exists(path, problem) && std::none_of(files_.begin(), files_.end(), [&](const auto& file) {
            return file.filename() == std::filesystem::path(path).filename();
          })) {
        complain(about, "its file " + path + " is not there");
      }
    }
    for (const std::filesystem::path& file : files_) {
      const auto at = listed.find(file.filename());
      if (at == listed.end()) {
        result_.notes.push_back(about + ": the file " + file.string() + " is not listed");
      } else if (!at->second.empty()) {
        const bool has_manifest = std::filesystem::exists(manifest_path(file), problem);
        try {
          const std::string digest = has_manifest ? manifest_digest(file) : file_digest(file);
          if (digest != at->second) complain(about, "another digest is listed for " + file.string());
        } catch (const Error&) {
          continue;  // the damage of manifest or file has been said
        }
      }
    }
    const auto summary = open.summary(run);
    if (facts_.digest.empty() || !summary) return;
    const auto differs = [&](const std::string& text) {
      if (facts_.recovered) {
        result_.notes.push_back(about + ": " + text + "; files were recovered");
      } else {
        complain(about, text);
      }
    };
    if (!summary->digest.empty() && summary->digest != facts_.digest) {
      differs("the digest listed is " + summary->digest + ", the files give " + facts_.digest);
    }
    if (facts_.recovered && summary->condition == model::Condition::kComplete) {
      complain(about, "is listed as COMPLETE, but files of it were recovered");
    }
    RunBooks listed_books;
    listed_books.livetime = summary->livetime;
    if (!summary->livetime.empty() && livetime_json(listed_books).dump() != facts_.livetime) {
      differs("the live time listed is not what the files give");
    }
    for (const model::DetectorCounts& counts : summary->counts) {
      const auto at = facts_.protons.find(counts.detector);
      if (!facts_.complete || at == facts_.protons.end()) continue;
      if (std::abs(counts.pot - at->second) > 1e-9 * std::max(std::abs(counts.pot), std::abs(at->second))) {
        complain(about, fmt::format("detector {}: {} protons on target are listed, the files give {}", counts.detector,
                                    counts.pot, at->second));
      }
    }
  } catch (const Error& failure) {
    complain(catalogue, failure.what());
  }
}

}  // namespace

Verification verify(const std::vector<std::filesystem::path>& files, const std::filesystem::path& catalogue,
                    std::optional<std::uint64_t> run, model::PayloadCodecs codecs) {
  Verification result;
  Files sorted = files;
  std::sort(sorted.begin(), sorted.end());
  for (const std::filesystem::path& file : sorted) result.files.push_back(file.string());
  Verifier verifier(result, sorted, run, codecs);
  verifier.check_manifests();
  verifier.check_contents();
  verifier.check_catalogue(catalogue);
  return result;
}

}  // namespace spillway::storage
