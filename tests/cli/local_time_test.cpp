// Times in texts: Japan's, with the offset, whatever stands around them.

#include "cli/local_time.h"

#include <doctest/doctest.h>

namespace cli {

TEST_CASE("every moment of a text is written as Japan's time with its offset") {
  CHECK(in_local_time("ends 2031-02-17T14:59:59Z") == "ends 2031-02-17T23:59:59+09:00");
  CHECK(in_local_time("(2026-12-31T15:00:00Z; 2027-01-01T00:00:00Z)\n") ==
        "(2027-01-01T00:00:00+09:00; 2027-01-01T09:00:00+09:00)\n");
}

TEST_CASE("what is no moment stays as it is") {
  for (const char* text :
       {"", "Z", "ZZ 2026-11-23 T05:00:00Z", "2026-11-23T14:00:00+09:00", "2026-11-23T05:00:00",
        "2026-13-23T05:00:00Z", "模擬Ｚ市 Zeit", "9999-12-31T23:59:59Z"})
    CHECK(in_local_time(text) == text);
}

}  // namespace cli
