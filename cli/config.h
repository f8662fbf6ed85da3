// The configuration file, jpki.toml: read by toml++, checked, every key with a default.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "ca/lifecycle.h"
#include "ca/profile.h"
#include "crl/publisher.h"
#include "http/address.h"
#include "ocsp/service.h"
#include "pki/result.h"

namespace cli {

struct Config {
  ca::ProfileConfig profile;
  http::TcpAddress verifier_listener{"127.0.0.1", 8080};
  http::TcpAddress ops_listener{"127.0.0.1", 9090};
  ca::HoldRelease hold_release = ca::HoldRelease::auth;
  ocsp::ServiceOptions ocsp;
  crl::PublisherOptions crl;
  bool open_to_all = false;
  std::uint64_t map_bytes = std::uint64_t{256} << 30U;
  std::size_t admin_threads = 32;
};

// Reads a file; Errc::invalid_value names the key that is wrong or unknown.
[[nodiscard]] pki::Result<Config> read_config(const std::filesystem::path& file);
// The same from a text, for tests and init.
[[nodiscard]] pki::Result<Config> parse_config(std::string_view text, std::string_view file_name);
// A commented file with every key at the value of `config`, as `jpki init` writes it.
[[nodiscard]] std::string write_config(const Config& config);

}  // namespace cli
