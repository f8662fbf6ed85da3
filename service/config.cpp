// Keys are read one by one through a reader that remembers them, so that a misspelt key is an error.

#include "service/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <set>

#include "http/url.h"
#include "pki/network.h"
#include "verifier/verifiers.h"

namespace service {

namespace {

// Reads dotted keys of one table and knows afterwards which ones nobody asked for.
class ConfigReader final {
 public:
  explicit ConfigReader(const toml::table& table) : table_(table) {}

  template <typename T>
  pki::Result<void> read(const char* key, T& out) {
    known_.insert(key);
    const auto node = table_.at_path(key);
    if (!node) return {};
    const auto value = node.value_exact<T>();
    if (!value) return pki::invalid(key, std::string("the value of ") + key + " has the wrong type");
    out = *value;
    return {};
  }

  pki::Result<void> read_seconds(const char* key, pki::Seconds& out) {
    std::int64_t count = out.count();
    TRY(read(key, count));
    if (count < 0 || count > 366 * 86'400)
      return pki::invalid(key, std::string(key) + " must lie between 0 and one year, in seconds");
    out = pki::Seconds{count};
    return {};
  }

  pki::Result<void> read_texts(const char* key, std::vector<std::string>& out) {
    known_.insert(key);
    const auto node = table_.at_path(key);
    if (!node) return {};
    const toml::array* const list = node.as_array();
    const pki::Error wrong =
        pki::invalid(key, std::string("the value of ") + key + " must be a list of texts");
    if (list == nullptr) return wrong;
    out.clear();
    for (const toml::node& element : *list) {
      const auto text = element.value_exact<std::string>();
      if (!text) return wrong;
      out.push_back(*text);
    }
    return {};
  }

  pki::Result<void> check_unknown() const { return check_table(table_, ""); }

 private:
  pki::Result<void> check_table(const toml::table& table, const std::string& prefix) const {
    for (const auto& [key, node] : table) {
      const std::string path = prefix + std::string(key.str());
      if (const toml::table* inner = node.as_table()) {
        TRY(check_table(*inner, path + "."));
      } else if (!known_.contains(path)) {
        return pki::invalid(path, "the key " + path + " is not known: see docs/operations.md for all keys");
      }
    }
    return {};
  }

  const toml::table& table_;
  std::set<std::string> known_;
};

pki::Result<http::TcpAddress> parse_listener(const char* key, const std::string& text) {
  const pki::Error wrong =
      pki::invalid(key, std::string(key) + " must be an address and a port: 127.0.0.1:8080 or [::1]:8080");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return wrong;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || stop != end) return wrong;
  if (pki::parse_network(host).has_error())
    return pki::invalid(key, std::string(key) + " must be a numeric address, not a name: 127.0.0.1:8080");
  return http::TcpAddress{host, port};
}

// HH:MM of the Japanese day.
pki::Result<pki::Seconds> parse_time_of_day(const std::string& text) {
  const auto is_digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  const auto digits = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const bool shaped =
      text.size() == 5 && text[2] == ':' && is_digit(0) && is_digit(1) && is_digit(3) && is_digit(4);
  if (!shaped || digits(0) > 23 || digits(3) > 59)
    return pki::invalid("crl.complete_time", "crl.complete_time must be a time of day in Japan, HH:MM");
  return pki::Seconds{digits(0) * 3600 + digits(3) * 60};
}

pki::Result<void> read_profile(ConfigReader& reader, ca::ProfileConfig& profile) {
  TRY(reader.read("urls.public", profile.public_url));
  TRY(reader.read("ca.organization", profile.organization));
  TRY(reader.read("ca.crl_uri_in_certificates", profile.crl_uri_in_certificates));
  TRY(reader.read("ca.freshest_crl_in_certificates", profile.freshest_crl_in_certificates));
  TRY(reader.read("ca.aia_in_signing_certificates", profile.aia_in_signing_certificates));
  TRY(reader.read("ca.unknown_sex_code", profile.unknown_sex_code));
  std::int64_t age = profile.issuing.minimum_age_for_signing;
  TRY(reader.read("ca.minimum_age_for_signing", age));
  if (age < 0 || age > 150)
    return pki::invalid("ca.minimum_age_for_signing", "the minimum age must lie between 0 and 150");
  profile.issuing.minimum_age_for_signing = static_cast<int>(age);
  TRY(reader.read("ca.signing_for_adult_wards", profile.issuing.signing_for_adult_wards));
  for (const auto& [key, member] :
       {std::pair{"credentials.life_days", &ca::ProfileConfig::credential_days},
        std::pair{"pinless.credential_life_days", &ca::ProfileConfig::pinless_credential_days}}) {
    std::int64_t days = profile.*member;
    TRY(reader.read(key, days));
    if (days < 1 || days > 1096) return pki::invalid(key, std::string(key) + " must lie between 1 and 1096");
    profile.*member = static_cast<int>(days);
  }
  for (const auto& [key, member] : {std::pair{"ca.key", &ca::ProfileConfig::ca_key},
                                    std::pair{"ca.responder_key", &ca::ProfileConfig::responder_key}}) {
    std::string text(pki::to_string(profile.*member));
    TRY(reader.read(key, text));
    const auto algorithm = pki::parse_key_algorithm(text);
    if (!algorithm) return pki::invalid(key, std::string(key) + " must be rsa-2048, p-256 or p-384");
    profile.*member = *algorithm;
  }
  return {};
}

bool is_host_name(std::string_view text) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, is_allowed);
}

