// The log: one line an event on standard error, by spdlog. Never a personal item, a key or a PIN.

#pragma once

#include <string_view>

namespace service {

// Sets the form of the lines. Call it once, before any thread starts.
void start_log();
void log_info(std::string_view line);
void log_error(std::string_view line);

}  // namespace service
