#include "daq/cli/generate_set.hpp"

#include <fstream>
#include <ostream>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"
#include "detectors/lartpc/synthetic_set.hpp"

namespace spillway::cli {

namespace lartpc = detectors::lartpc;

std::string synthetic_set_names() {
  std::string names;
  for (const auto& spec : lartpc::kSyntheticSets) names += fmt::format("{}{}", names.empty() ? "" : ", ", spec.name);
  return names;
}

int generate_set(const SyntheticSetOptions& options, Call& call) {
  const auto* spec = lartpc::find_synthetic_set(options.name);
  if (spec == nullptr) {
    throw Error(fmt::format("there is no set \"{}\"; choose one of {}", options.name, synthetic_set_names()));
  }
  std::ofstream out(options.out, std::ios::binary | std::ios::trunc);
  lartpc::SyntheticSet set(*spec, options.frames);
  Bytes frame(lartpc::kFrameBytes);
  for (std::uint64_t f = 0; f < options.frames && out; ++f) {
    set.next(std::span<std::byte, lartpc::kFrameBytes>(frame));
    out.write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
  }
  out.close();
  if (!out) {
    throw Error(
        fmt::format("{} cannot be written; look at the rights of its folder and the room on its disk", options.out));
  }
  const std::uint64_t bytes = options.frames * lartpc::kFrameBytes;
  if (options.json) {
    call.out << nlohmann::ordered_json{{"ok", true},         {"set", spec->name},
                                       {"out", options.out}, {"frames", options.frames},
                                       {"bytes", bytes},     {"threshold", spec->threshold_adc}}
                    .dump(2)
             << '\n';
  } else {
    call.out << fmt::format("{}: {} frames of set {}, {} bytes; search it with --threshold {}\n", options.out,
                            options.frames, spec->name, bytes, spec->threshold_adc);
  }
  return kOk;
}

}  // namespace spillway::cli
