#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace spillway::cli {

/// What every command exits with.
enum ExitStatus : int {
  kOk = 0,     ///< done, and all is well
  kWrong = 1,  ///< done, and something was found wrong (or a run is not COMPLETE)
  kUsage = 2,  ///< not done: the command line or its surroundings do not allow it
};

/// Where a command writes, and what was typed behind its name.
struct Call {
  std::ostream& out;
  std::ostream& err;
  std::vector<std::string> arguments;
};

/// Runs a command whose options have been parsed; returns the exit status or throws Error (exit status kUsage).
using Action = std::function<int(Call&)>;

/// A row of the table of commands.
struct Command {
  std::string_view name;
  std::string_view meaning;
  std::string_view example;         ///< shown at the foot of the help
  Action (*define)(CLI::App& app);  ///< adds the options to `app`; what it returns reads them
};
[[nodiscard]] std::span<const Command> commands();

Action define_run(CLI::App& app);
Action define_check(CLI::App& app);
Action define_config(CLI::App& app);
Action define_runs(CLI::App& app);
Action define_show(CLI::App& app);
Action define_comment(CLI::App& app);
Action define_status(CLI::App& app);
Action define_stop(CLI::App& app);
Action define_verify(CLI::App& app);
Action define_recover(CLI::App& app);
Action define_export(CLI::App& app);
Action define_prune(CLI::App& app);
Action define_clean(CLI::App& app);
Action define_expect(CLI::App& app);
Action define_sensitivity(CLI::App& app);
Action define_fit_templates(CLI::App& app);
Action define_generate(CLI::App& app);
Action define_primitives(CLI::App& app);

/// `main` of `spillway`: everything but the table of commands is decided here.
int command_line(std::span<const std::string> arguments, std::ostream& out, std::ostream& err);

}  // namespace spillway::cli
