#include <filesystem>
#include <iostream>

#include "daq/base/log.hpp"
#include "daq/run_control/run_control.hpp"

int main(int argc, char** argv) {
  using namespace spillway;
  const auto options = run_control::parse_options(argc, argv);
  if (const int* status = std::get_if<int>(&options)) return *status;
  try {
    spdlog::set_level(spdlog::level::warn);
    start_logging("run-control");
    const auto self = std::filesystem::read_symlink("/proc/self/exe");
    return run_control::take_run(std::get<run_control::Options>(options), self.parent_path());
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
