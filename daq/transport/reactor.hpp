#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include <zmq.hpp>

namespace spillway::transport {

/// One thread, many sockets: calls handlers when sockets have something to read, timers when they are due, and
/// `work` every turn. Polls without waiting while `work` says there is more to do.
class Reactor {
 public:
  /// The handler must read until the socket has nothing more, or leave the rest for the next turn. It may watch and
  /// unwatch sockets, its own among them.
  void watch(zmq::socket_ref socket, std::function<void()> handler);
  void unwatch(zmq::socket_ref socket);
  void every(std::chrono::milliseconds period, std::function<void()> handler);
  void set_work(std::function<bool()> work);

  /// Until stop(); a turn waits at most 50 ms.
  void run();
  /// Returns early when a signal arrives.
  void turn(std::chrono::milliseconds longest_wait);
  void stop() { stopped_ = true; }
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  struct Watched {
    zmq::socket_ref socket;
    std::shared_ptr<std::function<void()>> handler;
  };
  struct Timer {
    std::chrono::milliseconds period;
    std::chrono::steady_clock::time_point next;
    std::shared_ptr<std::function<void()>> handler;
  };
  [[nodiscard]] std::chrono::milliseconds until_next_timer() const;
  void call_due_timers();

  std::vector<Watched> watched_;
  std::vector<Timer> timers_;
  std::function<bool()> work_;
  bool more_work_ = false;
  bool stopped_ = false;
};

}  // namespace spillway::transport
