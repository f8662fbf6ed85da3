// Faults of a responder: what is wrong is what it says, or who says it.

#include <algorithm>

#include "ca/certificate_builder.h"
#include "mock/faults.h"
#include "mock/forged_answer.h"
#include "pki/certificate.h"
#include "pki/der.h"

namespace mock {

namespace {

namespace der = pki::der;
using std::chrono::days;

// Under the arc of RFC 5612 for examples.
constexpr pki::Oid kUnknownExtension = pki::make_oid("1.3.6.1.4.1.32473.1.99");

// A change of an answer; false when there is nothing to be changed.
using Change = std::function<bool(FaultSite&, ForgedAnswer&)>;

void put_body(FaultSite& site, pki::Bytes bytes) {
  site.response.status = 200;
  site.response.body = std::move(bytes);
  // Validators and times of the right answer would be about another one.
  site.response.header_block.reset();
  site.response.headers = {{"Cache-Control", "no-store"}};
  site.response.content_type = "application/ocsp-response";
}

std::function<bool(FaultSite&)> changed(Change change) {
  return [change = std::move(change)](FaultSite& site) {
    pki::ByteView bytes;
    if (const auto* owned = std::get_if<pki::Bytes>(&site.response.body)) bytes = *owned;
    if (const auto* shared = std::get_if<std::shared_ptr<const pki::Bytes>>(&site.response.body))
      bytes = **shared;
    auto answer = take_apart(site.world, bytes);
    if (!answer || !change(site, *answer)) return false;
    put_body(site, put_together(*answer));
    return true;
  };
}

// An answer of no certificate's status: five bytes.
std::function<bool(FaultSite&)> refused(ocsp::ResponseStatus status) {
  return [status](FaultSite& site) {
    const auto bytes = ocsp::encode_error(status);
    put_body(site, pki::Bytes(bytes.begin(), bytes.end()));
    return true;
  };
}

std::function<bool(FaultSite&)> shifted(pki::Seconds by) {
  return changed([by](FaultSite&, ForgedAnswer& answer) {
    answer.produced_at += by;
    for (ForgedSingle& single : answer.singles) {
      if (single.this_update) *single.this_update += by;
      if (single.next_update) *single.next_update += by;
    }
    return true;
  });
}

pki::Bytes status_of(unsigned tag) {
  der::Writer writer;
  writer.primitive(der::tag::context(tag), {});
  return writer.take();
}

// CertID of the next serial: of some other certificate.
pki::Result<pki::Bytes> next_cert_id(pki::ByteView cert_id) {
  der::Reader whole(cert_id);
  TRY_ASSIGN(der::Reader parts, whole.enter_sequence());
  TRY_ASSIGN(const der::Element algorithm, parts.read_any());
  TRY_ASSIGN(const der::Element name, parts.read_any());
  TRY_ASSIGN(const der::Element key, parts.read_any());
  TRY_ASSIGN(const pki::ByteView serial, parts.read_integer());
  pki::Bytes next = pki::to_bytes(serial);
  next.back() ^= 1U;
  der::Writer writer;
  writer.sequence(
      [&] { writer.raw(algorithm.encoding).raw(name.encoding).raw(key.encoding).integer_content(next); });
  return writer.take();
}

bool is_extension(pki::ByteView encoding, const pki::Oid& wanted) {
  der::Reader whole(encoding);
  auto inside = whole.enter_sequence();
  const auto id = inside ? inside->read_oid() : pki::Result<pki::Oid>(inside.error());
  return id && *id == wanted;
}

std::size_t erase_nonce(ForgedAnswer& answer) {
  return std::erase_if(answer.extensions, [](const pki::Bytes& extension) {
    return is_extension(extension, pki::oids::kOcspNonce);
  });
}

bool put_wrong_nonce(FaultSite&, ForgedAnswer& answer) {
  erase_nonce(answer);
  der::Writer writer;
  writer.sequence(
      [&] { writer.oid(pki::oids::kOcspNonce).wrapped([&] { writer.octet_string(pki::Bytes(32, 0xA5)); }); });
  answer.extensions.push_back(writer.take());
  return true;
}

bool add_critical_extension(FaultSite&, ForgedAnswer& answer) {
  der::Writer writer;
  writer.sequence([&] { writer.oid(kUnknownExtension).boolean(true).wrapped([&] { writer.null(); }); });
  answer.extensions.push_back(writer.take());
  return true;
}

// Puts another certificate for the responder's key in the place of its own.
Change certified(
    std::function<pki::Result<pki::Bytes>(FaultSite&, const registry::SigningIssuer&, const ForgedAnswer&)>
        make) {
  return [make = std::move(make)](FaultSite& site, ForgedAnswer& answer) {
    const registry::SigningIssuer& ca = *site.world.instance().authority().find(answer.issuer);
    auto certificate = make(site, ca, answer);
    if (!certificate) return false;
    answer.certificates = {std::move(*certificate)};
    return true;
  };
}

Change without(const pki::Oid& extension) {
  return certified([extension](FaultSite&, const registry::SigningIssuer& ca, const ForgedAnswer& answer) {
    return without_extension(ca, answer.certificates.front(), extension);
  });
}

pki::Result<pki::Bytes> make_expired(FaultSite& site, const registry::SigningIssuer& ca,
                                     const ForgedAnswer& answer) {
  const pki::Time now = site.world.clock().now();
  return ca.sign(ca::encode_responder_tbs(ca, {.serial = {89'000'000},
                                               .validity = {now - days{40}, now - days{10}},
                                               .subject_public_key_info = answer.signer->public_key()}));
}

// The other CA's responder speaks, which has no say here.
bool let_another_speak(FaultSite& site, ForgedAnswer& answer) {
  const pki::CaName other = answer.issuer.ca == pki::CaName::sign ? pki::CaName::auth : pki::CaName::sign;
  const auto responder = load_responder(site.world, site.world.instance().authority().current(other).id());
  if (!responder) return false;
  auto id = responder_id_of(responder->certificate);
  if (!id) return false;
  answer.responder_id = std::move(*id);
  answer.certificates = {responder->certificate};
  answer.signer = responder->signer;
  return true;
}

bool call_all_unknown(FaultSite&, ForgedAnswer& answer) {
  for (ForgedSingle& single : answer.singles)
    single.status = status_of(2);
  return true;
}

bool call_revoked_good(FaultSite&, ForgedAnswer& answer) {
  bool changed_any = false;
  for (ForgedSingle& single : answer.singles)
    if (single.status.front() == der::tag::context_constructed(1)) {
      single.status = status_of(0);
      changed_any = true;
    }
  return changed_any;
}

bool answer_about_another(FaultSite&, ForgedAnswer& answer) {
  auto other = next_cert_id(answer.singles.front().cert_id);
  if (!other) return false;
  answer.singles.front().cert_id = std::move(*other);
  return true;
}

bool add_another(FaultSite&, ForgedAnswer& answer) {
  ForgedSingle extra = answer.singles.front();
  auto other = next_cert_id(extra.cert_id);
  if (!other) return false;
  extra.cert_id = std::move(*other);
  answer.singles.push_back(std::move(extra));
  return true;
}

bool drop_this_update(FaultSite&, ForgedAnswer& answer) {
  for (ForgedSingle& single : answer.singles)
    single.this_update.reset();
  return true;
}

bool drop_next_update(FaultSite&, ForgedAnswer& answer) {
  for (ForgedSingle& single : answer.singles)
    single.next_update.reset();
  return true;
}

}  // namespace

std::vector<FaultKind> ocsp_fault_kinds() {
  using enum ocsp::ResponseStatus;
  using enum FaultFamily;
  const auto break_signature = [](FaultSite&, ForgedAnswer& answer) {
    return answer.is_signature_broken = true;
  };
  const auto drop_nonce = [](FaultSite&, ForgedAnswer& answer) { return erase_nonce(answer) > 0; };
  return {
      {"try-later", ocsp, "answers tryLater", refused(try_later)},
      {"internal-error", ocsp, "answers internalError", refused(internal_error)},
      {"sig-required", ocsp, "answers sigRequired", refused(sig_required)},
      {"unauthorized", ocsp, "answers unauthorized", refused(unauthorized)},
      {"malformed-request", ocsp, "answers malformedRequest", refused(malformed_request)},
      {"bad-signature", ocsp, "breaks the signature", changed(break_signature)},
      {"wrong-responder", ocsp, "signs as the other CA's responder", changed(let_another_speak)},
      {"expired-responder", ocsp, "signs with a responder certificate that has expired",
       changed(certified(make_expired))},
      {"responder-without-eku", ocsp, "signs with a certificate that is not for OCSP signing",
       changed(without(pki::oids::kExtendedKeyUsage))},
      {"responder-without-nocheck", ocsp, "signs with a responder certificate without ocsp-nocheck",
       changed(without(pki::oids::kOcspNoCheck))},
      {"wrong-nonce", ocsp, "answers with another nonce", changed(put_wrong_nonce)},
      {"no-nonce", ocsp, "leaves the nonce out", changed(drop_nonce)},
      {"stale", ocsp, "dates the answer three days back, past its nextUpdate", shifted(-days{3})},
      {"future", ocsp, "dates the answer three days ahead", shifted(days{3})},
      {"missing-this-update", ocsp, "leaves thisUpdate out", changed(drop_this_update)},
      {"missing-next-update", ocsp, "leaves nextUpdate out", changed(drop_next_update)},
      {"unknown-for-all", ocsp, "says unknown of every certificate", changed(call_all_unknown)},
      {"good-for-revoked", ocsp, "says good of revoked certificates", changed(call_revoked_good)},
      {"wrong-cert-id", ocsp, "answers about another certificate", changed(answer_about_another)},
      {"extra-cert-ids", ocsp, "answers about another certificate as well", changed(add_another)},
      {"critical-extension", ocsp, "adds an unknown critical extension", changed(add_critical_extension)}};
}

}  // namespace mock
