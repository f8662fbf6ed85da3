// What to say about a command line that cannot be understood.

#pragma once

#include <span>
#include <string>

#include "pki/message.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace cli {

// What is wrong, the nearest command or option, and the help of that command.
[[nodiscard]] pki::Message explain_usage_error(const CLI::App& app, const CLI::ParseError& error,
                                               std::span<const char* const> arguments);

}  // namespace cli
