#include "daq/run_control/options.hpp"

#include <charconv>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "daq/base/error.hpp"
#include "daq/base/version.hpp"
#include "daq/base/whole_number.hpp"
#include "daq/storage/catalogue.hpp"
#include "detectors/recording.hpp"

namespace spillway::run_control {

namespace {
constexpr double kSlowest = 1e-3;
constexpr double kFastest = 1e6;
constexpr double kShortest_s = 1e-9;
constexpr double kLongest_s = 9e9;

/// True for a number from `least` to `most`, and nothing behind it.
bool parse(const std::string& text, double least, double most, double& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // Written so that it refuses NaN.
  return error == std::errc{} && end == text.data() + text.size() && number >= least && number <= most;
}

}  // namespace

double parse_speed(const std::string& text) {
  if (text == "realtime") return 1;
  if (text == "max") return 0;
  double factor = 0;
  if (!parse(text, kSlowest, kFastest, factor)) {
    throw Error(
        fmt::format("--speed {}: must be realtime, max or a factor from {} to {:.0f}", text, kSlowest, kFastest));
  }
  return factor;
}

std::variant<Options, int> parse_options(int argc, char** argv) {
  Options options;
  std::string data;
  std::string speed = "realtime";
  double duration_s = 0;
  CLI::App app("Takes a run: starts the services of a configuration and conducts them.");
  app.set_version_flag("--version", version_text());
  app.footer("Example: spillway-run-control deploy/configs/recorded.toml --replay list.BIN --speed max");
  app.add_option("CONFIG", options.config, "configuration of the set-up (TOML)")->required()->check(CLI::ExistingFile);
  auto* gates = app.add_option("--gates", options.gates, "end the run at the begin of on-gate N + 1")
                    ->type_name("N")
                    ->check(WholeNumber{1});
  app.add_option("--duration", duration_s, "end the run after so many seconds of data time")
      ->type_name("SECONDS")
      ->check([](const std::string& text) {
        double seconds = 0;
        return parse(text, kShortest_s, kLongest_s, seconds)
                   ? ""
                   : fmt::format("must be a number of seconds from {} to {:.0f}, not {}", kShortest_s, kLongest_s,
                                 text);
      })
      ->excludes(gates);
  app.add_option("--data", data, "folder of catalogue and files")->type_name("DIR");
  app.add_option("--speed", speed, fmt::format("realtime, max or a factor from {} to {:.0f}", kSlowest, kFastest))
      ->capture_default_str();
  auto* seed = app.add_option("--seed", options.seed, "of everything that is drawn at random")
                   ->type_name("N")
                   ->check(WholeNumber{})
                   ->capture_default_str();
  app.add_option("--replay", options.replay, "recorded file or folder for the front ends")
      ->type_name("PATH")
      ->check(CLI::ExistingPath);
  app.add_option("--define", options.overrides, "override a configuration key: SECTION.KEY=VALUE")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_flag("--json", options.json, "print one JSON object on standard output and nothing else there");
  try {
    app.parse(argc, argv);
    options.speed = parse_speed(speed);
    options.duration = from_seconds(duration_s);
    options.data =
        std::filesystem::absolute(data.empty() ? storage::default_data_folder() : std::filesystem::path(data))
            .lexically_normal();
    if (!options.replay.empty()) options.replay = std::filesystem::absolute(options.replay).string();
    if (std::filesystem::is_directory(options.replay)) {
      const std::uint64_t recorded = detectors::read_recording_manifest(options.replay).seed;
      if (seed->count() > 0 && options.seed != recorded) {
        throw Error(
            fmt::format("--seed {}: the recording was made with seed {}; leave --seed out", options.seed, recorded));
      }
      options.seed = recorded;
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
  return options;
}

}  // namespace spillway::run_control
