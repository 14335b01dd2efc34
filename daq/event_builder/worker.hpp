#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace spillway::event_builder {

/// A thread for what would keep others waiting: it runs jobs in their order, and what follows from each is run by the
/// thread that owns it.
class Worker {
 public:
  using Job = std::function<void()>;

  /// `niceness` is added to the process's own. Throws Error.
  explicit Worker(int niceness = 0);
  /// Waits for what was posted; what follows is not run any more.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void post(Job job, Job then);
  /// Runs what follows from finished jobs. Throws what a job threw; from then on nothing follows from any.
  void finish();
  /// Waits for all jobs, then finish().
  void wait();
  /// Waits for one of the jobs under way, if there are any, then finish().
  void wait_for_one();
  /// Nothing was posted of which finish() has not run what follows.
  [[nodiscard]] bool idle() const { return under_way_ == 0; }
  /// A descriptor that is readable while finish() has something to do.
  [[nodiscard]] int event() const { return event_; }

 private:
  struct Posted {
    Job job;
    Job then;
  };
  void work(int niceness);

  int event_ = -1;
  std::size_t under_way_ = 0;  ///< as the owner sees it
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Posted> posted_;
  std::deque<Job> finished_;
  std::exception_ptr failure_;
  bool working_ = false;
  bool leaving_ = false;
  std::thread thread_;
};

}  // namespace spillway::event_builder
