// The rows, and the kinds of keys of which they are made.

#include "service/config_keys.h"

#include <algorithm>
#include <chrono>

#include "pki/messages/service.h"
#include "pki/network.h"
#include "pki/number.h"

namespace service {

namespace {

struct Range {
  std::int64_t least, most;
};

pki::Message words_of(const pki::MessageText& unit, Range range) {
  return {messages::value_in_range, pki::Message(unit), std::to_string(range.least),
          std::to_string(range.most)};
}

// In each of the following, `access` gives the member of a Config to which the key belongs.

template <typename Access>
ConfigKey flag(const char* name, const char* comment, Access access) {
  return {name, messages::value_flag, comment,
          [access](const Config& config) { return ConfigValue(static_cast<bool>(access(config))); },
          [access](Config& config, const ConfigValue& value) {
            const bool* const given = std::get_if<bool>(&value);
            using Member = std::remove_reference_t<decltype(access(config))>;
            if (given != nullptr) access(config) = static_cast<Member>(*given);
            return given != nullptr;
          }};
}

// The file has multiples of `scale`, the member the product.
template <typename Access>
ConfigKey number(const char* name, Range range, const char* comment, Access access, std::uint64_t scale = 1) {
  return {name, words_of(messages::value_number, range), comment,
          [access, scale](const Config& config) {
            return ConfigValue(static_cast<std::int64_t>(static_cast<std::uint64_t>(access(config)) / scale));
          },
          [access, range, scale](Config& config, const ConfigValue& value) {
            const std::int64_t* const given = std::get_if<std::int64_t>(&value);
            if (given == nullptr || *given < range.least || *given > range.most) return false;
            using Member = std::remove_reference_t<decltype(access(config))>;
            access(config) = static_cast<Member>(static_cast<std::uint64_t>(*given) * scale);
            return true;
          }};
}

template <typename Unit, typename Access>
ConfigKey duration(const char* name, const pki::MessageText& unit, Range range, const char* comment,
                   Access access) {
  return {name, words_of(unit, range), comment,
          [access](const Config& config) {
            return ConfigValue(
                static_cast<std::int64_t>(std::chrono::duration_cast<Unit>(access(config)).count()));
          },
          [access, range](Config& config, const ConfigValue& value) {
            const std::int64_t* const given = std::get_if<std::int64_t>(&value);
            if (given == nullptr || *given < range.least || *given > range.most) return false;
            access(config) = Unit{static_cast<typename Unit::rep>(*given)};
            return true;
          }};
}

constexpr std::int64_t kYear = 366 * 86'400;

template <typename Access>
ConfigKey seconds(const char* name, std::int64_t least, const char* comment, Access access) {
  return duration<pki::Seconds>(name, messages::value_seconds, {least, kYear}, comment, access);
}

template <typename Access>
ConfigKey days(const char* name, const char* comment, Access access) {
  return duration<std::chrono::days>(name, messages::value_days, {1, 100'000}, comment, access);
}

template <typename Access>
ConfigKey text(const char* name, const pki::MessageText& allowed, const char* comment, Access access) {
  return {name, allowed, comment, [access](const Config& config) { return ConfigValue(access(config)); },
          [access](Config& config, const ConfigValue& value) {
            const std::string* const given = std::get_if<std::string>(&value);
            if (given != nullptr) access(config) = *given;
            return given != nullptr;
          }};
}

template <typename Value>
struct Word {
  const char* word;
  Value value;
};

// One of some words, each of which stands for a value.
template <typename Value, typename Access>
ConfigKey choice(const char* name, const char* comment, std::vector<Word<Value>> words, Access access) {
  pki::Message allowed = words.front().word;
  for (std::size_t i = 1; i < words.size(); ++i)
    allowed = {i + 1 == words.size() ? messages::value_or : messages::value_comma, allowed, words[i].word};
  return {name, allowed, comment,
          [access, words](const Config& config) {
            const auto row =
                std::ranges::find_if(words, [&](const auto& w) { return w.value == access(config); });
            return ConfigValue(std::string(row->word));
          },
          [access, words](Config& config, const ConfigValue& value) {
            const std::string* const given = std::get_if<std::string>(&value);
            if (given == nullptr) return false;
            const auto row = std::ranges::find_if(words, [&](const auto& w) { return *given == w.word; });
            if (row != words.end()) access(config) = row->value;
            return row != words.end();
          }};
}

std::optional<http::TcpAddress> parse_address(const ConfigValue& value) {
  const std::string* const given = std::get_if<std::string>(&value);
  if (given == nullptr) return std::nullopt;
  const std::size_t colon = given->rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  std::string host = given->substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto port = pki::parse_number<std::uint16_t>(std::string_view(*given).substr(colon + 1));
  if (!port || pki::parse_network(host).has_error()) return std::nullopt;
  return http::TcpAddress{host, *port};
}

template <typename Access>
ConfigKey address(const char* name, const char* comment, Access access) {
  return {name, messages::value_address, comment,
          [access](const Config& config) { return ConfigValue(http::to_string(access(config))); },
          [access](Config& config, const ConfigValue& value) {
            auto given = parse_address(value);
            if (given) access(config) = std::move(*given);
            return given.has_value();
          }};
}

// Whether and where one of the HTTPS listeners listens.
ConfigKey https_address(const char* name, const char* comment, HttpsListening Config::* listening,
                        http::TcpAddress Config::* listener) {
  return {name, messages::value_https_address, comment,
          [=](const Config& config) -> ConfigValue {
            if (config.*listening == HttpsListening::off) return std::string("off");
            if (config.*listening == HttpsListening::automatic) return std::string("auto");
            return http::to_string(config.*listener);
          },
          [=](Config& config, const ConfigValue& value) {
            const bool is_automatic = value == ConfigValue(std::string("auto"));
            if (is_automatic || value == ConfigValue(std::string("off"))) {
              config.*listening = is_automatic ? HttpsListening::automatic : HttpsListening::off;
              return true;
            }
            auto given = parse_address(value);
            if (!given) return false;
            config.*listening = HttpsListening::on;
            config.*listener = std::move(*given);
            return true;
          }};
}

bool is_host(const std::string& text) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  const bool is_name = !text.empty() && text.size() <= 253 && std::ranges::all_of(text, is_allowed);
  return is_name || pki::parse_network(text).has_value();
}

ConfigKey https_names() {
  return {"listen.https_names", messages::value_names,
          "What its certificate names beside its own address, the host of urls.public and localhost.",
          [](const Config& config) { return ConfigValue(config.https_names); },
          [](Config& config, const ConfigValue& value) {
            const auto* const given = std::get_if<std::vector<std::string>>(&value);
            if (given == nullptr || !std::ranges::all_of(*given, is_host)) return false;
            config.https_names = *given;
            return true;
          }};
}

// HH:MM of the Japanese day.
std::optional<pki::Seconds> parse_time_of_day(const std::string& text) {
  const auto is_digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  const auto digits = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const bool is_shaped =
      text.size() == 5 && text[2] == ':' && is_digit(0) && is_digit(1) && is_digit(3) && is_digit(4);
  if (!is_shaped || digits(0) > 23 || digits(3) > 59) return std::nullopt;
  return pki::Seconds{digits(0) * 3600 + digits(3) * 60};
}

ConfigKey complete_time() {
  return {"crl.complete_time", messages::value_time_of_day, "When the daily complete CRLs are due, in Japan.",
          [](const Config& config) {
            const auto minutes = config.crl.complete_time_of_day.count() / 60;
            const auto two = [](std::int64_t part) { return (part < 10 ? "0" : "") + std::to_string(part); };
            return ConfigValue(two(minutes / 60) + ":" + two(minutes % 60));
          },
          [](Config& config, const ConfigValue& value) {
            const std::string* const given = std::get_if<std::string>(&value);
            const auto time = given == nullptr ? std::nullopt : parse_time_of_day(*given);
            if (time) config.crl.complete_time_of_day = *time;
            return time.has_value();
          }};
}

// A pair of words for an enumeration of two.
template <typename Value>
std::vector<Word<Value>> either(const char* one, Value first, const char* other, Value second) {
  return {{one, first}, {other, second}};
}

std::vector<Word<pki::KeyAlgorithm>> key_words() {
  return {{"rsa-2048", pki::KeyAlgorithm::rsa_2048},
          {"rsa-4096", pki::KeyAlgorithm::rsa_4096},
          {"p-256", pki::KeyAlgorithm::ecdsa_p256},
          {"p-384", pki::KeyAlgorithm::ecdsa_p384}};
}

using Keys = std::vector<ConfigKey>;

Keys listener_keys() {
  return {
      text("urls.public", messages::value_text,
           "Base of every URI in certificates, without a slash at the end. Frozen at init.",
           [](auto& c) -> auto& { return c.profile.public_url; }),
      address("listen.verifier", "OCSP, CRLs and CA certificates.",
              [](auto& c) -> auto& { return c.verifier_listener; }),
      address("listen.ops", "Metrics and health, without authentication: keep it on loopback.",
              [](auto& c) -> auto& { return c.ops_listener; }),
      https_address("listen.verifier_https",
                    "The same by HTTPS. auto: 127.0.0.1:8443, unless another program has that port.",
                    &Config::verifier_https, &Config::verifier_https_listener),
      https_address("listen.admin_https",
                    "The operators' API by HTTPS, with credentials of `jpki operator add`. auto: "
                    "127.0.0.1:9443, unless another program has that port.",
                    &Config::admin_https, &Config::admin_https_listener),
      text("listen.admin_group", messages::value_group, "The group whose members may open the admin socket.",
           [](auto& c) -> auto& { return c.admin_group; }),
      https_names(),
      flag("access.open_to_all", "true: OCSP and CRLs are open to everyone, registered or not.",
           [](auto& c) -> auto& { return c.open_to_all; })};
}

Keys ca_keys() {
  return {
      text("ca.organization", messages::value_text, "O in every name. Frozen at init.",
           [](auto& c) -> auto& { return c.profile.organization; }),
      choice("ca.key", "Algorithm of the CA keys, used at init.", key_words(),
             [](auto& c) -> auto& { return c.profile.ca_key; }),
      choice("ca.responder_key", "Algorithm of the keys of OCSP responders.", key_words(),
             [](auto& c) -> auto& { return c.profile.responder_key; }),
      flag("ca.crl_uri_in_certificates",
           "The http URI beside the directoryName in distribution points; holders' are frozen at init.",
           [](auto& c) -> auto& { return c.profile.crl_uri_in_certificates; }),
      flag("ca.freshest_crl_in_certificates", "freshestCRL in new certificates.",
           [](auto& c) -> auto& { return c.profile.freshest_crl_in_certificates; }),
      flag("ca.aia_in_signing_certificates", "The OCSP address in new signing certificates.",
           [](auto& c) -> auto& { return c.profile.aia_in_signing_certificates; }),
      text("ca.unknown_sex_code", messages::value_digit, "What a certificate says for an unknown sex.",
           [](auto& c) -> auto& { return c.profile.unknown_sex_code; }),
      number("ca.minimum_age_for_signing", {0, 150},
             "No signing certificate below this age; 0 switches the rule off.",
             [](auto& c) -> auto& { return c.profile.issuing.minimum_age_for_signing; }),
      flag("ca.signing_for_adult_wards", "true: adult wards may have signing certificates.",
           [](auto& c) -> auto& { return c.profile.issuing.signing_for_adult_wards; }),
      choice("hold.release",
             "auth: a held authentication certificate may be released; never: after CPS 4.9.9.",
             either("auth", law::HoldRelease::auth, "never", law::HoldRelease::never),
             [](auto& c) -> auto& { return c.register_policy.hold_release; }),
      choice("register.prefecture_in_addresses",
             "required: an address must begin with the prefecture of its municipality; optional: any text.",
             either("required", law::AddressRule::prefecture_first, "optional", law::AddressRule::any),
             [](auto& c) -> auto& { return c.register_policy.addresses; })};
}

Keys ocsp_keys() {
  return {
      seconds("ocsp.grid_seconds", 0, "Width of the windows of thisUpdate; 0: every second.",
              [](auto& c) -> auto& { return c.ocsp.grid; }),
      seconds("ocsp.next_update_seconds", 60,
              "From the start of the window to nextUpdate; at least the grid.",
              [](auto& c) -> auto& { return c.ocsp.next_update_after; }),
      number(
          "ocsp.kept_answers_mib", {0, 1'000'000}, "Memory for signed answers that are used again; 0: none.",
          [](auto& c) -> auto& { return c.ocsp.cache_bytes_max; }, std::uint64_t{1} << 20U),
      choice("ocsp.unknown", "What is said of a serial that was never issued (RFC 6960 section 2.2).",
             either("unknown", ocsp::UnknownPolicy::unknown, "extended-revoke",
                    ocsp::UnknownPolicy::extended_revoke),
             [](auto& c) -> auto& { return c.ocsp.unknown; }),
      choice("ocsp.responder_id", "How the responder names itself.",
             either("key", ocsp::ResponderIdForm::by_key, "name", ocsp::ResponderIdForm::by_name),
             [](auto& c) -> auto& { return c.ocsp.responder_id; }),
      number("credentials.life_days", {1, 1096}, "Life of credentials for tls and signature.",
             [](auto& c) -> auto& { return c.profile.credential_days; }),
      seconds("pinless.replay_window", 1, "How long the PIN-less path remembers a nonce.",
              [](auto& c) -> auto& { return c.ocsp.replay_window; }),
      choice<ocsp::PinlessRequirement>(
          "pinless.require",
          "What keeps a request from being sent again: its nonce, HTTPS as well, or the time in the nonce.",
          {{"window", ocsp::PinlessRequirement::window},
           {"https", ocsp::PinlessRequirement::https},
           {"timed-nonce", ocsp::PinlessRequirement::timed_nonce}},
          [](auto& c) -> auto& { return c.ocsp.pinless_requirement; }),
      number("pinless.credential_life_days", {1, 1096}, "Life of credentials for pinless.",
             [](auto& c) -> auto& { return c.profile.pinless_credential_days; })};
}

Keys crl_keys() {
  return {complete_time(),
          seconds("crl.complete_validity_seconds", 25 * 3600,
                  "thisUpdate to nextUpdate of complete CRLs, of which one comes a day.",
                  [](auto& c) -> auto& { return c.crl.complete_validity; }),
          seconds("crl.delta_validity_seconds", 1, "The same of deltas.",
                  [](auto& c) -> auto& { return c.crl.delta_validity; }),
          seconds("crl.delta_overlap_seconds", 0, "A delta is renewed when so much of its validity is left.",
                  [](auto& c) -> auto& { return c.crl.delta_overlap; }),
          seconds("crl.delta_grid_seconds", 1, "A changed scope gets a new delta at multiples of this.",
                  [](auto& c) -> auto& { return c.crl.delta_grid; }),
          days("crl.keep_complete_days", "Past complete CRLs: Order 7 and 23 ask for ten years (3653).",
               [](auto& c) -> auto& { return c.crl.retention.complete; }),
          days("crl.keep_delta_days", "Past deltas.", [](auto& c) -> auto& { return c.crl.retention.delta; }),
          choice("crl.scopes", "used: only distribution points with a certificate, and whole generations.",
                 either("all", crl::ScopeSelection::all, "used", crl::ScopeSelection::used),
                 [](auto& c) -> auto& { return c.crl.scopes; }),
          flag("crl.invalidity_dates",
               "Since when a leaked key was known to others, if its holder named the day (key-notice).",
               [](auto& c) -> auto& { return c.crl.invalidity_dates; })};
}

Keys limit_keys() {
  constexpr Range kRequests{0, 1'000'000};
  return {number("limits.asker_requests_per_second", kRequests,
                 "Of one verifier, or of one address where everyone is answered; 0: without a limit.",
                 [](auto& c) -> auto& { return c.ocsp.requests_per_second_max; }),
          number("limits.stranger_requests_per_second", kRequests,
                 "Of one address (IPv6: one /64) in no registered network, until a credential is shown.",
                 [](auto& c) -> auto& { return c.stranger_requests_per_second; }),
          number("limits.stranger_connections", kRequests,
                 "Connections of such an address to one listener; 0: without a limit.",
                 [](auto& c) -> auto& { return c.stranger_connections; })};
}

Keys resource_keys() {
  return {
      number(
          "store.map_gib", {1, 65'536}, "The most that the store may grow to: address space, not disk.",
          [](auto& c) -> auto& { return c.map_bytes; }, std::uint64_t{1} << 30U),
      number("admin.threads", {1, 1'024}, "Threads for requests of the admin API.",
             [](auto& c) -> auto& { return c.admin_threads; }),
      flag("requests.two_persons",
           "true: what cannot be undone is requested by one operator and confirmed by another. false: for "
           "trials.",
           [](auto& c) -> auto& { return c.two_persons; }),
      seconds("clock.max_step", 1,
              "How far the wall clock may leap ahead of elapsed time within a day and be believed.",
              [](auto& c) -> auto& { return c.clock.max_step; }),
      seconds("clock.max_gap", 1,
              "How long after the last change the service may start without `jpki clock accept`.",
              [](auto& c) -> auto& { return c.clock.max_gap; }),
      choice("log.level", "error: nothing but faults; `jpki serve --log-level` goes before it.",
             either("info", LogLevel::info, "error", LogLevel::error),
             [](auto& c) -> auto& { return c.log_level; }),
      text("safety.folder", messages::value_text,
           "Outside the data folder, best on another disk. Empty: jpki-safety beside the data folder.",
           [](auto& c) -> auto& { return c.safety_folder; })};
}

Keys secret_keys() {
  return {text("keys.passphrase_file", messages::value_text,
               "One line, the passphrase of the key files. Empty: --passphrase-file, a systemd credential, a "
               "terminal.",
               [](auto& c) -> auto& { return c.keys.passphrase_file; }),
          text("keys.pin_file", messages::value_text,
               "One line, the PIN of the token that holds the keys. Empty: as above.",
               [](auto& c) -> auto& { return c.keys.pin_file; }),
          text("keys.token", messages::value_text,
               "The token that makes the keys of CAs and responders, used at init. Empty: they lie in files.",
               [](auto& c) -> auto& { return c.keys.token; }),
          text("keys.sealing_key_file", messages::value_text,
               "Where the key of sealed records lies, used at init. Empty: keys/registry.key.",
               [](auto& c) -> auto& { return c.keys.sealing_key_file; })};
}

Keys cluster_keys() {
  return {
      text(
          "cluster.log", messages::value_text,
          "Connection string of the log in PostgreSQL to which the store belongs. Empty: it belongs to none.",
          [](auto& c) -> auto& { return c.cluster.log; }),
      text("cluster.name", messages::value_text,
           "The name of this machine among those of the log; no two have the same. Empty: its host name.",
           [](auto& c) -> auto& { return c.cluster.name; }),
      text("cluster.address", messages::value_text,
           "Where operators reach this machine's admin API, for those who ask a standby. Empty: "
           "listen.admin_https.",
           [](auto& c) -> auto& { return c.cluster.address; }),
      choice("cluster.acknowledge",
             "views: a change is acknowledged once no machine answers from before it. log: once it is in the "
             "log.",
             either("views", store::Acknowledge::views, "log", store::Acknowledge::log),
             [](auto& c) -> auto& { return c.cluster.acknowledge; }),
      duration<std::chrono::milliseconds>(
          "cluster.lease", messages::value_milliseconds, {500, store::kReadLeaseMax.count()},
          "How long another machine may answer without hearing from this one while it leads.",
          [](auto& c) -> auto& { return c.cluster.lease; })};
}

}  // namespace

std::vector<ConfigKey> config_keys() {
  Keys keys;
  for (auto make :
       {listener_keys, ca_keys, ocsp_keys, crl_keys, limit_keys, resource_keys, secret_keys, cluster_keys})
    for (ConfigKey& key : make())
      keys.push_back(std::move(key));
  return keys;
}

}  // namespace service
