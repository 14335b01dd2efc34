#include "daq/event_builder/worker.hpp"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "daq/base/error.hpp"

namespace spillway::event_builder {

Worker::Worker(int niceness) : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) throw Error(std::string("eventfd: ") + std::strerror(errno));
  thread_ = std::thread([this, niceness] { work(niceness); });
}

Worker::~Worker() {
  {
    const std::scoped_lock lock(mutex_);
    leaving_ = true;
  }
  changed_.notify_all();
  thread_.join();
  ::close(event_);
}

void Worker::post(Job job, Job then) {
  ++under_way_;
  {
    const std::scoped_lock lock(mutex_);
    posted_.push_back({std::move(job), std::move(then)});
  }
  changed_.notify_all();
}

void Worker::finish() {
  if (idle()) return;
  std::deque<Job> finished;
  {
    // Together, or the descriptor would stay readable for a job that is taken here.
    const std::scoped_lock lock(mutex_);
    std::uint64_t count = 0;
    static_cast<void>(!::read(event_, &count, sizeof count));
    if (failure_) std::rethrow_exception(failure_);
    finished.swap(finished_);
  }
  under_way_ -= finished.size();
  for (const Job& then : finished) then();
}

void Worker::wait() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return posted_.empty() && !working_; });
  }
  finish();
}

void Worker::wait_for_one() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !finished_.empty() || (posted_.empty() && !working_); });
  }
  finish();
}

void Worker::work(int niceness) {
  // On Linux a thread has a niceness of its own, which a real-time one takes no notice of.
  if (niceness > 0) {
    const sched_param usual{};
    if (::sched_getscheduler(0) != SCHED_OTHER) pthread_setschedparam(pthread_self(), SCHED_OTHER, &usual);
    static_cast<void>(!::nice(niceness));
  }
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !posted_.empty() || leaving_; });
    if (posted_.empty()) return;
    Posted next = std::move(posted_.front());
    posted_.pop_front();
    working_ = true;
    lock.unlock();
    std::exception_ptr failure;
    try {
      next.job();
    } catch (...) {
      failure = std::current_exception();
    }
    next.job = nullptr;
    lock.lock();
    working_ = false;
    if (failure && !failure_) failure_ = failure;
    finished_.push_back(std::move(next.then));
    const std::uint64_t one = 1;
    static_cast<void>(!::write(event_, &one, sizeof one));
    changed_.notify_all();
  }
}

}  // namespace spillway::event_builder
