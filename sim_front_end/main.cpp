#include <charconv>
#include <cstdio>
#include <string_view>

#include <CLI/CLI.hpp>

#include "daq/base/whole_number.hpp"
#include "daq/service/service.hpp"
#include "sim_front_end/front_end_service.hpp"
#include "sim_front_end/list_file_writer.hpp"
#include "sim_front_end/recorder.hpp"

namespace {

constexpr std::string_view kWriteOption = "--write-list-file";
constexpr std::string_view kRecordOption = "--record";

int write_list_file(int argc, char** argv) {
  CLI::App app("Writes a CoMPASS list file with simulated gates and pulses");
  std::string file;
  spillway::sim_front_end::ListFileOptions options;
  app.add_option(std::string(kWriteOption), file, "file to write")->required();
  app.add_option("--gates", options.gates, "beam gates")->required();
  app.add_option("--period-ms", options.period_ms, "between gates")->capture_default_str();
  app.add_option("--channels", options.channels, "detector channels")->delimiter(',')->capture_default_str();
  app.add_option("--gate-channel", options.gate_channel, "channel that records the gate")->capture_default_str();
  app.add_option("--seed", options.seed, "same seed, same file")->check(spillway::WholeNumber{})->capture_default_str();
  app.add_option("--signal-probability", options.signal_probability, "of a pulse per gate and channel")
      ->capture_default_str();
  app.add_option("--background-hz", options.background_hz, "pulses per channel at random times")->capture_default_str();
  app.footer("Example: spillway-front-end --write-list-file demo.bin --gates 100 --channels 0,2,3 --background-hz 500");
  CLI11_PARSE(app, argc, argv);
  try {
    spillway::sim_front_end::write_compass_file(file, options);
    return 0;
  } catch (const spillway::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

int record(int argc, char** argv) {
  CLI::App app("Writes what the simulated front ends of a configuration would send");
  std::string config;
  std::vector<std::string> define;
  spillway::sim_front_end::RecordOptions options;
  app.add_option(std::string(kRecordOption), config, "configuration of the set-up")->required();
  app.add_option("--gates", options.gates, "on-gates of all facilities")->required()->check(spillway::WholeNumber{1});
  app.add_option("--out", options.folder, "new folder for the recording")->required();
  app.add_option("--seed", options.seed, "of everything that is drawn at random")
      ->check(spillway::WholeNumber{})
      ->capture_default_str();
  app.add_option("--define", define, "override a configuration key: SECTION.KEY=VALUE")->allow_extra_args(false);
  app.footer("Example: spillway-front-end --record deploy/configs/demo.toml --gates 100 --out recording");
  CLI11_PARSE(app, argc, argv);
  try {
    int shown = -1;
    spillway::sim_front_end::record(spillway::Config::load(config, define), options, [&](double done) {
      const int percent = static_cast<int>(100 * done);
      if (percent / 10 != shown / 10 || shown < 0) std::fprintf(stderr, "%d %%\n", percent);
      shown = percent;
    });
    return 0;
  } catch (const spillway::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}

int run(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word(argv[i]);
    if (word.starts_with(kWriteOption)) return write_list_file(argc, argv);
    if (word.starts_with(kRecordOption)) return record(argc, argv);
  }
  return spillway::service::run_service(
      argc, argv, "front-end",
      "Sends frames to the readout and pulses to the trigger, recorded or simulated, at the pace asked for.\n"
      "With --write-list-file it writes such a file instead, with --record what simulated detectors would send.",
      [](spillway::service::Host& host) { return std::make_unique<spillway::sim_front_end::FrontEndService>(host); });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "spillway-front-end: %s\n", error.what());
    return 1;
  }
}
