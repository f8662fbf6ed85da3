// What a fuzzer says when a property of a decoder does not hold: it stops, so that the input is kept.

#pragma once

#include <cstdlib>
#include <iostream>

namespace fuzz {

inline void check(bool holds, const char* property) {
  if (holds) return;
  std::cerr << "broken: " << property << '\n';
  std::abort();
}

}  // namespace fuzz
