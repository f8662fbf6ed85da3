// A bounded queue between threads, and the threads that take from it: the one hand-over of work in the
// program.
//
// Every queue has a length: overload is answered at once and costs neither memory nor the answers that need
// no waiting. In which order jobs are taken, and which one loses its place when there is none left, is
// decided by the `Line`; FirstInFirstOut is the ordinary one.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace pki {

// The jobs that wait, in the order in which they came, at most `length_max`. Not thread-safe by itself.
template <typename Job>
class FirstInFirstOut {
 public:
  explicit FirstInFirstOut(std::size_t length_max) : length_max_(length_max) {}

  // Gives back the job that has no place: this one, or, in lines that displace, another.
  [[nodiscard]] std::optional<Job> push(Job job) {
    if (jobs_.size() >= length_max_) return job;
    jobs_.push_back(std::move(job));
    return std::nullopt;
  }
  // REQUIRES: size() > 0.
  [[nodiscard]] Job pop() {
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }
  [[nodiscard]] std::size_t size() const { return jobs_.size(); }

 private:
  std::size_t length_max_;
  std::deque<Job> jobs_;
};

// Usable from any thread.
template <typename Job, typename Line = FirstInFirstOut<Job>>
class WorkQueue final {
 public:
  explicit WorkQueue(Line line) : line_(std::move(line)) {}
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // Gives back the job that has no place; after close() that is always this one.
  [[nodiscard]] std::optional<Job> push(Job job) {
    std::optional<Job> left_over;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return job;
      left_over = line_.push(std::move(job));
    }
    changed_.notify_one();
    return left_over;
  }

  // Waits for a job. Nothing when the queue is closed and empty.
  [[nodiscard]] std::optional<Job> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || line_.size() > 0; });
    if (line_.size() == 0) return std::nullopt;
    return line_.pop();
  }
  // Does not wait. Nothing when there is no job.
  [[nodiscard]] std::optional<Job> try_pop() {
    const std::lock_guard lock(mutex_);
    if (line_.size() == 0) return std::nullopt;
    return line_.pop();
  }

  // Takes no further job; what waits can still be taken.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return line_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Line line_;            // Guarded by mutex_.
  bool closed_ = false;  // Guarded by mutex_.
};

// What the threads of a pool do with jobs that still wait when the pool ends.
enum class AtEnd : unsigned char { finish, drop };

// A queue with a fixed number of threads. Usable from any thread.
template <typename Job, typename Line = FirstInFirstOut<Job>>
class WorkerPool final {
 public:
  using Queue = WorkQueue<Job, Line>;
  // Runs on each thread until pop() gives nothing; must not throw.
  using Loop = std::function<void(Queue&)>;
  // Runs for each job on one of the threads; must not throw.
  using Work = std::function<void(Job)>;

  WorkerPool(std::size_t threads, Line line, Loop loop, AtEnd at_end = AtEnd::finish)
      : queue_(std::move(line)), loop_(std::move(loop)), at_end_(at_end) {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i)
      threads_.emplace_back([this] { loop_(queue_); });
  }
  ~WorkerPool() {
    queue_.close();
    if (at_end_ == AtEnd::drop)
      while (queue_.try_pop())
        continue;
    for (std::thread& thread : threads_)
      thread.join();
  }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // The loop of a pool that takes one job after another.
  [[nodiscard]] static Loop one_by_one(Work work) {
    return [work = std::move(work)](Queue& queue) {
      while (auto job = queue.pop())
        work(std::move(*job));
    };
  }

  // As WorkQueue::push().
  [[nodiscard]] std::optional<Job> push(Job job) { return queue_.push(std::move(job)); }
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

 private:
  Queue queue_;
  Loop loop_;
  AtEnd at_end_;
  std::vector<std::thread> threads_;
};

}  // namespace pki