pki::Result<void> read_https(ConfigReader& reader, Config& config) {
  std::string where = "auto";
  TRY(reader.read("listen.verifier_https", where));
  config.verifier_https = where == "off"    ? HttpsListening::off
                          : where == "auto" ? HttpsListening::automatic
                                            : HttpsListening::on;
  if (config.verifier_https == HttpsListening::on) {
    TRY_ASSIGN(config.verifier_https_listener, parse_listener("listen.verifier_https", where));
  }
  TRY(reader.read_texts("listen.https_names", config.https_names));
  for (const std::string& name : config.https_names)
    if (!is_host_name(name) && pki::parse_network(name).has_error())
      return pki::invalid("listen.https_names",
                          "listen.https_names must hold DNS names and numeric addresses: " + name);
  return {};
}

pki::Result<void> read_listeners(ConfigReader& reader, Config& config) {
  std::string verifier = http::to_string(config.verifier_listener),
              ops = http::to_string(config.ops_listener);
  TRY(reader.read("listen.verifier", verifier));
  TRY(reader.read("listen.ops", ops));
  TRY_ASSIGN(config.verifier_listener, parse_listener("listen.verifier", verifier));
  TRY_ASSIGN(config.ops_listener, parse_listener("listen.ops", ops));
  TRY(read_https(reader, config));
  std::string release = config.hold_release == law::HoldRelease::auth ? "auth" : "never";
  TRY(reader.read("hold.release", release));
  if (release != "auth" && release != "never")
    return pki::invalid("hold.release", "hold.release must be auth or never");
  config.hold_release = release == "auth" ? law::HoldRelease::auth : law::HoldRelease::never;
  return {};
}

