#include "daq/run_control/supervisor.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>

#include "daq/base/error.hpp"

namespace spillway::run_control {

void Supervisor::add(ProcessSpec spec) {
  const std::string process = spec.process;
  specs_.insert_or_assign(process, std::move(spec));
}

void Supervisor::start(const std::string& process) {
  launcher_->start(specs_.at(process));
}

bool Supervisor::call_off(const std::string& process) {
  if (due_.erase(process) == 0) return false;
  called_off_.push_back({process, "was not started again", 0});
  return true;
}

void Supervisor::terminate(const std::string& process) {
  if (!call_off(process)) launcher_->signal(process, SIGTERM);
}

void Supervisor::kill(const std::string& process) {
  if (!call_off(process)) launcher_->signal(process, SIGKILL);
}

std::vector<Ended> Supervisor::tick(Instant now) {
  std::vector<Ended> ended = launcher_->ended();
  ended.insert(ended.end(), called_off_.begin(), called_off_.end());
  called_off_.clear();
  for (auto entry = due_.begin(); entry != due_.end();) {
    if (entry->second > now) {
      ++entry;
      continue;
    }
    const std::string process = entry->first;
    entry = due_.erase(entry);
    try {
      start(process);
    } catch (const Error& error) {
      ended.push_back({process, error.what(), 0});
    }
  }
  return ended;
}

std::string Supervisor::last_words(const std::string& process) const {
  constexpr std::streamoff kMost = 1000;
  const auto spec = specs_.find(process);
  if (spec == specs_.end()) return "";
  std::ifstream file(spec->second.output, std::ios::binary | std::ios::ate);
  if (!file) return "";
  file.seekg(std::max<std::streamoff>(0, file.tellg() - kMost));
  std::string text{std::istreambuf_iterator<char>(file), {}};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace spillway::run_control
