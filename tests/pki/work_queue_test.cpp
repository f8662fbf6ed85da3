// The queue between threads: its length, its end, and what the threads of a pool do then.

#include "pki/work_queue.h"

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace pki {

using Pool = WorkerPool<int>;

TEST_CASE("a queue gives jobs out in their order and gives back what has no place") {
  WorkQueue<int> queue(FirstInFirstOut<int>(2));
  CHECK_FALSE(queue.try_pop());
  CHECK_FALSE(queue.push(1));
  CHECK_FALSE(queue.push(2));
  CHECK(queue.push(3) == 3);
  CHECK(queue.size() == 2);
  CHECK(queue.pop() == 1);
  CHECK(queue.try_pop() == 2);
}

TEST_CASE("a closed queue takes nothing more, and what waits can still be taken") {
  WorkQueue<int> queue(FirstInFirstOut<int>(2));
  CHECK_FALSE(queue.push(1));
  queue.close();
  CHECK(queue.push(2) == 2);
  CHECK(queue.pop() == 1);
  CHECK_FALSE(queue.pop());
}

TEST_CASE("closing wakes a thread that waits") {
  WorkQueue<int> queue(FirstInFirstOut<int>(1));
  auto waiting = std::async(std::launch::async, [&] { return queue.pop(); });
  queue.close();
  CHECK_FALSE(waiting.get());
}

TEST_CASE("a pool finishes what is queued when it ends") {
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  std::vector<int> done;
  {
    Pool pool(1, FirstInFirstOut<int>(10), Pool::one_by_one([&](int job) {
                opened.wait();
                done.push_back(job);
              }));
    for (int job = 0; job < 5; ++job)
      CHECK_FALSE(pool.push(job));
    gate.set_value();
  }
  CHECK(done == std::vector<int>{0, 1, 2, 3, 4});
}

TEST_CASE("a pool that drops ends after the job in hand") {
  using Job = std::shared_ptr<int>;
  std::promise<void> inside, gate;
  auto opened = gate.get_future().share();
  const auto first = std::make_shared<int>(0), second = std::make_shared<int>(0);
  std::future<void> opening;
  {
    WorkerPool<Job> pool(1, FirstInFirstOut<Job>(10), WorkerPool<Job>::one_by_one([&](const Job& job) {
                           inside.set_value();
                           opened.wait();
                           ++*job;
                         }),
                         AtEnd::drop);
    CHECK_FALSE(pool.push(first));
    inside.get_future().wait();
    CHECK_FALSE(pool.push(second));
    // The first job goes on when the ending pool has let go of the second one.
    opening = std::async(std::launch::async, [&] {
      while (second.use_count() > 1)
        std::this_thread::yield();
      gate.set_value();
    });
  }
  opening.get();
  CHECK(*first == 1);
  CHECK(*second == 0);
}

}  // namespace pki
