// What a function gives back when a caller can cause it to fail.
//
// Results are for what a caller decides about; exceptions are for what only the top can handle (a full
// disk, a store that cannot be read). Each Errc is translated once to an OCSP status (ocsp/), an HTTP status
// (admin/) and an exit code (cli/).

#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "pki/message.h"

namespace pki {

// In alphabetical order; the comment is the meaning that all three translations rely on.
enum class Errc {
  already_exists,   // The thing to be made is there already.
  conflict,         // The state changed under the request; asking again may succeed.
  forbidden,        // The one who asks may not do this (role, municipality, class).
  internal,         // Our own fault; the detail is for the log, never for the client.
  invalid_value,    // A value is well formed but not allowed; `Error::field` names it.
  malformed,        // Bytes or text that are not what they claim to be.
  not_found,        // The named thing does not exist.
  outcome_unknown,  // It is not known whether the change was made; ask again with the same Idempotency-Key.
  refused_by_law,   // A rule of the Act refuses; `Error::article` names it.
  sig_required,     // An OCSP request that must be signed is not (RFC 6960 section 2.3).
  too_busy,         // A queue is full; try later.
  unauthorized,     // The asker is unknown, or may not ask this.
  unreachable,      // A peer could not be reached.
  unsupported,      // Well formed, but this program does not do it.
};

// `message` is one sentence: what is wrong, and what to do. It never holds a personal item or a secret.
struct Error {
  Errc code = Errc::internal;
  Message message;
  // The member or option at fault, for invalid_value; empty otherwise.
  std::string field = {};
  // The article that refuses, for refused_by_law and forbidden, e.g. "Act 6"; empty otherwise.
  std::string article = {};

  [[nodiscard]] std::string text(Language language = Language::en) const { return message.in(language); }
};

// An Error that only the top can handle, thrown by or_throw().
class ErrorException : public MessageError {
 public:
  explicit ErrorException(Error error) : MessageError(error.message), error_(std::move(error)) {}
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  Error error_;
};

// Needed by boost::system::result: value() on an error is a bug of ours, reported as an exception.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& location);

template <typename T>
using Result = boost::system::result<T, Error>;

[[nodiscard]] inline Error fail(Errc code, Message message) {
  return Error{code, std::move(message), {}, {}};
}

[[nodiscard]] inline Error invalid(std::string field, Message message) {
  return Error{Errc::invalid_value, std::move(message), std::move(field), {}};
}

// A refusal by the Act, its Orders and Ordinances; `article` names the rule, e.g. "Act 6", `field` the item
// at fault, if there is one.
[[nodiscard]] inline Error refused(Message message, std::string article, std::string field = {}) {
  return Error{Errc::refused_by_law, std::move(message), std::move(field), std::move(article)};
}

// The same for what the law leaves to others than the one who asks.
[[nodiscard]] inline Error forbidden(Message message, std::string article, std::string field = {}) {
  return Error{Errc::forbidden, std::move(message), std::move(field), std::move(article)};
}

// The value, or its error as an ErrorException: for code that runs only below one handler at the top.
template <typename T>
T or_throw(Result<T> result) {
  if (result.has_error()) throw ErrorException(std::move(result).error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// The name of a code as it appears in JSON errors, e.g. "refused_by_law".
[[nodiscard]] const char* to_string(Errc code);

}  // namespace pki

#define JPKI_CONCAT_INNER(a, b) a##b
#define JPKI_CONCAT(a, b) JPKI_CONCAT_INNER(a, b)

// Leaves the enclosing function with the error, if there is one.
#define TRY(expression)                                                   \
  do {                                                                    \
    if (auto jpki_try_result = (expression); jpki_try_result.has_error()) \
      return std::move(jpki_try_result).error();                          \
  } while (false)

#define JPKI_TRY_ASSIGN(temporary, declaration, expression)       \
  auto temporary = (expression);                                  \
  if (temporary.has_error()) return std::move(temporary).error(); \
  declaration = std::move(*temporary)

// TRY_ASSIGN(auto name, decode_name(reader)): declares `name`, or leaves with the error.
#define TRY_ASSIGN(declaration, expression) \
  JPKI_TRY_ASSIGN(JPKI_CONCAT(jpki_try_, __LINE__), declaration, expression)
