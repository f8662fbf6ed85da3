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
  const std::string text = state_metrics_text(*world.environment, DataFolder{"/nowhere"}, {});
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
  // What there is no file for, and what was not counted yet, is left out.
  for (const char* name : {"jpki_store_bytes", "jpki_last_backup_seconds", "jpki_certificates"})
    CHECK_MESSAGE(text.find(name) == std::string::npos, name);
}

TEST_CASE(
    "metrics of certificates by kind and state are of the last count, and the last backup of its file") {
  support::AuthorityWorld world;
  const support::TemporaryFolder folder;
  const DataFolder data{folder.path()};
  REQUIRE(pki::save_file(data.last_backup(), pki::as_bytes("2026-11-30T05:00:00Z\n"), pki::FileSecrecy::open)
              .has_value());
  const auto resident = world.add_resident();
  for (const auto kind : {pki::CertificateKind::sign, pki::CertificateKind::auth})
    world.issue(resident, kind);
  const pki::Time now = world.clock.now();
  CertificateCounts counts;
  counts.count(*world.environment, world.vault, now, [] { return false; });
  const std::string text = state_metrics_text(*world.environment, data, counts);
  for (const std::string& line : std::initializer_list<std::string>{
           "jpki_certificates{kind=\"sign\",state=\"valid\"} 1\n",
           "jpki_certificates{kind=\"auth\",state=\"valid\"} 1\n",
           "jpki_certificates{kind=\"auth\",state=\"revoked\"} 0\n", "jpki_last_backup_seconds 1796014800\n",
           "jpki_certificates_counted_seconds " + std::to_string(pki::to_unix(now)) + "\n"})
    CHECK_MESSAGE(text.find(line) != std::string::npos, line);
}

}  // namespace service
