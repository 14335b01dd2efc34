#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include <zmq.hpp>

namespace spillway::transport {

/// One thread, many sockets: calls handlers when sockets have something to read, and timers when they are due.
class Reactor {
 public:
  /// The handler must read until the socket has nothing more, or leave the rest for the next turn. It may watch and
  /// unwatch sockets, its own among them.
  void watch(zmq::socket_ref socket, std::function<void()> handler);
  void unwatch(zmq::socket_ref socket);
  /// The same for a file descriptor, such as that of a UDP socket.
  void watch(int file, std::function<void()> handler);
  void unwatch(int file);
  void every(std::chrono::milliseconds period, std::function<void()> handler);

  /// Waits for the first of them, at most so long; returns early when a signal arrives.
  void turn(std::chrono::milliseconds longest_wait);

 private:
  struct Watched {
    zmq::socket_ref socket;  ///< null where it is a file
    int file = -1;
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
};

}  // namespace spillway::transport
