#include "daq/storage/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "daq/base/error.hpp"

namespace spillway::storage {
namespace {

void write_line(int descriptor, const nlohmann::json& message) {
  const std::string line = message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t n = ::write(descriptor, line.data() + written, line.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) ::_exit(1);
    written += static_cast<std::size_t>(n);
  }
}

[[noreturn]] void be_the_child(int descriptor, std::uint64_t cpu_seconds,
                               const std::function<void(const Send&)>& work) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const rlimit cpu{cpu_seconds, cpu_seconds};
  ::setrlimit(RLIMIT_CPU, &cpu);
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGXCPU}) std::signal(signal, SIG_DFL);
  try {
    work([descriptor](const nlohmann::json& message) { write_line(descriptor, message); });
  } catch (const std::exception& problem) {
    write_line(descriptor, {{"thrown", problem.what()}});
  }
  // Not exit(): what the parent has open is not the child's to flush.
  ::_exit(0);
}

}  // namespace

ChildOutcome run_in_child(std::uint64_t cpu_seconds, const std::function<void(const Send&)>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Error(std::string("pipe: ") + std::strerror(errno));
  const pid_t child = ::fork();
  if (child < 0) throw Error(std::string("fork: ") + std::strerror(errno));
  if (child == 0) {
    ::close(ends[0]);
    be_the_child(ends[1], cpu_seconds, work);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[65536];
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(4 * cpu_seconds);
  bool late = false;
  for (;;) {
    pollfd waiting{ends[0], POLLIN, 0};
    constexpr int kPollMs = 1000;
    if (!late && ::poll(&waiting, 1, kPollMs) == 0) {
      late = std::chrono::steady_clock::now() > deadline;
      if (late) ::kill(child, SIGKILL);
      continue;
    }
    const ssize_t n = ::read(ends[0], buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }

  ChildOutcome outcome;
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    auto message = nlohmann::json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                         text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (message.contains("thrown")) {
      outcome.failure = message["thrown"].get<std::string>();
    } else if (message.is_object()) {
      outcome.messages.push_back(std::move(message));
    }
  }
  if (WIFSIGNALED(status)) {
    outcome.crashed = true;
    outcome.failure = late ? "HDF5 did not come to an end with it"
                           : std::string("HDF5 crashed on it (") + ::strsignal(WTERMSIG(status)) + ")";
  } else if (WEXITSTATUS(status) != 0) {
    outcome.crashed = true;
    outcome.failure = "reading it ended with status " + std::to_string(WEXITSTATUS(status));
  }
  return outcome;
}

}  // namespace spillway::storage
