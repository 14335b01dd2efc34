#include <algorithm>
#include <cstdint>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"
#include "daq/cli/command.hpp"
#include "detectors/lartpc/hit_finder.hpp"

namespace spillway::cli {
namespace {

namespace lartpc = detectors::lartpc;

struct Options {
  std::string file;
  std::int16_t threshold_adc = 0;
  std::string algorithm = "threshold";
  std::size_t links = 1;
  std::string isa = std::string(lartpc::name(lartpc::best_isa()));
  std::string csv;
  bool json = false;
};

lartpc::FinderSettings settings_of(const Options& options) {
  lartpc::FinderSettings settings;
  settings.chain = options.algorithm == "threshold" ? lartpc::Chain::kThreshold : lartpc::Chain::kAbsRunningSum;
  for (lartpc::PlaneSettings& plane : settings.planes) plane.threshold_adc = options.threshold_adc;
  return settings;
}

struct FoundHit {
  lartpc::Hit hit;
  std::uint64_t channel = 0;  ///< of all links
};

struct Found {
  std::vector<FoundHit> hits;
  std::uint64_t frames = 0;
  std::uint64_t bad_frames = 0;
  std::uint64_t gaps = 0;
};

/// Frame i of the file belongs to link i modulo the number of links.
Found search(const Options& options) {
  std::ifstream in(options.file, std::ios::binary);
  if (!in) throw Error(fmt::format("{} cannot be read; name a file of WIBEth frames", options.file));
  const auto settings = settings_of(options);
  std::vector<lartpc::HitFinder> finders(options.links, lartpc::HitFinder(settings, *lartpc::isa_named(options.isa)));
  std::vector<lartpc::Hit> buffer(lartpc::kMaxHitsPerFrame);
  Bytes bytes(lartpc::kFrameBytes);
  Found found;
  for (; in.read(reinterpret_cast<char*>(bytes.data()), lartpc::kFrameBytes); ++found.frames) {
    const auto frame = lartpc::decode_wib_eth(bytes);
    if (!frame) {
      ++found.bad_frames;
      continue;
    }
    const std::size_t link = found.frames % options.links;
    const std::size_t count = finders[link].find(*frame, lartpc::HitBuffer(buffer));
    for (std::size_t i = 0; i < count; ++i) {
      found.hits.push_back({buffer[i], buffer[i].channel + lartpc::kChannels * link});
    }
  }
  if (in.gcount() != 0) {
    throw Error(
        fmt::format("{} ends within a frame: its size is no multiple of {} bytes", options.file, lartpc::kFrameBytes));
  }
  for (const lartpc::HitFinder& finder : finders) found.gaps += finder.gaps();
  std::sort(found.hits.begin(), found.hits.end(), [](const FoundHit& a, const FoundHit& b) {
    return std::pair(a.hit.time_start, a.channel) < std::pair(b.hit.time_start, b.channel);
  });
  return found;
}

void write(const Found& found, const std::string& file) {
  std::string text = "time_start,channel,integral,peak,time_peak,time_over_threshold\n";
  for (const auto& [hit, channel] : found.hits) {
    fmt::format_to(std::back_inserter(text), "{},{},{},{},{},{}\n", hit.time_start, channel, hit.integral, hit.peak,
                   hit.time_peak(), hit.samples);
  }
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) {
    throw Error(fmt::format("{} cannot be written; look at the rights of its folder and the room on its disk", file));
  }
}

int primitives(const Options& options, Call& call) {
  const Found found = search(options);
  write(found, options.csv);
  const double per_frame =
      found.frames == 0 ? 0 : static_cast<double>(found.hits.size()) / static_cast<double>(found.frames);
  if (options.json) {
    call.out << nlohmann::ordered_json{{"ok", found.bad_frames == 0},      {"csv", options.csv},
                                       {"primitives", found.hits.size()},  {"frames", found.frames},
                                       {"bad_frames", found.bad_frames},   {"gaps", found.gaps},
                                       {"primitives_per_frame", per_frame}}
                    .dump(2)
             << '\n';
    return found.bad_frames == 0 ? kOk : kWrong;
  }
  call.out << fmt::format("{}: {} primitives in {} frames, {:.3f} a frame; {} gaps\n", options.csv, found.hits.size(),
                          found.frames, per_frame, found.gaps);
  if (found.bad_frames == 0) return kOk;
  call.err << fmt::format("{}: {} frames have a version that is not known and were left out\n", options.file,
                          found.bad_frames);
  return kWrong;
}

}  // namespace

Action define_primitives(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("FILE", options->file, "WIBEth frames, one behind the other")->required()->type_name("FILE");
  app.add_option("--threshold", options->threshold_adc, "ADC counts above pedestal that a sample must exceed")
      ->required()
      ->type_name("N")
      ->check(CLI::Range(0, 32767));
  app.add_option("--algorithm", options->algorithm, "What is compared with the threshold")
      ->capture_default_str()
      ->check(CLI::IsMember({"threshold", "abs_running_sum"}));
  app.add_option("--links", options->links,
                 "Links whose frames take turns in the file; channels count on from link to link")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  app.add_option("--isa", options->isa, "Instructions to use; the result is the same")
      ->capture_default_str()
      ->check(CLI::IsMember({"scalar", "avx2", "avx512"}));
  app.add_option("--csv", options->csv,
                 "File to write: time_start, channel, integral, peak, time_peak (ticks of 16 ns), time_over_threshold "
                 "(samples); a hit still open at the end of FILE is not written")
      ->required()
      ->type_name("OUT");
  app.add_flag("--json", options->json,
               "Print one JSON object: ok, csv, primitives, frames, bad_frames, gaps, primitives_per_frame");
  return [options](Call& call) { return primitives(*options, call); };
}

}  // namespace spillway::cli
