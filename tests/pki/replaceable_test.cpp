// A replaceable value under threads. Whether an access is a race, ThreadSanitizer tells (the preset tsan).

#include "pki/replaceable.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace pki {

namespace {

// Two halves that are always equal, in a value as its maker left it.
struct Pair {
  explicit Pair(int number) : first(number), second(number) {}
  int first, second;
};

}  // namespace

TEST_CASE("a replaceable value is empty at first, and a reader keeps what was replaced") {
  Replaceable<Pair> value;
  CHECK(value.load() == nullptr);
  value.store(std::make_shared<const Pair>(1));
  const auto kept = value.load();
  value.store(std::make_shared<const Pair>(2));
  CHECK(kept->first == 1);
  CHECK(value.load()->first == 2);
  value.store({});
  CHECK(value.load() == nullptr);
}

TEST_CASE("readers of a replaceable value see whole values, never older after newer") {
  Replaceable<Pair> value(std::make_shared<const Pair>(0));
  std::atomic<int> wrong{0};
  {
    const std::jthread writer([&value](const std::stop_token& stop) {
      for (int i = 1; !stop.stop_requested(); ++i)
        value.store(std::make_shared<const Pair>(i));
    });
    const auto read = [&value, &wrong] {
      int last = 0;
      for (int i = 0; i < 20'000; ++i) {
        const auto pair = value.load();
        if (pair->first != pair->second || pair->first < last) ++wrong;
        last = pair->first;
      }
    };
    const std::jthread reader(read);
    read();
  }
  CHECK(wrong == 0);
}

}  // namespace pki
