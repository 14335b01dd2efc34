#include "tests/bench/crossing.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daq/base/error.hpp"

namespace spillway::bench {

namespace {

struct Order {
  std::uint64_t bytes = 0;  ///< 0: leave
  bool with_crc = false;
};

template <typename T>
void tell(int control, const T& message) {
  if (write(control, &message, sizeof message) != sizeof message) throw Error("the other process does not listen");
}

/// False where the other process is gone. Messages keep their borders (SOCK_SEQPACKET).
template <typename T>
bool hear(int control, T& message) {
  ssize_t got = 0;
  do {
    got = read(control, &message, sizeof message);
  } while (got < 0 && errno == EINTR);
  return got > 0;
}

using Address = std::array<char, 256>;

[[noreturn]] void serve(const Way& way, int control) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    const auto receiver = way.receiver();
    Address address{};
    receiver->address().copy(address.data(), address.size() - 1);
    tell(control, address);
    for (Order order; hear(control, order) && order.bytes > 0;) {
      Crossing::Receipt receipt;
      receiver->receive(order.bytes, [&](ByteView bytes) {
        receipt.bytes += bytes.size();
        if (order.with_crc) receipt.crc32c = crc32c(bytes, receipt.crc32c);
      });
      tell(control, receipt);
    }
  } catch (const std::exception&) {
    _exit(1);
  }
  _exit(0);
}

double seconds(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

Crossing::Crossing(const Way& way) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) throw Error("no socket pair to be had");
  other_ = fork();
  if (other_ < 0) throw Error("no second process to be had");
  if (other_ == 0) {
    close(ends[0]);
    serve(way, ends[1]);
  }
  close(ends[1]);
  control_ = ends[0];
  Address address{};
  if (!hear(control_, address)) throw Error("the other process could not begin");
  sender_ = way.sender(address.data());
}

Crossing::~Crossing() {
  sender_.reset();
  const Order leave;
  // Where it is gone already, there is nobody to tell.
  [[maybe_unused]] const ssize_t told = write(control_, &leave, sizeof leave);
  close(control_);
  waitpid(other_, nullptr, 0);
}

Crossing::Receipt Crossing::carry(ByteView bytes, bool with_crc) {
  tell(control_, Order{bytes.size(), with_crc});
  sender_->send(bytes);
  Receipt receipt;
  if (!hear(control_, receipt)) throw Error("the other process is gone");
  return receipt;
}

double Crossing::cpu_seconds() const {
  clockid_t other = 0;
  if (clock_getcpuclockid(other_, &other) != 0) throw Error("the other process is gone");
  return seconds(CLOCK_PROCESS_CPUTIME_ID) + seconds(other);
}

}  // namespace spillway::bench
