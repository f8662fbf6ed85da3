// One row for each key, and one value in `meta`.

#include "registry/reported_keys.h"

#include "pki/certificate.h"
#include "pki/hash.h"

namespace registry {

namespace {

constexpr std::string_view kListed = "reported_keys_listed";

pki::Bytes key_of(pki::ByteView subject_public_key_info) {
  return pki::digest(pki::HashAlgorithm::sha256, subject_public_key_info);
}

}  // namespace

std::optional<ReportedKey> find_reported_key(const store::ReadTransaction& transaction,
                                             pki::ByteView subject_public_key_info) {
  const auto value = transaction.get(tables::reported_keys, key_of(subject_public_key_info));
  if (!value) return std::nullopt;
  Fields fields(*value);
  ReportedKey reported;
  reported.since = fields.time();
  reported.certificate.issuer = fields.issuer();
  reported.certificate.serial = {fields.u64()};
  return reported;
}

bool report_key(store::WriteTransaction& transaction, const IssuedCertificate& certificate, pki::Time since) {
  const auto decoded = pki::Certificate::decode(certificate.der);
  if (!decoded) return false;
  const pki::Bytes key = key_of(decoded->subject_public_key_info());
  if (transaction.get(tables::reported_keys, key)) return false;
  transaction.put(tables::reported_keys, key, Key().time(since).certificate(certificate.id));
  return true;
}

bool are_reported_keys_listed(const store::ReadTransaction& transaction) {
  return transaction.get(store::tables::meta, pki::as_bytes(kListed)).has_value();
}

void note_reported_keys_listed(store::WriteTransaction& transaction) {
  transaction.put(store::tables::meta, pki::as_bytes(kListed), {});
}

void list_reported_keys_again(store::WriteTransaction& transaction) {
  transaction.erase(store::tables::meta, pki::as_bytes(kListed));
}

}  // namespace registry
