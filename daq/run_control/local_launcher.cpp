#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "daq/base/error.hpp"
#include "daq/run_control/launcher.hpp"

namespace spillway::run_control {

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was killed by signal {}", WTERMSIG(status));
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

/// Between fork and exec only what is safe there: the parent has threads.
[[noreturn]] void become(const char* program, char* const* arguments, const char* output, pid_t parent, int report,
                         Share share) {
  setpgid(0, 0);
  take(share);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGCHLD}) ::signal(number, SIG_DFL);
  const int input = open("/dev/null", O_RDONLY);
  if (input >= 0) dup2(input, STDIN_FILENO);
  int out = open(output, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (out < 0) out = open("/dev/null", O_WRONLY);
  if (out >= 0) {
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
  }
  execv(program, arguments);
  const int error = errno;
  static_cast<void>(!write(report, &error, sizeof(error)));
  _exit(127);
}

}  // namespace

LocalLauncher::~LocalLauncher() {
  for (const auto& [process, pid] : children_) kill(pid, SIGKILL);
  for (const auto& [process, pid] : children_) waitpid(pid, nullptr, 0);
}

void LocalLauncher::start(const ProcessSpec& spec) {
  std::vector<std::string> words{spec.program.string()};
  words.insert(words.end(), spec.arguments.begin(), spec.arguments.end());
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) throw Error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(spec.program.c_str(), arguments.data(), spec.output.c_str(), parent, report[1], spec.share);
  const int fork_error = errno;
  close(report[1]);
  if (pid < 0) {
    close(report[0]);
    throw Error(fmt::format("cannot start {}: {}", spec.process, std::strerror(fork_error)));
  }
  // The pipe closes without a word when exec succeeds.
  int error = 0;
  ssize_t bytes = 0;
  do {
    bytes = read(report[0], &error, sizeof(error));
  } while (bytes < 0 && errno == EINTR);
  close(report[0]);
  if (bytes == static_cast<ssize_t>(sizeof(error))) {
    waitpid(pid, nullptr, 0);
    throw Error(fmt::format("cannot start {}: {}: {}", spec.process, spec.program.string(), std::strerror(error)));
  }
  children_[spec.process] = pid;
}

std::vector<Ended> LocalLauncher::ended() {
  std::vector<Ended> ended;
  for (auto child = children_.begin(); child != children_.end();) {
    int status = 0;
    rusage usage{};
    if (wait4(child->second, &status, WNOHANG, &usage) == child->second) {
      ended.push_back({child->first, how_it_ended(status), seconds(usage.ru_utime) + seconds(usage.ru_stime),
                       WIFEXITED(status) && WEXITSTATUS(status) == 0});
      child = children_.erase(child);
    } else {
      ++child;
    }
  }
  return ended;
}

void LocalLauncher::signal(const std::string& process, int number) {
  const auto found = children_.find(process);
  if (found != children_.end()) kill(found->second, number);
}

}  // namespace spillway::run_control
