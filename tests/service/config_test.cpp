// jpki.toml: every key has a default, what is written is read back, and no mistake passes in silence.

#include "service/config.h"

#include <doctest/doctest.h>

#include <set>

#include "service/config_keys.h"
#include "tests/support/command.h"

namespace service {

namespace {

pki::Error refusal(std::string_view text) {
  const auto config = parse_config(text, "test.toml");
  CAPTURE(text);
  REQUIRE(config.has_error());
  return config.error();
}

}  // namespace

TEST_CASE("an empty file has every default") {
  const Config config = parse_config("", "test.toml").value();
  CHECK(config.profile.organization == "JPKI-SIM");
  CHECK(config.profile.public_url == "http://127.0.0.1:8080");
  CHECK(config.verifier_listener.port == 8080);
  CHECK(config.ops_listener.port == 9090);
  CHECK(config.verifier_https == HttpsListening::automatic);
  CHECK(config.verifier_https_listener.port == 8443);
  CHECK(https_hosts(config) == std::vector<std::string>{"127.0.0.1", "localhost", "::1"});
  CHECK(config.register_policy.hold_release == law::HoldRelease::auth);
  CHECK(config.ocsp.grid == pki::Seconds{900});
  CHECK(config.crl.complete_time_of_day == std::chrono::hours{5});
  CHECK(config.crl.complete_validity == std::chrono::hours{48});
  CHECK_FALSE(config.open_to_all);
  CHECK(config.ocsp.access == ocsp::AccessPolicy::authorized_only);
}

TEST_CASE("the defaults, written and read, are the defaults") {
  const Config defaults = parse_config("", "test.toml").value();
  const std::string text = write_config(defaults);
  CHECK(write_config(parse_config(text, "test.toml").value()) == text);
}

TEST_CASE("every key changes its value, and survives writing and reading") {
  Config config = parse_config("", "test.toml").value();
  config.profile = {.organization = "Example \"quoted\" \\ name",
                    .public_url = "http://ocsp.example:8000",
                    .crl_uri_in_certificates = false,
                    .freshest_crl_in_certificates = true,
                    .aia_in_signing_certificates = false,
                    .unknown_sex_code = "3",
                    .issuing = {.minimum_age_for_signing = 0, .signing_for_adult_wards = true},
                    .ca_key = pki::KeyAlgorithm::ecdsa_p384,
                    .responder_key = pki::KeyAlgorithm::ecdsa_p256};
  config.verifier_listener = {"0.0.0.0", 1};
  config.ops_listener = {"::1", 65535};
  config.verifier_https = HttpsListening::on;
  config.verifier_https_listener = {"::", 2};
  config.admin_https = HttpsListening::on;
  config.admin_https_listener = {"192.0.2.1", 3};
  config.admin_group = "keepers";
  config.local_operators = {{"root", "akiko"}, {"web.user", "清瀬 \"住基\""}};
  config.two_persons = false;
  config.https_names = {"verify.example", "192.0.2.7"};
  config.register_policy = {.hold_release = law::HoldRelease::never, .addresses = law::AddressRule::any};
  config.open_to_all = true;
  config.ocsp.access = ocsp::AccessPolicy::open_to_all;
  config.ocsp.grid = pki::Seconds{60};
  config.ocsp.next_update_after = pki::Seconds{120};
  config.ocsp.cache_bytes_max = std::size_t{7} << 20U;
  config.crl.complete_time_of_day = std::chrono::hours{23} + std::chrono::minutes{59};
  config.crl.complete_validity = std::chrono::hours{30};
  config.crl.delta_validity = pki::Seconds{7200};
  config.crl.delta_overlap = pki::Seconds{600};
  config.crl.delta_grid = pki::Seconds{300};
  config.crl.scopes = crl::ScopeSelection::used;
  config.crl.invalidity_dates = registry::InvalidityDates::given;
  config.map_bytes = std::uint64_t{8} << 30U;
  config.admin_threads = 3;
  const std::string text = write_config(config);
  const auto read = parse_config(text, "test.toml");
  INFO((read ? std::string() : read.error().text()));
  REQUIRE(read.has_value());
  CHECK(write_config(*read) == text);
  CHECK(text != write_config(parse_config("", "test.toml").value()));
  CHECK(read->profile.organization == config.profile.organization);
  CHECK(read->profile.issuing.signing_for_adult_wards);
  CHECK(read->profile.ca_key == pki::KeyAlgorithm::ecdsa_p384);
  CHECK(read->ops_listener.host == "::1");
  CHECK(read->ops_listener.port == 65535);
  CHECK(read->admin_https == HttpsListening::on);
  CHECK(read->admin_https_listener.port == 3);
  CHECK(read->admin_group == "keepers");
  CHECK(read->local_operators == config.local_operators);
  CHECK_FALSE(read->two_persons);
  CHECK(read->verifier_https == HttpsListening::on);
  CHECK(read->verifier_https_listener.host == "::");
  CHECK(https_hosts(*read) == std::vector<std::string>{"ocsp.example", "verify.example", "192.0.2.7",
                                                       "192.0.2.1", "localhost", "127.0.0.1", "::1"});
  CHECK(read->ocsp.access == ocsp::AccessPolicy::open_to_all);
  CHECK(read->crl.complete_time_of_day == config.crl.complete_time_of_day);
  CHECK(read->crl.invalidity_dates == registry::InvalidityDates::given);
  CHECK(read->map_bytes == config.map_bytes);
}

TEST_CASE("docs/operations.md has a row for every key, with its default") {
  const std::string page(pki::as_text(support::read_file(support::source_folder() / "docs/operations.md")));
  for (const ConfigKey& key : config_keys()) {
    const ConfigValue value = key.get(Config{});
    const std::string name = "| `" + key.name + "` | `";
    CAPTURE(name);
    const std::size_t row = page.find(name);
    REQUIRE(row != std::string::npos);
    std::string text = page.substr(row + name.size());
    text = text.substr(0, text.find('`'));
    std::erase(text, '"');
    if (const auto* const flag = std::get_if<bool>(&value)) CHECK(text == (*flag ? "true" : "false"));
    if (const auto* const number = std::get_if<std::int64_t>(&value)) CHECK(text == std::to_string(*number));
    if (const auto* const word = std::get_if<std::string>(&value)) CHECK(text == *word);
    if (std::holds_alternative<std::vector<std::string>>(value)) CHECK(text == "[]");
  }
}

TEST_CASE("each key stands in the table once, and no value of a wrong type is taken") {
  std::set<std::string> names;
  for (const ConfigKey& key : config_keys()) {
    CAPTURE(key.name);
    CHECK(names.insert(key.name).second);
    CHECK_FALSE(key.allowed.empty());
    CHECK_FALSE(key.comment.empty());
    const ConfigValue own = key.get(Config{});
    for (const ConfigValue& value :
         {ConfigValue(true), ConfigValue(std::int64_t{-1}), ConfigValue(std::vector<std::string>{""})}) {
      if (value.index() == own.index() && !std::holds_alternative<std::int64_t>(own) &&
          key.name != "listen.https_names")
        continue;
      Config config;
      CHECK_FALSE(key.set(config, value));
      CHECK(key.get(config) == own);
    }
  }
}

TEST_CASE("every mistake is named at once, with its line and the key that was probably meant") {
  const std::string detail =
      refusal(
          "[urls]\npublik = \"http://x\"\n[crl]\nscope = \"all\"\n[ocsp]\nreplay_window = 5\n"
          "[admin]\nthreads = 0\ncolour = 1\n[ca]\nminimum_age = 15\n")
          .text();
  CHECK(detail ==
        "test.toml, line 2: the key urls.publik is not known: did you mean urls.public?\n"
        "test.toml, line 4: the key crl.scope is not known: did you mean crl.scopes?\n"
        "test.toml, line 6: the key ocsp.replay_window is not known: did you mean pinless.replay_window?\n"
        "test.toml, line 8: admin.threads must be a whole number from 1 to 1024\n"
        "test.toml, line 9: the key admin.colour is not known: docs/operations.md, section 3, has every key\n"
        "test.toml, line 11: the key ca.minimum_age is not known: did you mean ca.minimum_age_for_signing?");
}

TEST_CASE("a key in quotation marks with a dot is not the key of a table, and a table is no value") {
  CHECK(refusal("\"urls.public\" = \"http://x\"").field == "urls.public");
  CHECK(refusal("[crl.scopes]\n").field == "crl.scopes");
  CHECK(refusal("crl = 1").field == "crl");
}

TEST_CASE("a file that is empty, or lost its end, is refused") {
  const support::TemporaryFolder folder;
  const auto file = folder.path() / "jpki.toml";
  const std::string whole = write_config(Config{});
  const auto read = [&](std::string_view text) {
    support::write_file(file, pki::as_bytes(text));
    return read_config(file);
  };
  CHECK(read(whole).has_value());
  CHECK(read("[crl]\nscopes = \"used\"\n").has_value());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    const auto config = read(std::string_view(whole).substr(0, length));
    REQUIRE(config.has_error());
    CHECK(config.error().code == pki::Errc::malformed);
  }
  CHECK(read(" \n\n").has_error());
  CHECK(read("[admin]\nthreads = 3").has_error());
}

