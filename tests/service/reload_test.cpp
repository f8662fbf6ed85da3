// A configuration that is read again while the service runs.

#include "service/reload.h"

#include <doctest/doctest.h>

#include "tests/support/command.h"

namespace service {

namespace {

class Reloaded {
 public:
  Reloaded() { put("[limits]\nstranger_connections = 7\n"); }
  void put(std::string_view text) { support::write_file(file_, pki::as_bytes(text)); }
  pki::Result<ConfigChanges> reload() { return reloading_->reload(); }
  // What was put to use last; absent when nothing was.
  std::optional<Config> applied;

 private:
  support::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "jpki.toml";
  std::optional<Reloading> reloading_ = [this] {
    put("[limits]\nstranger_connections = 7\n");
    return Reloading(file_, read_config(file_).value(), [this](const Config& config) { applied = config; });
  }();
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("limits, the log's level and the listeners' names are taken over, all else waits and is named") {
  Reloaded service;
  service.put(
      "[limits]\nstranger_connections = 8\nasker_requests_per_second = 5\n[log]\nlevel = \"error\"\n"
      "[listen]\nhttps_names = [\"verify.example\"]\nverifier = \"127.0.0.1:1\"\n[admin]\nthreads = 2\n"
      "[operators.local]\nroot = \"akiko\"\n");
  const auto changes = service.reload().value();
  CHECK(changes.taken == Names{"listen.https_names", "limits.asker_requests_per_second",
                               "limits.stranger_connections", "log.level"});
  CHECK(changes.waiting == Names{"listen.verifier", "admin.threads", "operators.local"});
  REQUIRE(service.applied.has_value());
  CHECK(service.applied->stranger_connections == 8);
  CHECK(service.applied->ocsp.requests_per_second_max == 5);
  CHECK(service.applied->log_level == LogLevel::error);
  CHECK(service.applied->https_names == Names{"verify.example"});
  CHECK(service.applied->verifier_listener.port == 8080);
  const std::string words = to_string(changes);
  CHECK(words.find("after a restart: listen.verifier, admin.threads, operators.local") != std::string::npos);
}

TEST_CASE("what waits for a restart is named again until it is put back") {
  Reloaded service;
  service.put("[admin]\nthreads = 2\n[limits]\nstranger_connections = 7\n");
  CHECK(service.reload().value().waiting == Names{"admin.threads"});
  CHECK(service.reload().value().waiting == Names{"admin.threads"});
  service.put("[limits]\nstranger_connections = 7\n");
  CHECK(service.reload().value().waiting.empty());
}

TEST_CASE("a file with two mistakes names both, and changes nothing") {
  Reloaded service;
  service.put("[limits]\nstranger_conections = 8\n[log]\nlevel = \"loud\"\n");
  const auto refused = service.reload();
  REQUIRE(refused.has_error());
  CHECK(refused.error().text().find("line 2: the key limits.stranger_conections is not known: did you mean "
                                    "limits.stranger_connections?") != std::string::npos);
  CHECK(refused.error().text().find("line 4: log.level must be") != std::string::npos);
  CHECK_FALSE(service.applied.has_value());
}

}  // namespace service
