// The same seed and time give the same bytes, here and on every other machine: what is compared with golden
// digests are the certificates and lists of a mock and its OCSP answers, with keys of RSA and of ECDSA.
// PKCS#12 is left out.

#include <map>
#include <sstream>

#include "http/client.h"
#include "pki/hash.h"
#include "tests/mock/asking.h"

namespace mock::test {

namespace {

// A mock whose URLs do not depend on the port that was free.
class FixedMock final {
 public:
  explicit FixedMock(std::uint64_t seed, pki::KeyAlgorithm key = pki::KeyAlgorithm::rsa_2048)
      : clock_(wall_),
        runtime_(clock_),
        journal_(clock_),
        front_(runtime_, journal_, clock_, {.admin_socket = folder_.file("admin.sock")}),
        faults_(clock_, {}),
        simulation_(setting(seed, key), clock_, front_, faults_) {
    simulation_.prepare();
    simulation_.begin();
  }

  // Digests by what they are of.
  [[nodiscard]] std::map<std::string, std::string> digests() {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(simulation_.files())) {
      const std::string name = std::filesystem::relative(entry.path(), simulation_.files()).string();
      if (entry.path().extension() == ".cer") all[name] = digest(support::read_file(entry.path()));
    }
    for (const char* list : {"full.crl", "delta.crl", "132217/full.crl", "arl.crl"})
      for (const std::string ca : {"sign-2", "auth-1"})
        all["/crl/" + ca + "/" + list] = digest(body_of(http::Method::get, "/crl/" + ca + "/" + list, {}));
    for (const std::string kind : {"sign", "auth"}) {
      const pki::Certificate issuer =
          pki::Certificate::decode(support::read_file(simulation_.files() / (kind + "-2.cer"))).value();
      const std::vector<pki::Bytes> ids = {
          ::ocsp::make_cert_id(issuer, pki::der::integer_content(100'000'001), pki::HashAlgorithm::sha1)
              .value()};
      all["/ocsp/" + kind] = digest(
          body_of(http::Method::post, "/ocsp/" + kind, ::ocsp::make_request(ids, pki::Bytes(16, 9)).value()));
    }
    return all;
  }

 private:
  [[nodiscard]] SimulationSetting setting(std::uint64_t seed, pki::KeyAlgorithm key) const {
    service::Config config = service::parse_config("", "defaults").value();
    config.profile.public_url = "http://127.0.0.1:8080";
    config.profile.ca_key = config.profile.responder_key = key;
    config.crl.scopes = crl::ScopeSelection::used;
    config.map_bytes = std::uint64_t{1} << 30U;
    config.verifier_https = service::HttpsListening::on;
    return {.seed = seed,
            .residents = 2,
            .states = parse_states("held,expired,previous-generation,mobile").value(),
            .config = config,
            .folder = folder_.path(),
            .course = {.mode = ClockMode::frozen}};
  }
  [[nodiscard]] pki::Bytes body_of(http::Method method, const std::string& path, pki::ByteView body) {
    const http::OwnedRequest made = http::make_request(method, path, {}, body);
    http::Request request = *made;
    request.peer.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1};
    const http::Response response = (*front_.use())->call(Door::verifier, http::OwnedRequest(request));
    CAPTURE(path);
    CHECK(response.status == 200);
    if (const auto* range = std::get_if<http::FileRange>(&response.body))
      return range->file->read(range->offset, static_cast<std::size_t>(range->length)).value();
    if (const auto* shared = std::get_if<std::shared_ptr<const pki::Bytes>>(&response.body)) return **shared;
    const auto* owned = std::get_if<pki::Bytes>(&response.body);
    return owned != nullptr ? *owned : pki::Bytes{};
  }
  static std::string digest(pki::ByteView bytes) {
    return pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, bytes));
  }

  support::TemporaryFolder folder_;
  support::SettableClock wall_;
  MockClock clock_;
  http::Runtime runtime_;
  Journal journal_;
  Front front_;
  Faults faults_;
  Simulation simulation_;
};

std::string in_lines(const std::map<std::string, std::string>& digests) {
  std::string text;
  for (const auto& [name, digest] : digests)
    text += digest + "  " + name + "\n";
  return text;
}

}  // namespace

TEST_CASE("a seed and a time give the golden bytes") {
  struct Golden {
    pki::KeyAlgorithm key;
    const char* file;
  };
  for (const Golden& golden : {Golden{pki::KeyAlgorithm::rsa_2048, "golden.txt"},
                               Golden{pki::KeyAlgorithm::ecdsa_p256, "golden_p256.txt"}}) {
    CAPTURE(golden.file);
    const std::string made = in_lines(FixedMock(7, golden.key).digests());
    // What is made now, to be put in the place of the golden file when a profile has changed on purpose.
    INFO(made);
    CHECK(made == pki::as_text(support::read_file(support::source_folder() / "tests/mock" / golden.file)));
  }
}

TEST_CASE("keys on P-384 give the same bytes twice") {
  CHECK(FixedMock(7, pki::KeyAlgorithm::ecdsa_p384).digests() ==
        FixedMock(7, pki::KeyAlgorithm::ecdsa_p384).digests());
}

TEST_CASE("another seed gives other keys and no byte of the same certificate") {
  const auto one = FixedMock(7).digests(), other = FixedMock(8).digests();
  std::size_t compared = 0;
  for (const auto& [name, digest] : one) {
    if (!other.contains(name)) continue;
    CAPTURE(name);
    CHECK(other.at(name) != digest);
    ++compared;
  }
  CHECK(compared >= 10);
}

}  // namespace mock::test
