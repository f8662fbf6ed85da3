// What every command of the bench program shares: its options, its clock and its output.

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace bench {

// `--name value` pairs, in any order.
class Options final {
 public:
  // Throws std::invalid_argument for anything else.
  Options(int count, char** arguments);

  // Throws std::invalid_argument when it is not there and there is no fallback.
  [[nodiscard]] std::string text(const std::string& name) const;
  [[nodiscard]] std::string text(const std::string& name, const std::string& fallback) const;
  [[nodiscard]] std::uint64_t number(const std::string& name, std::uint64_t fallback) const;
  [[nodiscard]] double decimal(const std::string& name, double fallback) const;

 private:
  std::map<std::string, std::string> values_;
};

// One line `name=value` on standard output, for bench.py.
void report(std::string_view name, double value);

// Measures from its construction.
class Stopwatch final {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The commands; each gives the exit code.
int fill(const Options& options);
int compromise(const Options& options);
int feed(const Options& options);
int publish(const Options& options);
int sign(const Options& options);
int issue(const Options& options);
int serve(const Options& options);
int load(const Options& options);
int admin(const Options& options);
int https(const Options& options);
int files(const Options& options);

}  // namespace bench
