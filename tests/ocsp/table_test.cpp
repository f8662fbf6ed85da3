// Who is answered: class × standing × listing × network × client certificate × signature × path × certificate
// kind, every cell against a model that was written from docs/api.md, section 1, and shares nothing
// with the program.

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "pki/network.h"
#include "tests/ocsp/signed_request.h"
#include "tests/ocsp/world.h"
#include "verifier/credentials.h"

namespace {

using namespace ocsp_world;
using ocsp::ResponseStatus;
using verifier::CredentialUse;
using verifier::VerifierClass;

enum class Standing { active, not_notified, not_agreed, not_certified, suspended, cancelled, approval_ended };
enum class Listing { listed, not_listed };
enum class Network { none, own, others };
enum class Tls { none, own, others };
enum class Signature {
  none,
  for_requests,  // A credential for signature.
  for_pinless,   // One for pinless.
  for_tls,       // One for tls, used to sign.
  others,        // Another verifier's credential for signature.
  own_ca,        // A certificate of the verifier's own CA.
  broken,        // The credential of the path, but the bytes were changed.
  revoked,
  expired,
  misnamed,  // The requestorName is somebody else's.
  stranger,  // A certificate that nobody registered.
  // How `broken` is made on the PIN-less path; no column of its own.
  broken_pinless,
};
enum class Path { sign, auth, pinless, kazashi };
// `phone` is an authentication certificate of a phone; `card_and_phone` asks about that and a card's.
enum class Asked { sign, auth, both, phone, card_and_phone };

struct Cell {
  VerifierClass verifier_class = VerifierClass::signature;
  Standing standing = Standing::active;
  Listing listing = Listing::listed;
  Network network = Network::none;
  Tls tls = Tls::none;
  Signature signature = Signature::none;
  Path path = Path::sign;
  Asked asked = Asked::sign;
};

template <typename Enum>
std::vector<Enum> all(Enum last) {
  std::vector<Enum> values;
  for (int i = 0; i <= static_cast<int>(last); ++i)
    values.push_back(static_cast<Enum>(i));
  return values;
}

// --- The model ---------------------------------------------------------------------------------------------

// Which verifiers the evidence names, and which of its kinds count; nothing when a kind proves nothing.
struct Reading {
  std::set<std::string> named;
  bool counts = false;
};

std::optional<Reading> read_evidence(const Cell& cell) {
  Reading reading;
  const bool listed = cell.listing == Listing::listed;
  // A cancelled verifier's networks are nobody's.
  if (cell.network == Network::own && cell.standing != Standing::cancelled) {
    reading.named.insert("own");
    reading.counts = true;
  }
  if (cell.network == Network::others) {
    reading.named.insert("other");
    reading.counts = true;
  }
  switch (cell.tls) {
    case Tls::none:
      break;
    case Tls::own:
      reading.named.insert("own");
      reading.counts = reading.counts || listed;
      break;
    case Tls::others:
      reading.named.insert("other");
      reading.counts = true;
      break;
  }
  const bool pinless = cell.path == Path::pinless;
  switch (cell.signature) {
    case Signature::none:
      break;
    case Signature::for_requests:
      if (pinless) return std::nullopt;
      reading.named.insert("own");
      reading.counts = reading.counts || listed;
      break;
    case Signature::own_ca:
      // A cancelled verifier's CA is nobody's.
      if (pinless || cell.standing == Standing::cancelled) return std::nullopt;
      reading.named.insert("own");
      reading.counts = reading.counts || listed;
      break;
    case Signature::for_pinless:
      if (!pinless) return std::nullopt;
      reading.named.insert("own");
      reading.counts = true;
      break;
    case Signature::others:
      if (pinless) return std::nullopt;
      reading.named.insert("other");
      reading.counts = true;
      break;
    default:
      return std::nullopt;
  }
  return reading;
}

bool class_is_active(VerifierClass verifier_class, Standing standing, Path path) {
  // Act 38-2(6) ends the PIN-less checks; the ordinary ones rest on Act 36.
  if (standing == Standing::approval_ended)
    return verifier_class != VerifierClass::specific_authentication || path != Path::pinless;
  // Act 17(5) knows no certification of a group verifier.
  if (standing == Standing::not_certified) return verifier_class == VerifierClass::group_signature;
  return standing == Standing::active;
}

bool class_may_use(VerifierClass verifier_class, Path path) {
  const bool for_sign =
      verifier_class == VerifierClass::signature || verifier_class == VerifierClass::group_signature;
  switch (path) {
    case Path::sign:
      return for_sign;
    case Path::auth:
    case Path::kazashi:
      return !for_sign;
    case Path::pinless:
      return verifier_class == VerifierClass::specific_authentication;
  }
  return false;
}

ResponseStatus expected(const Cell& cell) {
  if (cell.path == Path::pinless && cell.signature == Signature::none) return ResponseStatus::sig_required;
  const auto reading = read_evidence(cell);
  if (!reading || reading->named.size() != 1 || !reading->counts) return ResponseStatus::unauthorized;
  // The other verifier is an active one of class authentication.
  const bool own = reading->named.contains("own");
  const VerifierClass requester = own ? cell.verifier_class : VerifierClass::authentication;
  if (own && !class_is_active(requester, cell.standing, cell.path)) return ResponseStatus::unauthorized;
  if (!class_may_use(requester, cell.path)) return ResponseStatus::unauthorized;
  const bool of_phone = cell.asked == Asked::phone || cell.asked == Asked::card_and_phone;
  // Act 38-2, 38-4: the certificate on the card alone.
  if (of_phone && cell.path != Path::auth) return ResponseStatus::unauthorized;
  const bool right_ca =
      cell.path == Path::sign ? cell.asked == Asked::sign : cell.asked == Asked::auth || of_phone;
  return right_ca ? ResponseStatus::successful : ResponseStatus::unauthorized;
}

// --- The program -------------------------------------------------------------------------------------------

const pki::Date kDay{std::chrono::year{2026}, std::chrono::month{1}, std::chrono::day{1}};
const pki::Date kLastYear{std::chrono::year{2025}, std::chrono::month{1}, std::chrono::day{1}};
constexpr std::uint64_t kSerial = 4660, kPhoneSerial = 4661;

std::array<std::uint8_t, 16> address(std::string_view text) {
  return pki::parse_network(text).value().address;
}

class Table {
 public:
  Table() : world_({.cache_bytes_max = 0}) {
    world_.issue(kSerial, kSign);
    world_.issue(kSerial, kAuth);
    world_.issue(kPhoneSerial, kAuth, pki::CertificateKind::mobile_auth);
    own_ = put({.verifier_class = VerifierClass::signature}, "own", {});
    other_ = put({.verifier_class = VerifierClass::authentication}, "other", {});
    make_credentials();
    make_requests();
  }

