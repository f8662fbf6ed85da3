// The configuration file, jpki.toml: read by toml++, checked, every key with a default
// (service/config_keys.h).

#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ca/profile.h"
#include "crl/publisher.h"
#include "http/address.h"
#include "law/lifecycle.h"
#include "ocsp/service.h"
#include "pki/result.h"
#include "service/log.h"
#include "service/trusted_clock.h"
#include "store/read_leases.h"

namespace service {

// Where the secrets behind the keys come from, and how `jpki init` keeps new ones (docs/operations.md,
// section 11).
struct KeySettings {
  // Files of one line; empty: other sources (service/secrets.h).
  std::string passphrase_file, pin_file;
  // Used at init: the PKCS#11 URI of the token that makes the keys, and where the sealing key lies.
  std::string token, sealing_key_file;
};

// Beyond one machine (docs/cluster.md).
struct ClusterSettings {
  // The connection string of the log, as libpq has it; empty: the store is complete in itself.
  std::string log;
  // By what name this machine belongs to the log; empty: its host name. No two machines have the same.
  std::string name;
  // Where operators reach its admin API: machines that stand by name it while this one leads. Empty:
  // listen.admin_https.
  std::string address;
  // When a command is acknowledged, and how long the leases are under which other machines answer: the
  // leader's settings hold for all.
  store::Acknowledge acknowledge = store::Acknowledge::views;
  std::chrono::milliseconds lease = store::kReadLeaseMax;
};

enum class HttpsListening : std::uint8_t { off, automatic, on };

struct Config {
  ca::ProfileConfig profile;
  http::TcpAddress verifier_listener{"127.0.0.1", 8080};
  http::TcpAddress ops_listener{"127.0.0.1", 9090};
  // Where HTTPS is served. automatic: at the address if its port is free, else not at all.
  HttpsListening verifier_https = HttpsListening::automatic;
  http::TcpAddress verifier_https_listener{"127.0.0.1", 8443};
  // Where operators are served by HTTPS.
  HttpsListening admin_https = HttpsListening::automatic;
  http::TcpAddress admin_https_listener{"127.0.0.1", 9443};
  // The group that may open the admin socket; empty: none but that of a folder of mode 0710.
  std::string admin_group = {};
  // Which operator a user of this machine is, by the user's name.
  std::map<std::string, std::string> local_operators = {};
  // Whether what cannot be undone needs a second person, once there is an officer and a supervisor.
  bool two_persons = true;
  // What the certificate of the HTTPS listeners names beside what is known without asking (https_hosts()).
  std::vector<std::string> https_names;
  law::RegisterPolicy register_policy = {};
  ocsp::ServiceOptions ocsp{.requests_per_second_max = 10'000};
  crl::PublisherOptions crl;
  bool open_to_all = false;
  std::uint64_t map_bytes = std::uint64_t{256} << 30U;
  std::size_t admin_threads = 32;
  // Where the high-water mark lies. See DataFolder::safety().
  std::string safety_folder = {};
  ClockLimits clock;
  KeySettings keys = {};
  ClusterSettings cluster = {};
  // Of one address without a registered network: requests in a second, and connections to one listener (0: no
  // limit).
  std::uint32_t stranger_requests_per_second = 100;
  std::uint32_t stranger_connections = 256;
  LogLevel log_level = LogLevel::info;
};

// Every host by which the HTTPS listeners may be called: their own addresses, this machine's loopback names,
// the host of urls.public, and https_names.
[[nodiscard]] std::vector<std::string> https_hosts(const Config& config);

// Reads a file. Errc::invalid_value: every key that is wrong or unknown, with its line, the latter with the
// one that was probably meant; malformed: a file that is no TOML, empty, or cut off; not_found.
[[nodiscard]] pki::Result<Config> read_config(const std::filesystem::path& file);
// The same from a text, which may be empty: every key has its default.
[[nodiscard]] pki::Result<Config> parse_config(std::string_view text, std::string_view file_name);
// A commented file with every key at the value of `config`, as `jpki init` writes it. Its last line marks its
// end, so that read_config() notices when a part is missing.
[[nodiscard]] std::string write_config(const Config& config);

}  // namespace service
