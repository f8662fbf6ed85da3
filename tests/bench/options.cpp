// Options and output.

#include "tests/bench/options.h"

#include <cstdio>
#include <stdexcept>

namespace bench {

Options::Options(int count, char** arguments) {
  for (int i = 0; i < count; i += 2) {
    const std::string_view name = arguments[i];
    if (!name.starts_with("--") || i + 1 >= count)
      throw std::invalid_argument("options are pairs --name value, not " + std::string(name));
    values_[std::string(name.substr(2))] = arguments[i + 1];
  }
}

std::string Options::text(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw std::invalid_argument("--" + name + " is missing");
  return found->second;
}

std::string Options::text(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : found->second;
}

std::uint64_t Options::number(const std::string& name, std::uint64_t fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : std::stoull(found->second);
}

double Options::decimal(const std::string& name, double fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : std::stod(found->second);
}

void report(std::string_view name, double value) {
  std::printf("%.*s=%.9g\n", static_cast<int>(name.size()), name.data(), value);
  std::fflush(stdout);
}

}  // namespace bench
