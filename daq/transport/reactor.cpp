#include "daq/transport/reactor.hpp"

#include <algorithm>
#include <cerrno>

namespace spillway::transport {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void Reactor::watch(zmq::socket_ref socket, std::function<void()> handler) {
  watched_.push_back({socket, -1, std::make_shared<std::function<void()>>(std::move(handler))});
}

void Reactor::unwatch(zmq::socket_ref socket) {
  std::erase_if(watched_, [&](const Watched& watched) { return watched.socket.handle() == socket.handle(); });
}

void Reactor::watch(int file, std::function<void()> handler) {
  watched_.push_back({{}, file, std::make_shared<std::function<void()>>(std::move(handler))});
}

void Reactor::unwatch(int file) {
  std::erase_if(watched_, [&](const Watched& watched) { return watched.file == file; });
}

void Reactor::every(milliseconds period, std::function<void()> handler) {
  timers_.push_back(
      {period, steady_clock::now() + period, std::make_shared<std::function<void()>>(std::move(handler))});
}

milliseconds Reactor::until_next_timer() const {
  auto wait = milliseconds::max();
  const auto now = steady_clock::now();
  for (const Timer& timer : timers_) {
    wait = std::min(wait, std::chrono::ceil<milliseconds>(std::max(timer.next - now, steady_clock::duration::zero())));
  }
  return wait;
}

void Reactor::turn(milliseconds longest_wait) {
  std::vector<zmq_pollitem_t> items;
  items.reserve(watched_.size());
  for (Watched& watched : watched_) items.push_back({watched.socket.handle(), watched.file, ZMQ_POLLIN, 0});

  const auto wait = std::min(longest_wait, until_next_timer());
  const int ready = zmq_poll(items.data(), static_cast<int>(items.size()), wait.count());
  if (ready < 0 && zmq_errno() != EINTR) throw zmq::error_t();

  for (const zmq_pollitem_t& item : items) {
    if (ready <= 0 || (item.revents & ZMQ_POLLIN) == 0) continue;
    // An earlier handler of this turn may have taken it away.
    const auto found = std::find_if(watched_.begin(), watched_.end(), [&](const Watched& watched) {
      return watched.socket.handle() == item.socket && watched.file == item.fd;
    });
    if (found == watched_.end()) continue;
    const auto handler = found->handler;
    (*handler)();
  }
  call_due_timers();
}

void Reactor::call_due_timers() {
  const auto now = steady_clock::now();
  // NOLINTNEXTLINE(modernize-loop-convert): a handler may add timers
  for (std::size_t i = 0; i < timers_.size(); ++i) {
    if (timers_[i].next > now) continue;
    // After a long stop (SIGSTOP, a suspended machine) a timer fires once, not once for each period missed.
    timers_[i].next += timers_[i].period;
    if (timers_[i].next <= now) timers_[i].next = now + timers_[i].period;
    const auto handler = timers_[i].handler;
    (*handler)();
  }
}

}  // namespace spillway::transport
