// Lines of text; they are kept as DATA/ceremony.txt and printed by `jpki init`.

#include "service/ceremony_report.h"

#include <pwd.h>
#include <unistd.h>

#include "pki/certificate.h"
#include "pki/hash.h"
#include "pki/library_versions.h"
#include "pki/public_key.h"
#include "pki/version.h"
#include "registry/issuers.h"

namespace service {

namespace {

std::string user() {
  const passwd* const entry = ::getpwuid(::geteuid());
  const std::string id = "uid " + std::to_string(::geteuid());
  return entry == nullptr ? id : std::string(entry->pw_name) + " (" + id + ")";
}

std::string host() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string words_of(const ca::KeyKeeping& keeping) {
  std::string words;
  if (!keeping.token.empty()) words = "made on the token " + keeping.token + ", which they never leave";
  if (keeping.passphrase)
    words += std::string(words.empty() ? "" : "; others ") +
             "encrypted under a passphrase (PKCS#8, PBES2, scrypt)";
  if (words.empty()) words = "PLAIN FILES, for trials only";
  words += "\nsealing key:  ";
  if (keeping.sealing_key.empty())
    words += "with them";
  else
    words += keeping.sealing_key.string();
  return words;
}

std::string lines_of(const std::string& title, pki::ByteView der) {
  const auto certificate = pki::Certificate::decode(der);
  if (!certificate) return title + ": " + certificate.error().text() + "\n";
  const auto algorithm = pki::key_algorithm_of(certificate->subject_public_key_info());
  return title + "\n  key          " + std::string(algorithm ? pki::to_string(*algorithm) : "unknown") +
         "\n  valid        " + pki::to_rfc3339(certificate->not_before()) + " to " +
         pki::to_rfc3339(certificate->not_after()) + "\n  certificate  SHA-256 " +
         pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, der)) + "\n  public key   SHA-256 " +
         pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, certificate->subject_public_key_info())) + "\n";
}

}  // namespace

std::string ceremony_report(const store::ReadTransaction& transaction, const ca::KeyKeeping& keeping,
                            pki::Time now) {
  std::string text = "Key ceremony of jpki, a simulator of JPKI\n\nheld at:      " + pki::to_rfc3339(now) +
                     "\nby:           " + user() + " on " + host() + "\nprogram:      jpki " +
                     std::string(pki::kVersion) + ", " + pki::library_versions() +
                     "\nkeys:         " + words_of(keeping) + "\n\n";
  for (const registry::Issuer& issuer : registry::all_issuers(transaction)) {
    text += lines_of("CA " + to_string(issuer.id), issuer.certificate);
    if (const auto responder = registry::find_responder(transaction, issuer.id))
      text += lines_of("OCSP responder of " + to_string(issuer.id), responder->certificate);
  }
  return text;
}

}  // namespace service
