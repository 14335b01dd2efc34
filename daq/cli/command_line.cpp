#include <algorithm>
#include <iostream>
#include <map>

#include <fmt/format.h>

#include "daq/base/config.hpp"
#include "daq/base/version.hpp"
#include "daq/cli/command.hpp"

namespace spillway::cli {
namespace {

constexpr std::string_view kExitStatuses =
    "Exit status: 0 all is well; 1 something was found wrong, or the run is not COMPLETE; 2 not done, because of the\n"
    "command line or the set-up.";

/// Says which command was meant where the first word is none of them.
bool refuse_unknown_command(std::span<const std::string> arguments, std::ostream& err) {
  if (arguments.empty() || arguments[0].starts_with('-')) return false;
  std::vector<std::string_view> names;
  for (const Command& command : commands()) names.push_back(command.name);
  if (std::find(names.begin(), names.end(), arguments[0]) != names.end()) return false;
  const std::string_view near = nearest(arguments[0], names);
  err << fmt::format("spillway: there is no command `{}`; {}`spillway --help` lists all\n", arguments[0],
                     near.empty() ? "" : fmt::format("did you mean `{}`? ", near));
  return true;
}

}  // namespace

int command_line(std::span<const std::string> arguments, std::ostream& out, std::ostream& err) {
  if (refuse_unknown_command(arguments, err)) return kUsage;

  CLI::App app("Data acquisition, trigger and online analysis of neutrino detectors beside a pulsed proton beam.",
               "spillway");
  app.set_version_flag(
      "--version", [] { return version_text(); }, "Say what was built, from what, by what");
  app.footer(fmt::format("`spillway COMMAND --help` shows a command's options and an example.\n{}", kExitStatuses));
  app.require_subcommand(1);

  Action action;
  std::string chosen;
  std::map<std::string, Action> actions;
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.meaning));
    sub->footer(fmt::format("Example:\n  {}\n\n{}", command.example, kExitStatuses));
    actions[std::string(command.name)] = command.define(*sub);
  }

  try {
    if (arguments.empty()) {
      err << app.help();
      return kUsage;
    }
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    chosen = app.get_subcommands().front()->get_name();
    Call call{out, err, {arguments.begin() + 1, arguments.end()}};
    const int status = actions.at(chosen)(call);
    out.flush();
    if (!out) throw Error("its output cannot be written; is the disk full?");
    return status;
  } catch (const CLI::Success& asked) {
    app.exit(asked, out, err);
    return kOk;
  } catch (const CLI::ParseError& refused) {
    const auto parsed = app.get_subcommands();
    const std::string name = parsed.empty() ? "spillway" : "spillway " + parsed.front()->get_name();
    err << fmt::format("{}: {}; `{} --help` shows how it is used\n", name, refused.what(), name);
    return kUsage;
  } catch (const Error& error) {
    err << fmt::format("spillway {}: {}\n", chosen, error.what());
    return kUsage;
  } catch (const std::exception& error) {
    err << fmt::format("spillway {}: {} (not foreseen; please report it with the command that was typed)\n", chosen,
                       error.what());
    return kUsage;
  }
}

}  // namespace spillway::cli
