// jpki_bench COMMAND --option value …: one step of a benchmark; bench.py puts the steps together.

#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <string>

#include "tests/bench/options.h"

int main(int argc, char** argv) {
  const std::map<std::string, std::function<int(const bench::Options&)>> commands = {
      {"fill", bench::fill},       {"feed", bench::feed},  {"compromise", bench::compromise},
      {"publish", bench::publish}, {"sign", bench::sign},  {"issue", bench::issue},
      {"serve", bench::serve},     {"load", bench::load},  {"admin", bench::admin},
      {"https", bench::https},     {"files", bench::files}};
  try {
    const auto command = commands.find(argc > 1 ? argv[1] : "");
    if (command == commands.end()) {
      std::fprintf(stderr,
                   "usage: jpki_bench fill|feed|compromise|publish|sign|issue|serve|load|admin|https|files "
                   "--option value ...\n");
      return 2;
    }
    return command->second(bench::Options(argc - 2, argv + 2));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "jpki_bench: %s\n", error.what());
    return 4;
  }
}
