// The file from which the commands take the endpoint and the credential.

#include "cli/client_config.h"

#include <doctest/doctest.h>

#include "tests/support/command.h"

namespace cli {

namespace {

pki::Result<ClientConfig> read(std::string_view text) {
  const support::TemporaryFolder folder;
  support::write_file(folder.file("client.toml"), pki::as_bytes(text));
  return read_client_config(folder.file("client.toml"));
}

}  // namespace

TEST_CASE("the four keys are read, and what is missing is empty") {
  const auto config = read("url = \"https://ca.example:9443\"\ncredential = \"/k.p12\"\nas = \"auditor\"\n");
  REQUIRE(config.has_value());
  CHECK(config->url == "https://ca.example:9443");
  CHECK(config->credential == "/k.p12");
  CHECK(config->credential_password_file.empty());
  CHECK(config->as == "auditor");
}

TEST_CASE("a file that is not there is an empty configuration") {
  const support::TemporaryFolder folder;
  const auto config = read_client_config(folder.file("client.toml"));
  REQUIRE(config.has_value());
  CHECK(config->url.empty());
  CHECK(read_client_config({}).has_value());
}

TEST_CASE("a wrong key, a wrong value and a broken file are named with their line") {
  CHECK(read("\nulr = \"x\"\n").error().text().find("line 2: ulr is not known") != std::string::npos);
  CHECK(read("url = 3\n").error().text().find("line 1: url must be a text") != std::string::npos);
  const auto broken = read("url = \n");
  CHECK(broken.error().code == pki::Errc::malformed);
  CHECK(broken.error().text().find("line 1") != std::string::npos);
}

}  // namespace cli
