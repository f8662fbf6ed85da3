// The log: one line an event on standard error, by spdlog. Never a personal item, a key or a PIN.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace service {

enum class LogLevel : std::uint8_t { info, error };

enum class LogForm : std::uint8_t {
  text,     // 2026-11-23T05:00:00.000Z info draining
  journal,  // <6>draining: time and level are the journal's.
  logfmt,   // time=2026-11-23T05:00:00.000Z level=info msg="draining"
  json,     // {"time":"2026-11-23T05:00:00.000Z","level":"info","msg":"draining"}
};

// Sets the form of the lines and what is left out. Without a form: journal where the journal reads standard
// error (systemd sets JOURNAL_STREAM), else text. Call it once, before any thread starts.
void start_log(LogLevel level = LogLevel::info, std::optional<LogForm> form = {});
// What is left out, from now on. From any thread.
void set_log_level(LogLevel level);
void log_info(std::string_view line);
void log_error(std::string_view line);

}  // namespace service