pki::Result<void> read_ocsp(ConfigReader& reader, Config& config) {
  TRY(reader.read_seconds("ocsp.grid_seconds", config.ocsp.grid));
  TRY(reader.read_seconds("ocsp.next_update_seconds", config.ocsp.next_update_after));
  std::string unknown = config.ocsp.unknown == ocsp::UnknownPolicy::unknown ? "unknown" : "extended-revoke";
  TRY(reader.read("ocsp.unknown", unknown));
  if (unknown != "unknown" && unknown != "extended-revoke")
    return pki::invalid("ocsp.unknown", "ocsp.unknown must be unknown or extended-revoke");
  config.ocsp.unknown =
      unknown == "unknown" ? ocsp::UnknownPolicy::unknown : ocsp::UnknownPolicy::extended_revoke;
  std::string responder_id = config.ocsp.responder_id == ocsp::ResponderIdForm::by_key ? "key" : "name";
  TRY(reader.read("ocsp.responder_id", responder_id));
  if (responder_id != "key" && responder_id != "name")
    return pki::invalid("ocsp.responder_id", "ocsp.responder_id must be key or name");
  config.ocsp.responder_id =
      responder_id == "key" ? ocsp::ResponderIdForm::by_key : ocsp::ResponderIdForm::by_name;
  TRY(reader.read_seconds("pinless.replay_window", config.ocsp.replay_window));
  if (config.ocsp.replay_window < pki::Seconds{1})
    return pki::invalid("pinless.replay_window", "pinless.replay_window must be a second or more");
  TRY(reader.read("access.open_to_all", config.open_to_all));
  config.ocsp.access =
      config.open_to_all ? ocsp::AccessPolicy::open_to_all : ocsp::AccessPolicy::authorized_only;
  if (config.ocsp.next_update_after < config.ocsp.grid || config.ocsp.next_update_after < pki::Seconds{60})
    return pki::invalid("ocsp.next_update_seconds",
                        "ocsp.next_update_seconds must be 60 or more, and not less than the grid");
  std::int64_t kept_mib = static_cast<std::int64_t>(config.ocsp.kept_answer_bytes_max >> 20U);
  TRY(reader.read("ocsp.kept_answers_mib", kept_mib));
  if (kept_mib < 0 || kept_mib > 1'000'000)
    return pki::invalid("ocsp.kept_answers_mib", "ocsp.kept_answers_mib must lie between 0 and 1000000");
  config.ocsp.kept_answer_bytes_max = static_cast<std::size_t>(kept_mib) << 20U;
  return {};
}

pki::Result<void> read_crl(ConfigReader& reader, Config& config) {
  std::string time_of_day = "05:00";
  TRY(reader.read("crl.complete_time", time_of_day));
  TRY_ASSIGN(config.crl.complete_time_of_day, parse_time_of_day(time_of_day));
  TRY(reader.read_seconds("crl.complete_validity_seconds", config.crl.complete_validity));
  TRY(reader.read_seconds("crl.delta_validity_seconds", config.crl.delta_validity));
  TRY(reader.read_seconds("crl.delta_overlap_seconds", config.crl.delta_overlap));
  TRY(reader.read_seconds("crl.delta_grid_seconds", config.crl.delta_grid));
  // Complete CRLs come once a day; one must not end before the next is out.
  if (config.crl.complete_validity < std::chrono::hours{25})
    return pki::invalid("crl.complete_validity_seconds",
                        "a complete CRL comes once a day: make it valid for 25 hours or more");
  if (config.crl.delta_overlap >= config.crl.delta_validity)
    return pki::invalid("crl.delta_overlap_seconds",
                        "the overlap of deltas must be shorter than their validity");
  if (config.crl.delta_grid < pki::Seconds{1})
    return pki::invalid("crl.delta_grid_seconds", "the grid of deltas must be a second or more");
  std::string scopes = "all";
  TRY(reader.read("crl.scopes", scopes));
  if (scopes != "all" && scopes != "used")
    return pki::invalid("crl.scopes", "crl.scopes must be all or used");
  config.crl.scopes = scopes == "all" ? crl::ScopeSelection::all : crl::ScopeSelection::used;
  bool has_dates = config.crl.invalidity_dates == registry::InvalidityDates::given;
  TRY(reader.read("crl.invalidity_dates", has_dates));
  config.crl.invalidity_dates =
      has_dates ? registry::InvalidityDates::given : registry::InvalidityDates::omitted;
  return {};
}

// How long past lists stay (Order 7, 23).
pki::Result<void> read_retention(ConfigReader& reader, Config& config) {
  std::int64_t complete_days =
      std::chrono::duration_cast<std::chrono::days>(config.crl.retention.complete).count();
  std::int64_t delta_days = std::chrono::duration_cast<std::chrono::days>(config.crl.retention.delta).count();
  TRY(reader.read("crl.keep_complete_days", complete_days));
  TRY(reader.read("crl.keep_delta_days", delta_days));
  constexpr std::int64_t kMostDays = 100'000;
  if (complete_days < 1 || complete_days > kMostDays)
    return pki::invalid("crl.keep_complete_days",
                        "complete CRLs are kept for 1 to 100000 days; the law asks for 3653");
  if (delta_days < 1 || delta_days > kMostDays)
    return pki::invalid("crl.keep_delta_days", "delta CRLs are kept for 1 to 100000 days");
  config.crl.retention = {.complete = std::chrono::days{complete_days},
                          .delta = std::chrono::days{delta_days}};
  return {};
}

