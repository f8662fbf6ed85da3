// The main function of every test executable.
//
// A failing property must be repeatable, so the seed that the run used is always printed with a failure.

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>

#include "tests/support/seed.h"

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  const int failed = context.run();
  if (failed != 0) std::cerr << "repeat with JPKI_TEST_SEED=" << support::seed() << '\n';
  return failed;
}
