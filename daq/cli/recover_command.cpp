#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daq/base/error.hpp"
#include "daq/cli/command.hpp"
#include "daq/storage/verify.hpp"
#include "detectors/payload_codecs.hpp"

namespace spillway::cli {
namespace {

struct Options {
  std::string file;
  bool json = false;
};

int recover(const Options& options, Call& call) {
  try {
    const storage::Recovery recovery = storage::recover(options.file, detectors::payload_codecs());
    if (options.json) {
      const nlohmann::ordered_json object = {{"ok", true},
                                             {"file", recovery.file.string()},
                                             {"kept", recovery.kept.string()},
                                             {"decisions", recovery.decisions},
                                             {"fragments", recovery.fragments},
                                             {"notes", recovery.notes}};
      call.out << object.dump(2) << '\n';
      return kOk;
    }
    call.out << fmt::format("{}: {} decisions, {} fragments\n", recovery.file.string(), recovery.decisions,
                            recovery.fragments);
    if (!recovery.kept.empty()) call.out << fmt::format("the file as it was is kept as {}\n", recovery.kept.string());
    for (const std::string& note : recovery.notes) call.out << "note   " << note << '\n';
    return kOk;
  } catch (const Error& error) {
    if (options.json) {
      call.out << nlohmann::ordered_json({{"ok", false}, {"message", error.what()}}).dump(2) << '\n';
    } else {
      call.err << fmt::format("spillway recover: {}\n", error.what());
    }
    return kWrong;
  }
}

}  // namespace

Action define_recover(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("FILE", options->file, "Event file that was not closed (`.writing`) or is damaged")->required();
  app.add_flag("--json", options->json, "Print one JSON object: ok, file, kept, decisions, fragments, notes");
  return [options](Call& call) { return recover(*options, call); };
}

}  // namespace spillway::cli
