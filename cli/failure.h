// How a command ends: the one table Errc → exit code, and what is printed.

#pragma once

#include <stdexcept>
#include <string>

#include "pki/result.h"

namespace cli {

// The exit codes of docs/cli.md, section 1.
enum ExitCode : int {
  kDone = 0,
  kRefused = 1,
  kUsage = 2,
  kNotReachable = 3,
  kInternal = 4,
  kRevoked = 10,
  kUnknown = 11,
  kOcspError = 12,
  kNotVerified = 13,
};

[[nodiscard]] int exit_code(pki::Errc code);

// Ends a command; caught in run() alone and printed as "jpki: what is wrong: what to do".
class Failure : public std::runtime_error {
 public:
  // For what is wrong with the call or its surroundings; `error` is what the message says.
  Failure(int code, const pki::Message& message);
  explicit Failure(const pki::Error& error);
  [[nodiscard]] int code() const { return code_; }
  // The message, with the article that refuses behind it; what() is the English.
  [[nodiscard]] std::string text(pki::Language language) const;
  // For --json: the same as the API's problem objects.
  [[nodiscard]] const pki::Error& error() const { return error_; }

 private:
  int code_;
  pki::Error error_;
};

// The value, or a Failure: commands are the top, where errors become messages.
template <typename T>
T value_or_fail(pki::Result<T> result) {
  if (result.has_error()) throw Failure(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace cli
