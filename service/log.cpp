// spdlog is kept to this file.

#include "service/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace service {

void start_log() {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("jpki"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
}

void log_info(std::string_view line) {
  spdlog::info("{}", line);
}

void log_error(std::string_view line) {
  spdlog::error("{}", line);
}

}  // namespace service
