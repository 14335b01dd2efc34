#include <cstdlib>
#include <string>

#include "daq/base/config.hpp"
#include "detectors/registry.hpp"

using namespace spillway;

/// Any text is either a set-up or refused with an Error that says something.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const model::Setup setup = detectors::load_setup(Config::parse(text, "fuzz.toml"));
    if (setup.detectors.empty() && setup.facilities.empty() && setup.look_ahead.ns <= 0) std::abort();
  } catch (const Error& error) {
    if (std::string(error.what()).empty()) std::abort();
  }
  return 0;
}
