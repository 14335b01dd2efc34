#include <iostream>
#include <string>
#include <vector>

#include "daq/cli/command.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return spillway::cli::command_line(arguments, std::cout, std::cerr);
}