  void set(const Cell& cell) { put(cell, "own", own_); }

  ResponseStatus ask(const Cell& cell) {
    static constexpr std::array kPaths = {"/ocsp/sign", "/ocsp/auth", "/ocsp/auth/pinless",
                                          "/ocsp/auth?purpose=kazashi"};
    const bool broken_pinless = cell.signature == Signature::broken && cell.path == Path::pinless;
    const auto& body =
        requests_.at({broken_pinless ? Signature::broken_pinless : cell.signature, cell.asked});
    const http::OwnedRequest made =
        http::make_request(http::Method::post, kPaths.at(static_cast<std::size_t>(cell.path)), {}, body);
    http::Request request = *made;
    request.peer.address = addresses_.at(static_cast<std::size_t>(cell.network));
    if (cell.tls != Tls::none)
      request.peer.client_certificate =
          std::make_shared<const pki::Bytes>(tls_.at(static_cast<std::size_t>(cell.tls)));
    const ResponseStatus status = status_of(World::body(world_.send(http::OwnedRequest(request))));
    // The nonces of the PIN-less path are fresh again after the window.
    if (status == ResponseStatus::successful && cell.path == Path::pinless) world_.clock.advance(601s);
    return status;
  }

 private:
  std::uint64_t put(const Cell& cell, const char* name, std::optional<std::uint64_t> id) {
    verifier::Verifier verifier;
    verifier.id = id.value_or(0);
    verifier.name = name;
    verifier.sector = verifier::Sector::private_sector;
    verifier::ClassSteps& steps = verifier.classes[cell.verifier_class];
    steps.notified = steps.agreed = steps.certified = kDay;
    steps.confirmers = "its members";
    steps.approvals = {{.from = kDay}};
    if (cell.standing == Standing::not_notified) steps.notified.reset();
    if (cell.standing == Standing::not_agreed) steps.agreed.reset();
    if (cell.standing == Standing::not_certified) steps.certified = kLastYear;
    if (cell.standing == Standing::approval_ended) steps.approvals.back().until = kDay;
    if (cell.standing == Standing::suspended) verifier.suspension = verifier::Suspension{kDay, {}};
    if (cell.standing == Standing::cancelled) verifier.cancelled = kDay;
    verifier.by_signature = verifier.by_tls = cell.listing == Listing::listed;
    const bool is_own = std::string_view(name) == "own";
    verifier.networks = {pki::parse_network(is_own ? "192.0.2.0/24" : "198.51.100.0/24").value()};
    if (is_own && !own_ca_.empty()) verifier.request_cas = {own_ca_};
    std::uint64_t result = 0;
    world_.write([&](store::WriteTransaction& transaction) {
      result = verifier::put_verifier(transaction, verifier);
    });
    return result;
  }

