// Runs a fuzzer's function over its corpus without libFuzzer, and over mutations made from a seed.
//
//   fuzz_NAME FOLDER
//
// So that every run of the tests, with any compiler, keeps what fuzzing once found.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <vector>

#include "tests/support/seed.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

constexpr int kMutationsOfEach = 300;

std::vector<Input> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.is_regular_file()) files.push_back(entry.path());
  std::ranges::sort(files);
  // Nothing at all is an input too, and the smallest.
  std::vector<Input> inputs(1);
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return inputs;
}

// One to four small changes: a byte set, a bit flipped, a piece removed, doubled or cut off.
Input mutate(Input input, std::mt19937_64& random) {
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    const std::size_t at = below(input.size() + 1);
    const auto position = input.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = std::min(input.size() - at, 1 + below(8));
    const auto stop = position + static_cast<std::ptrdiff_t>(length);
    switch (below(5)) {
      case 0:
        input.insert(position, static_cast<std::uint8_t>(random()));
        break;
      case 1:
        if (at < input.size()) *position ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 2:
        input.erase(position, stop);
        break;
      case 3: {
        const Input piece(position, stop);
        input.insert(position, piece.begin(), piece.end());
        break;
      }
      default:
        input.resize(at);
        break;
    }
  }
  return input;
}

void run(const Input& input) {
  // An exact copy on the heap lets AddressSanitizer see a read of one byte too many.
  const auto copy = std::make_unique<std::uint8_t[]>(input.size());
  std::ranges::copy(input, copy.get());
  LLVMFuzzerTestOneInput(copy.get(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " FOLDER\n";
    return 2;
  }
  const std::vector<Input> corpus = read_corpus(argv[1]);
  std::mt19937_64 random(support::seed());
  for (const Input& input : corpus) {
    run(input);
    for (int i = 0; i < kMutationsOfEach; ++i)
      run(mutate(input, random));
  }
  std::cout << corpus.size() << " inputs, " << corpus.size() * kMutationsOfEach << " mutations\n";
  return 0;
}
