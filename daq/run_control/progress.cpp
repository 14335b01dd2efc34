#include "daq/run_control/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "daq/base/counters.hpp"

namespace spillway::run_control {

namespace {

constexpr double kWaitWorthSaying_s = 1;

std::uint64_t gates_of(const v1::RunStatus& status) {
  std::uint64_t sum = 0;
  for (const auto& gates : status.gates()) sum += gates.on() + gates.off() + gates.random();
  return sum;
}

struct Frames {
  std::uint64_t accepted = 0, rejected = 0, lost = 0;
};

Frames frames_of(const v1::RunStatus& status) {
  Frames frames;
  for (const auto& stream : status.streams()) {
    frames.accepted += stream.accepted();
    for (const auto& [reason, count] : stream.rejected()) frames.rejected += count;
    for (const auto& [reason, count] : stream.lost()) frames.lost += count;
  }
  return frames;
}

double rate(std::uint64_t now, std::uint64_t before, double seconds) {
  return seconds > 0 && now > before ? static_cast<double>(now - before) / seconds : 0;
}

std::string longest_wait(const v1::RunStatus& status) {
  const v1::Wait* longest = nullptr;
  for (const auto& service : status.services()) {
    for (const auto& wait : service.waits()) {
      if (longest == nullptr || wait.seconds() > longest->seconds()) longest = &wait;
    }
  }
  if (longest == nullptr || longest->seconds() < kWaitWorthSaying_s) return "";
  return fmt::format("  waits: {} {:.0f} s ({:.1f} MB)", longest->link(), longest->seconds(),
                     1e-6 * static_cast<double>(longest->bytes()));
}

}  // namespace

std::string progress_line(const v1::RunStatus& now, const v1::RunStatus& before, double seconds) {
  const auto data_ns = std::max<std::int64_t>(0, now.data_time_ns() - now.begin_ns());
  std::string line = fmt::format("run {} {} {:.1f} s", now.run(), now.state(), 1e-9 * static_cast<double>(data_ns));
  for (const auto& gates : now.gates()) {
    line += fmt::format("  {}: {} on, {} off", gates.facility(), gates.on(), gates.off());
    if (gates.random() > 0) line += fmt::format(", {} random", gates.random());
  }
  const Frames frames = frames_of(now);
  line += fmt::format("  {:.1f} gates/s, {:.1f} frames/s", rate(gates_of(now), gates_of(before), seconds),
                      rate(frames.accepted, frames_of(before).accepted, seconds));
  if (now.speed() > 0) line += fmt::format("  lag {:.1f} s", now.lag_s());
  line += fmt::format("  lost {}", frames.lost);
  if (frames.rejected > 0) line += fmt::format("  rejected {}", frames.rejected);
  return line + longest_wait(now);
}

Progress::Progress(std::FILE* stream) : stream_(stream), terminal_(isatty(fileno(stream)) == 1) {}

void Progress::show(const v1::RunStatus& status, Instant now) {
  const double seconds = std::chrono::duration<double>(now - shown_).count();
  std::string line = progress_line(status, before_.run() == status.run() ? before_ : status, seconds);
  before_ = status;
  shown_ = now;
  if (terminal_) {
    winsize window{};
    if (ioctl(fileno(stream_), TIOCGWINSZ, &window) == 0 && window.ws_col > 1) {
      line.resize(std::min<std::size_t>(line.size(), window.ws_col - 1U));
    }
    write(fmt::format("\r{:<{}}", line, width_));
    width_ = line.size();
  } else {
    write(line + "\n");
  }
}

// A full disk or a terminal that is gone takes nothing, and must not end the run: fmt::print would throw.
void Progress::write(const std::string& text) {
  std::fputs(text.c_str(), stream_);
  std::fflush(stream_);
}

void Progress::say(const std::string& text) {
  finish();
  write(text + "\n");
}

void Progress::finish() {
  if (width_ > 0) write("\n");
  width_ = 0;
}

}  // namespace spillway::run_control
