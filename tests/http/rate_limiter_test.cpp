// Token buckets: a second's worth at once, then the rate; each key alone; IPv6 by /64.

#include "http/rate_limiter.h"

#include <doctest/doctest.h>

namespace http {

namespace {

using namespace std::chrono_literals;

const RateLimiter::TimePoint kNow{std::chrono::hours{1}};

std::array<std::uint8_t, 16> v6(std::uint8_t subnet, std::uint8_t host) {
  return {0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, subnet, 0, 0, 0, 0, 0, 0, 0, host};
}
std::array<std::uint8_t, 16> v4(std::uint8_t last) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, last};
}

int taken(RateLimiter& limiter, RateLimiter::Key key, RateLimiter::TimePoint at) {
  int count = 0;
  while (count < 1000 && limiter.take(key, at))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("another rate holds from the next request on") {
  RateLimiter limiter(2);
  CHECK(taken(limiter, 1, kNow) == 2);
  limiter.set(5);
  CHECK(taken(limiter, 1, kNow + 1s) == 5);
  limiter.set(0);
  CHECK(limiter.take(1, kNow + 1s));
  limiter.set(1);
  CHECK(taken(limiter, 1, kNow + 3s) == 1);
}

TEST_CASE("an asker has a second's worth at once, and then its rate") {
  RateLimiter limiter(5);
  CHECK_FALSE(limiter.is_exhausted(1, kNow));
  CHECK(taken(limiter, 1, kNow) == 5);
  CHECK(limiter.is_exhausted(1, kNow));
  CHECK_FALSE(limiter.is_exhausted(2, kNow));
  CHECK(taken(limiter, 2, kNow) == 5);
  CHECK(taken(limiter, 1, kNow + 200ms) == 1);
  CHECK(taken(limiter, 1, kNow + 1h) == 5);
}

TEST_CASE("without a rate everything is let through") {
  RateLimiter limiter(0);
  CHECK(taken(limiter, 1, kNow) == 1000);
  CHECK_FALSE(limiter.is_exhausted(1, kNow));
}

TEST_CASE("an IPv6 /64 is one asker, IPv4 addresses are each one") {
  RateLimiter limiter(2);
  CHECK(taken(limiter, share_of(v6(1, 1)), kNow) == 2);
  CHECK(taken(limiter, share_of(v6(1, 2)), kNow) == 0);
  CHECK(taken(limiter, share_of(v6(2, 1)), kNow) == 2);
  CHECK(taken(limiter, share_of(v4(1)), kNow) == 2);
  CHECK(taken(limiter, share_of(v4(2)), kNow) == 2);
}

TEST_CASE("more askers than there is room for are still answered") {
  RateLimiter limiter(1);
  for (std::uint64_t key = 0; key < 200'000; ++key)
    REQUIRE(limiter.take(key, kNow));
}

}  // namespace http
