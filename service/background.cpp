// One thread a task, all woken together at the end.

#include "service/background.h"

namespace service {

Background::Background(std::vector<BackgroundTask> tasks, const http::ErrorHandler& on_error) {
  threads_.reserve(tasks.size());
  for (BackgroundTask& task : tasks)
    threads_.emplace_back([this, task = std::move(task), on_error] { repeat(task, on_error); });
}

Background::~Background() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

void Background::repeat(const BackgroundTask& task, const http::ErrorHandler& on_error) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    try {
      task.run();
    } catch (const std::exception& error) {
      if (on_error) on_error(task.name + ": " + error.what());
    }
    lock.lock();
    wake_.wait_for(lock, task.interval, [this] { return stopping_; });
  }
}

}  // namespace service
