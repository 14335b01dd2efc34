#include "daq/run_control/run_records.hpp"

#include <spdlog/spdlog.h>

namespace spillway::run_control {

namespace {

constexpr std::size_t kMostAlarmsWaiting = 1000;

storage::Catalogue open(const std::filesystem::path& data) {
  storage::Catalogue catalogue(data);
  catalogue.close_orphans();
  return catalogue;
}

}  // namespace

RunRecords::RunRecords(const std::filesystem::path& data, const storage::NewRun& run)
    : catalogue_(open(data)), run_(catalogue_.begin_run(run)) {}

void RunRecords::set_endpoints(const std::string& query, const std::string& status) {
  catalogue_.set_endpoints(run_, query, status);
}

void RunRecords::add_alarm(const std::string& text) {
  if (alarms_.size() < kMostAlarmsWaiting) alarms_.push_back(text);
  flush();
}

void RunRecords::flush() {
  try {
    while (!alarms_.empty()) {
      catalogue_.add_alarm(run_, alarms_.front());
      alarms_.pop_front();
    }
  } catch (const std::exception& error) {
    spdlog::warn("{} alarms wait for the catalogue: {}", alarms_.size(), error.what());
  }
}

std::string RunRecords::end(const model::RunSummary& summary) {
  flush();
  try {
    catalogue_.end_run(summary);
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace spillway::run_control
