// spdlog is kept to this file.

#include "service/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <memory>
#include <string>

namespace service {

namespace {

void append(spdlog::memory_buf_t& to, std::string_view text) {
  to.append(text.data(), text.data() + text.size());
}

// %Q: the line in quotes, with the escapes of JSON, which logfmt has as well.
class QuotedLine final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& to) override {
    const std::string_view line(message.payload.data(), message.payload.size());
    append(to, boost::json::serialize(boost::json::value(line)));
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<QuotedLine>();
  }
};

// %K: the priority as the journal reads it in front of a line (sd-daemon(3)).
class SyslogPriority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& to) override {
    append(to, message.level >= spdlog::level::err ? "<3>" : "<6>");
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<SyslogPriority>();
  }
};

const char* pattern_of(LogForm form) {
  switch (form) {
    case LogForm::text:
      return "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
    case LogForm::journal:
      return "%K%v";
    case LogForm::logfmt:
      return "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l msg=%Q";
    case LogForm::json:
      return R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","msg":%Q})";
  }
  return "";
}

LogForm usual_form() {
  const bool goes_to_the_journal = std::getenv("JOURNAL_STREAM") != nullptr;  // NOLINT(concurrency-mt-unsafe)
  return goes_to_the_journal ? LogForm::journal : LogForm::text;
}

}  // namespace

void start_log(LogLevel level, std::optional<LogForm> form) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<QuotedLine>('Q').add_flag<SyslogPriority>('K').set_pattern(
      pattern_of(form ? *form : usual_form()));
  spdlog::set_default_logger(spdlog::stderr_logger_mt("jpki"));
  spdlog::set_formatter(std::move(formatter));
  set_log_level(level);
}

void set_log_level(LogLevel level) {
  spdlog::set_level(level == LogLevel::error ? spdlog::level::err : spdlog::level::info);
}

void log_info(std::string_view line) {
  spdlog::info("{}", line);
}

void log_error(std::string_view line) {
  spdlog::error("{}", line);
}

}  // namespace service