pki::Result<void> read_services(ConfigReader& reader, Config& config) {
  TRY(read_listeners(reader, config));
  TRY(read_ocsp(reader, config));
  TRY(read_crl(reader, config));
  TRY(read_retention(reader, config));
  std::int64_t map_gib = static_cast<std::int64_t>(config.map_bytes >> 30U);
  TRY(reader.read("store.map_gib", map_gib));
  if (map_gib < 1 || map_gib > 65'536)
    return pki::invalid("store.map_gib", "store.map_gib must lie between 1 and 65536");
  config.map_bytes = static_cast<std::uint64_t>(map_gib) << 30U;
  std::int64_t threads = static_cast<std::int64_t>(config.admin_threads);
  TRY(reader.read("admin.threads", threads));
  if (threads < 1 || threads > 1'024)
    return pki::invalid("admin.threads", "admin.threads must lie between 1 and 1024");
  config.admin_threads = static_cast<std::size_t>(threads);
  return {};
}

std::string toml_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string https_text(const Config& config) {
  std::string text = "# auto: 127.0.0.1:8443 unless another program has that port; off; or an address.\n";
  const std::string where = config.verifier_https == HttpsListening::off ? "off"
                            : config.verifier_https == HttpsListening::automatic
                                ? "auto"
                                : http::to_string(config.verifier_https_listener);
  text += "verifier_https = " + toml_quoted(where) + "\nhttps_names = [";
  for (std::size_t i = 0; i < config.https_names.size(); ++i)
    text += (i == 0 ? "" : ", ") + toml_quoted(config.https_names[i]);
  return text + "]\n";
}

const char* truth(bool value) {
  return value ? "true" : "false";
}

}  // namespace

std::vector<std::string> https_hosts(const Config& config) {
  std::vector<std::string> hosts;
  const auto add = [&](const std::string& host) {
    if (!std::ranges::count(hosts, host)) hosts.push_back(host);
  };
  if (const auto url = http::parse_url(config.profile.public_url)) add(url->host);
  for (const std::string& name : config.https_names)
    add(name);
  // The addresses that mean "every one of this machine" are nobody's name.
  const std::string& own = config.verifier_https_listener.host;
  if (own != "0.0.0.0" && own != "::") add(own);
  for (const char* name : {"localhost", "127.0.0.1", "::1"})
    add(name);
  return hosts;
}

pki::Result<Config> parse_config(std::string_view text, std::string_view file_name) {
  toml::table table;
  try {
    table = toml::parse(text, file_name);
  } catch (const toml::parse_error& error) {
    return pki::fail(pki::Errc::malformed, std::string(file_name) + ", line " +
                                               std::to_string(error.source().begin.line) + ": " +
                                               std::string(error.description()));
  }
  Config config;
  config.crl.complete_time_of_day = std::chrono::hours{5};
  ConfigReader reader(table);
  TRY(read_profile(reader, config.profile));
  TRY(read_services(reader, config));
  TRY(reader.check_unknown());
  TRY(ca::Profile::make(config.profile));
  return config;
}

pki::Result<Config> read_config(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    return pki::fail(pki::Errc::not_found, "cannot read the configuration " + file.string() +
                                               ": was `jpki init` run for this folder?");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  return parse_config(text, file.string());
}

std::string write_config(const Config& config) {
  const ca::ProfileConfig& profile = config.profile;
  std::string text;
  text += "# Configuration of jpki. docs/operations.md explains every key.\n\n";
  text += "[urls]\n# Frozen into every certificate of this generation: a change here has no effect on it.\n";
  text += "public = " + toml_quoted(profile.public_url) + "\n\n";
  text += "[listen]\nverifier = " + toml_quoted(http::to_string(config.verifier_listener)) + "\n";
  text += "ops = " + toml_quoted(http::to_string(config.ops_listener)) + "\n";
  text += https_text(config) + "\n";
  text += "[access]\n# true: OCSP and CRLs are open to everyone, registered or not.\n";
  text += std::string("open_to_all = ") + truth(config.open_to_all) + "\n\n";
  text += "[ca]\n# Frozen at init: organization, key.\norganization = " + toml_quoted(profile.organization) +
          "\n";
  text += "key = " + toml_quoted(pki::to_string(profile.ca_key)) + "\n";
  text += "responder_key = " + toml_quoted(pki::to_string(profile.responder_key)) + "\n";
  text += std::string("crl_uri_in_certificates = ") + truth(profile.crl_uri_in_certificates) + "\n";
  text += std::string("freshest_crl_in_certificates = ") + truth(profile.freshest_crl_in_certificates) + "\n";
  text += std::string("aia_in_signing_certificates = ") + truth(profile.aia_in_signing_certificates) + "\n";
  text += "unknown_sex_code = " + toml_quoted(profile.unknown_sex_code) + "\n";
  text += "minimum_age_for_signing = " + std::to_string(profile.issuing.minimum_age_for_signing) + "\n";
  text += std::string("signing_for_adult_wards = ") + truth(profile.issuing.signing_for_adult_wards) + "\n\n";
  text += "[hold]\n# auth: a held authentication certificate may be released; never: after CPS 4.9.9.\n";
  text += std::string("release = ") +
          (config.hold_release == law::HoldRelease::auth ? "\"auth\"" : "\"never\"") + "\n\n";
  text += "[ocsp]\ngrid_seconds = " + std::to_string(config.ocsp.grid.count()) + "\n";
  text += "next_update_seconds = " + std::to_string(config.ocsp.next_update_after.count()) + "\n";
  text += "kept_answers_mib = " + std::to_string(config.ocsp.kept_answer_bytes_max >> 20U) + "\n";
  text += std::string("unknown = ") +
          (config.ocsp.unknown == ocsp::UnknownPolicy::unknown ? "\"unknown\"" : "\"extended-revoke\"") +
          "\n";
  text += std::string("responder_id = ") +
          (config.ocsp.responder_id == ocsp::ResponderIdForm::by_key ? "\"key\"" : "\"name\"") + "\n\n";
  text += "[credentials]\nlife_days = " + std::to_string(profile.credential_days) + "\n\n";
  text += "[pinless]\n# Seconds for which a nonce is remembered; days that a credential lives.\n";
  text += "replay_window = " + std::to_string(config.ocsp.replay_window.count()) + "\n";
  text += "credential_life_days = " + std::to_string(profile.pinless_credential_days) + "\n\n";
  const auto minutes = config.crl.complete_time_of_day.count() / 60;
  const auto two = [](std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  text += "[crl]\ncomplete_time = \"" + two(minutes / 60) + ":" + two(minutes % 60) + "\"\n";
  text += "complete_validity_seconds = " + std::to_string(config.crl.complete_validity.count()) + "\n";
  text += "delta_validity_seconds = " + std::to_string(config.crl.delta_validity.count()) + "\n";
  text += "delta_overlap_seconds = " + std::to_string(config.crl.delta_overlap.count()) + "\n";
  text += "delta_grid_seconds = " + std::to_string(config.crl.delta_grid.count()) + "\n";
  text += "# Past lists: Order 7 and 23 ask for ten years of complete ones.\n";
  text +=
      "keep_complete_days = " +
      std::to_string(std::chrono::duration_cast<std::chrono::days>(config.crl.retention.complete).count()) +
      "\n";
  text += "keep_delta_days = " +
          std::to_string(std::chrono::duration_cast<std::chrono::days>(config.crl.retention.delta).count()) +
          "\n";
  text += std::string("scopes = ") +
          (config.crl.scopes == crl::ScopeSelection::all ? "\"all\"" : "\"used\"") + "\n";
  text += "# Since when a leaked key was known to others, when its holder named the day (key-notice).\n";
  text += std::string("invalidity_dates = ") +
          (config.crl.invalidity_dates == registry::InvalidityDates::given ? "true" : "false") + "\n\n";
  text += "[store]\nmap_gib = " + std::to_string(config.map_bytes >> 30U) + "\n\n";
  text += "[admin]\nthreads = " + std::to_string(config.admin_threads) + "\n";
  return text;
}

}  // namespace service
