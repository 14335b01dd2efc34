#include "daq/cli/generate_set.hpp"

#include <fstream>
#include <ostream>
#include <vector>

#include <fmt/format.h>

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
  call.out << fmt::format("{}: {} frames of set {}, {} bytes; search it with --threshold {}\n", options.out,
                          options.frames, spec->name, options.frames * lartpc::kFrameBytes, spec->threshold_adc);
  return kOk;
}

}  // namespace spillway::cli