  enum class Life { good, revoked, expired };
  // On record for a verifier; gives its certificate.
  pki::Bytes credential(std::uint64_t verifier, CredentialUse use, Life life = Life::good) {
    const AskerCertificate form{
        .serial = ++serial_,
        .common_name = "credential " + std::to_string(serial_),
        .not_after = life == Life::expired ? kStart - 1s : pki::from_unix(1'900'000'000)};
    pki::Bytes der = make_certificate(form, *key_, *operations_);
    world_.write([&](store::WriteTransaction& transaction) {
      verifier::put_credential(
          transaction, {.serial = {serial_},
                        .verifier = verifier,
                        .use = use,
                        .purpose = "test",
                        .terminal = "",
                        .not_before = form.not_before,
                        .not_after = form.not_after,
                        .certificate = der,
                        .revoked = life == Life::revoked ? std::optional(kStart - 60s) : std::nullopt});
    });
    return der;
  }

  void make_credentials() {
    own_ca_ =
        make_certificate({.common_name = "own CA", .issuer_name = "own CA", .key_usage = 0x04, .is_ca = true},
                         *ca_key_, *ca_key_);
    tls_ = {{}, credential(own_, CredentialUse::tls), credential(other_, CredentialUse::tls)};
    certificates_ = {
        {Signature::for_requests, credential(own_, CredentialUse::signature)},
        {Signature::for_pinless, credential(own_, CredentialUse::pinless)},
        {Signature::for_tls, credential(own_, CredentialUse::tls)},
        {Signature::others, credential(other_, CredentialUse::signature)},
        {Signature::own_ca,
         make_certificate({.serial = 9, .common_name = "department", .issuer_name = "own CA"}, *key_,
                          *ca_key_)},
        {Signature::revoked, credential(own_, CredentialUse::signature, Life::revoked)},
        {Signature::expired, credential(own_, CredentialUse::signature, Life::expired)},
        // The form of a credential, even its serial, by another key of the same name.
        {Signature::stranger, make_certificate({.serial = 4, .common_name = "credential 4"}, *key_, *key_)}};
    certificates_[Signature::broken] = certificates_[Signature::misnamed] =
        certificates_[Signature::for_requests];
    certificates_[Signature::broken_pinless] = certificates_[Signature::for_pinless];
  }

  void make_requests() {
    const auto both = [] {
      const auto sign_ca = pki::Certificate::decode(data("sign_ca.cer")).value();
      const auto auth_ca = pki::Certificate::decode(data("auth_ca.cer")).value();
      const pki::Bytes serial = pki::der::integer_content(kSerial);
      const std::vector<pki::Bytes> ids = {
          ocsp::make_cert_id(auth_ca, serial, pki::HashAlgorithm::sha256).value(),
          ocsp::make_cert_id(sign_ca, serial, pki::HashAlgorithm::sha256).value()};
      return ocsp::make_request(ids, pki::ByteView(kNonce)).value();
    };
    const std::array plain = {question("sign_ca.cer", {kSerial}, kNonce),
                              question("auth_ca.cer", {kSerial}, kNonce), both(),
                              question("auth_ca.cer", {kPhoneSerial}, kNonce),
                              question("auth_ca.cer", {kSerial, kPhoneSerial}, kNonce)};
    for (const Asked asked : all(Asked::card_and_phone)) {
      const pki::Bytes& bytes = plain.at(static_cast<std::size_t>(asked));
      requests_[{Signature::none, asked}] = bytes;
      for (const auto& [signature, certificate] : certificates_) {
        RequestSigning signing{.key = *key_, .certificates = {certificate}};
        if (signature == Signature::misnamed) signing.requestor = "somebody else";
        pki::Bytes request = sign_request(bytes, signing);
        if (signature == Signature::broken || signature == Signature::broken_pinless) {
          // The last byte of the nonce: what follows the signed part stays as it is.
          const auto at = std::search(request.begin(), request.end(), kNonce.begin(), kNonce.end());
          *(at + static_cast<std::ptrdiff_t>(kNonce.size()) - 1) ^= 1;
        }
        requests_[{signature, asked}] = std::move(request);
      }
    }
  }

  static inline const pki::Bytes kNonce = pki::Bytes(16, 0xA7);

  World world_;
  std::shared_ptr<const pki::Signer> operations_ = pki::make_openssl_signer(support::authority_keys().at(5));
  std::shared_ptr<const pki::Signer> key_ = pki::make_openssl_signer(support::authority_keys().at(6));
  std::shared_ptr<const pki::Signer> ca_key_ = pki::make_openssl_signer(support::authority_keys().at(7));
  pki::Bytes own_ca_;
  std::uint64_t serial_ = 0;
  std::uint64_t own_ = 0, other_ = 0;
  std::vector<pki::Bytes> tls_;
  std::map<Signature, pki::Bytes> certificates_;
  std::map<std::pair<Signature, Asked>, pki::Bytes> requests_;
  std::array<std::array<std::uint8_t, 16>, 3> addresses_ = {address("203.0.113.1"), address("192.0.2.1"),
                                                            address("198.51.100.1")};
};

std::string describe(const Cell& cell) {
  std::string text = "class " + std::string(to_string(cell.verifier_class));
  for (const auto& [name, value] : {std::pair{" standing ", static_cast<int>(cell.standing)},
                                    {" listing ", static_cast<int>(cell.listing)},
                                    {" network ", static_cast<int>(cell.network)},
                                    {" tls ", static_cast<int>(cell.tls)},
                                    {" signature ", static_cast<int>(cell.signature)},
                                    {" path ", static_cast<int>(cell.path)},
                                    {" asked ", static_cast<int>(cell.asked)}})
    text += name + std::to_string(value);
  return text;
}

// Every request against one state of the verifier; gives the number of cells that are answered.
int check_all(Table& table, Cell cell) {
  int answered = 0;
  for (const Network network : all(Network::others))
    for (const Tls tls : all(Tls::others))
      for (const Signature signature : all(Signature::stranger))
        for (const Path path : all(Path::kazashi))
          for (const Asked asked : all(Asked::card_and_phone)) {
            cell.network = network, cell.tls = tls, cell.signature = signature, cell.path = path,
            cell.asked = asked;
            const ResponseStatus answer = table.ask(cell);
            const ResponseStatus wanted = expected(cell);
            if (wanted == ResponseStatus::successful) ++answered;
            if (answer == wanted) continue;
            FAIL_CHECK(describe(cell), ": ", std::string(to_string(answer)), " instead of ",
                       std::string(to_string(wanted)));
          }
  return answered;
}

}  // namespace

TEST_CASE("every cell of the table of askers is answered as docs/api.md says") {
  Table table;
  int answered = 0;
  for (const VerifierClass verifier_class :
       {VerifierClass::signature, VerifierClass::group_signature, VerifierClass::authentication,
        VerifierClass::specific_authentication})
    for (const Standing standing : all(Standing::approval_ended))
      for (const Listing listing : all(Listing::not_listed)) {
        Cell cell{.verifier_class = verifier_class, .standing = standing, .listing = listing};
        table.set(cell);
        answered += check_all(table, cell);
      }
  // The model itself answers somebody on every path, and far from everybody.
  CHECK(answered > 500);
}