TEST_CASE("an unknown key or table is refused by its name") {
  CHECK(refusal("colour = \"red\"").field == "colour");
  CHECK(refusal("[urls]\npublik = \"http://x\"").field == "urls.publik");
  CHECK(refusal("[ca]\nminimum_age = 15").field == "ca.minimum_age");
  CHECK(refusal("[crl.deep]\nkey = 1").field == "crl.deep.key");
}

TEST_CASE("a value of the wrong type is refused by its key") {
  CHECK(refusal("[urls]\npublic = 7").field == "urls.public");
  CHECK(refusal("[access]\nopen_to_all = \"yes\"").field == "access.open_to_all");
  CHECK(refusal("[ocsp]\ngrid_seconds = \"900\"").field == "ocsp.grid_seconds");
  CHECK(refusal("[ca]\nminimum_age_for_signing = 15.5").field == "ca.minimum_age_for_signing");
  CHECK(refusal("[listen]\nverifier = 8080").field == "listen.verifier");
}

TEST_CASE("a value outside its range is refused by its key") {
  CHECK(refusal("[ca]\nminimum_age_for_signing = -1").field == "ca.minimum_age_for_signing");
  CHECK(refusal("[ca]\nkey = \"rsa-1024\"").field == "ca.key");
  CHECK(refusal("[hold]\nrelease = \"sometimes\"").field == "hold.release");
  CHECK(refusal("[ocsp]\ngrid_seconds = -1").field == "ocsp.grid_seconds");
  CHECK(refusal("[ocsp]\ngrid_seconds = 99999999").field == "ocsp.grid_seconds");
  CHECK(refusal("[store]\nmap_gib = 0").field == "store.map_gib");
  CHECK(refusal("[admin]\nthreads = 0").field == "admin.threads");
  CHECK(refusal("[crl]\nscopes = \"some\"").field == "crl.scopes");
  CHECK(refusal("[crl]\ndelta_overlap_seconds = 5400").field == "crl.delta_overlap_seconds");
  CHECK(refusal("[crl]\ndelta_grid_seconds = 0").field == "crl.delta_grid_seconds");
  for (const char* listener : {"8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x"})
    CHECK(refusal("[listen]\nverifier = \"" + std::string(listener) + "\"").field == "listen.verifier");
}

