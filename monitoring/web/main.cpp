#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>

#include <CLI/CLI.hpp>

#include "daq/base/error.hpp"
#include "daq/base/log.hpp"
#include "daq/base/version.hpp"
#include "daq/storage/catalogue.hpp"
#include "monitoring/web/web_app.hpp"

namespace {

using namespace spillway;

/// Where scripts find the address of this run's page.
void write_url(const std::filesystem::path& folder, const std::string& url) {
  const std::filesystem::path file = folder / "web.url";
  const std::filesystem::path fresh = folder / "web.url.new";
  std::error_code error;
  std::ofstream(fresh) << url << "\n";
  std::filesystem::rename(fresh, file, error);
  if (error) spdlog::warn("cannot write {}: {}", file.string(), error.message());
}

int serve(const web::WebSettings& settings) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // Before any thread is made, so that all of them leave the signals to the descriptor.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const int stop_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (stop_fd < 0) throw Error("signalfd is not available on this system");

  web::WebApp app(settings);
  const std::string url = app.server().url();
  if (app.server().port_was_taken()) {
    spdlog::warn("port {} cannot be had; using {}", settings.server.port, app.server().port());
  }
  std::printf("%s\n", url.c_str());
  std::fflush(stdout);
  spdlog::info("the page is at {}", url);
  if (settings.run != 0) write_url(storage::run_folder(settings.data, settings.run), url);

  while (app.turn(stop_fd)) {
  }
  close(stop_fd);
  return 0;
}

int run(int argc, char** argv) {
  web::WebSettings settings;
  std::string data = storage::default_data_folder().string();
  std::string log;
  CLI::App app{
      "Shows a run to browsers: counts, books and alarms. It can look, never command.\n"
      "Example: spillway-web --data ~/runs --port 8080",
      "spillway-web"};
  app.set_version_flag("--version", version_text());
  app.add_option("--data", data, "Data folder, where the catalogue is")->capture_default_str();
  app.add_option("--run", settings.run, "Run to show; 0: always the newest")->capture_default_str();
  app.add_option("--port", settings.server.port, "Port; where it is taken, another one is used and said; 0: any")
      ->capture_default_str();
  app.add_option("--bind", settings.server.bind, "Address to listen at; 0.0.0.0 or :: for all")->capture_default_str();
  app.add_option("--allow-host", settings.server.hosts, "Name by which a proxy in front of it calls it; repeatable");
  app.add_option("--log", log, "Log file, besides standard error");
  CLI11_PARSE(app, argc, argv);
  settings.data = data;
  start_logging("web", log);
  return serve(settings);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "spillway-web: %s\n", error.what());
    return 1;
  }
}
