// The metrics of what a service has: well-formed, and with the ends that its store knows.

#include "service/state_metrics.h"

#include <doctest/doctest.h>

#include <regex>
#include <set>
#include <sstream>

#include "pki/file.h"
#include "pki/version.h"
#include "tests/support/authority_world.h"
#include "tests/support/command.h"

namespace service {

TEST_CASE("the version is that of the build") {
  const std::string list = pki::read_file("CMakeLists.txt").value();
  CHECK(list.find("project(jpki VERSION " + std::string(pki::kVersion) + " ") != std::string::npos);
}

TEST_CASE("metrics of process, store, certificates and lists are Prometheus text, each family once") {
  support::AuthorityWorld world;
  const std::string text = state_metrics_text(*world.environment, "/nowhere");
  const std::regex line(
      R"(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+]+)");
  std::set<std::string> typed;
  std::istringstream lines(text);
  for (std::string one; std::getline(lines, one);) {
    INFO(one);
    CHECK(std::regex_match(one, line));
    if (one.starts_with("# TYPE ")) CHECK(typed.insert(one.substr(0, one.rfind(' '))).second);
  }
  for (const char* name :
       {"jpki_build_info{version=\"", "process_start_time_seconds ", "process_cpu_seconds_total ",
        "process_resident_memory_bytes ", "process_open_fds ", "process_max_fds ",
        "jpki_certificate_end_seconds{certificate=\"ca\",issuer=\"sign-1\"} ",
        "jpki_certificate_end_seconds{certificate=\"responder\",issuer=\"auth-1\"} "})
    CHECK_MESSAGE(text.find(name) != std::string::npos, name);
  // What there is no file for is left out, and no name or address is in it.
  CHECK(text.find("jpki_store_bytes") == std::string::npos);
}

}  // namespace service
