#include "daq/base/log.hpp"

#include <atomic>
#include <cstdio>
#include <memory>
#include <vector>

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

namespace spillway {
namespace {

constexpr std::size_t kFileBytes = 16U << 20U;
constexpr std::size_t kFilesKept = 3;

void say_once(const std::string& what) noexcept {
  static std::atomic<bool> said{false};
  if (said.exchange(true)) return;
  std::fprintf(stderr, "the log cannot be written: %s\n", what.c_str());
}

}  // namespace

void start_logging(const std::string& service, const std::filesystem::path& file) {
  std::vector<spdlog::sink_ptr> sinks = {std::make_shared<spdlog::sinks::stderr_color_sink_mt>()};
  if (!file.empty()) {
    try {
      sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file.string(), kFileBytes, kFilesKept));
    } catch (const spdlog::spdlog_ex& error) {
      say_once(error.what());
    }
  }
  auto logger = std::make_shared<spdlog::logger>(service, sinks.begin(), sinks.end());
  logger->set_error_handler([](const std::string& what) { say_once(what); });
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %n[%P] %^%l%$ %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace spillway
