// Which key, and whether the certificates are in force.

#include "law/signed_notice.h"

#include <algorithm>

#include "pki/messages/law.h"

namespace law {

namespace {

using pki::CertificateKind;

// Act 9(4), 28(4): with the signing key. Act 16-8(2), 35-8(2): with that of either signing certificate.
// Act 10(4), 29(4): with the phone's signing key, since the card's is lost or leaked; Act 16-9(2), 35-9(2)
// read with 16-2(2), 35-2(2): with the card's, since the phone's is.
bool may_sign(Event event, CertificateKind about, CertificateKind signer) {
  if (event == Event::holder_application)
    return signer == CertificateKind::sign || signer == CertificateKind::mobile_sign;
  return signer == (pki::is_mobile(about) ? CertificateKind::sign : CertificateKind::mobile_sign);
}

}  // namespace

std::string online_article(Event event, CertificateKind kind) {
  const bool sign = pki::ca_of(kind) == pki::CaName::sign;
  if (event == Event::holder_application)
    return pki::is_mobile(kind) ? (sign ? "Act 16-8(2)" : "Act 35-8(2)") : (sign ? "Act 9(4)" : "Act 28(4)");
  return pki::is_mobile(kind) ? (sign ? "Act 16-9(2)" : "Act 35-9(2)") : (sign ? "Act 10(4)" : "Act 29(4)");
}

pki::Result<void> check_signed_notice(const std::vector<Candidate>& in_use, const SignedNotice& notice,
                                      CertificateKind about, pki::Time now) {
  const std::string article = online_article(notice.event, about);
  const auto refused = [&article](pki::Message detail) {
    return pki::refused(std::move(detail), article, "application");
  };
  if (notice.given > now) return pki::invalid("application", messages::notice_in_future);
  if (std::ranges::find(in_use, notice.certificate, &Candidate::id) == in_use.end())
    return refused({messages::notice_certificate_over, to_string(notice.certificate)});
  const auto signer = std::ranges::find(in_use, notice.signed_with, &Candidate::id);
  if (signer == in_use.end()) return refused({messages::notice_signer_over, to_string(notice.signed_with)});
  if (!may_sign(notice.event, about, signer->status.kind))
    return refused(pki::is_mobile(about) ? messages::notice_needs_card_key
                                         : messages::notice_needs_phone_key);
  if (signer->status.revocation)
    return refused({messages::notice_signer_held, to_string(notice.signed_with)});
  return {};
}

}  // namespace law