TEST_CASE("HTTPS is automatic, off, or at an address; its names are hosts") {
  CHECK(parse_config("[listen]\nverifier_https = \"off\"", "t")->verifier_https == HttpsListening::off);
  CHECK(write_config(*parse_config("[listen]\nverifier_https = \"off\"", "t"))
            .find("verifier_https = \"off\"") != std::string::npos);
  for (const char* listener : {"on", "8443", "localhost:8443", ""})
    CHECK(refusal("[listen]\nverifier_https = \"" + std::string(listener) + "\"").field ==
          "listen.verifier_https");
  CHECK(refusal("[listen]\nverifier_https = true").field == "listen.verifier_https");
  CHECK(refusal("[operators.local]\nroot = 3").field == "operators.local.root");
  CHECK(refusal("[operators]\nlocal = 3").field == "operators.local");
  CHECK(refusal("[operators.locl]\nroot = \"akiko\"").field == "operators.locl.root");
  for (const char* names : {"\"a\"", "[1]", "[\"a b\"]", "[\"\"]", "[\"https://a\"]"})
    CHECK(refusal("[listen]\nhttps_names = " + std::string(names)).field == "listen.https_names");
}

TEST_CASE("a time of day is HH:MM and nothing else") {
  CHECK(parse_config("[crl]\ncomplete_time = \"00:00\"", "t")->crl.complete_time_of_day == pki::Seconds{0});
  for (const char* time : {"24:00", "05:60", "5:00", "05:0", "0500", "", "1::30", "05:3:", "a5:00"})
    CHECK(refusal("[crl]\ncomplete_time = \"" + std::string(time) + "\"").field == "crl.complete_time");
}

TEST_CASE("the organisation of J-LIS's own certificates is refused in the configuration already") {
  const pki::Error error = refusal("[crl]\n[ca]\norganization = \"JPKI\"");
  CHECK(error.code == pki::Errc::invalid_value);
  CHECK(error.field == "ca.organization");
  CHECK(error.text().find("line 3") != std::string::npos);
}

TEST_CASE("a file that is no TOML is refused by its line") {
  const auto error = refusal("[urls]\npublic = \n");
  CHECK(error.code == pki::Errc::malformed);
  CHECK(error.text().find("test.toml, line 2") != std::string::npos);
}

TEST_CASE("a missing file has a message of its own, which advises init") {
  const support::TemporaryFolder folder;
  const auto config = read_config(folder.path() / "jpki.toml");
  REQUIRE(config.has_error());
  CHECK(config.error().code == pki::Errc::invalid_value);
  CHECK(config.error().text().find("jpki init") != std::string::npos);
}

}  // namespace service
