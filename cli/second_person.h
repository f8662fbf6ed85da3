// What a command ends with when the authority has noted it for a second person instead of doing it.

#pragma once

#include <boost/json.hpp>
#include <exception>
#include <string>

#include "pki/message.h"

namespace cli {

// Thrown where the answer is read; caught in run() and, where there is more to say, in the command.
class SecondPersonNeeded : public std::exception {
 public:
  // The answer of POST with status 202: `request` and `preview`.
  explicit SecondPersonNeeded(boost::json::object answer) : answer_(std::move(answer)) {}
  [[nodiscard]] const char* what() const noexcept override { return "a second person must confirm"; }
  [[nodiscard]] const boost::json::object& answer() const { return answer_; }
  // What to print: who must confirm it, how, and until when.
  [[nodiscard]] std::string words(pki::Language language) const;

 private:
  boost::json::object answer_;
};

}  // namespace cli
