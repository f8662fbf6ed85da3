// Records of credentials.

#include "verifier/credentials.h"

#include <array>

#include "registry/schema.h"
#include "store/record.h"

namespace verifier {

namespace {

constexpr std::array kUses = {CredentialUse::tls, CredentialUse::signature, CredentialUse::pinless};

pki::Bytes encode(const Credential& credential) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.integer(credential.verifier).integer(static_cast<std::uint64_t>(credential.use));
    store::write_text(writer, credential.purpose);
    store::write_text(writer, credential.terminal);
    writer.generalized_time(credential.not_before).generalized_time(credential.not_after);
    writer.octet_string(credential.certificate);
    store::write_optional(writer, 0, credential.revoked,
                          [&](pki::Time time) { writer.generalized_time(time); });
    store::write_optional(writer, 1, credential.erased,
                          [&](pki::Date date) { store::write_date(writer, date); });
  });
  return writer.take();
}

Credential decode_credential(std::uint64_t serial, pki::ByteView record) {
  store::RecordReader reader(record);
  Credential credential;
  credential.serial = {serial};
  credential.verifier = reader.number();
  credential.use = static_cast<CredentialUse>(reader.number());
  credential.purpose = reader.text();
  credential.terminal = reader.text();
  credential.not_before = reader.time();
  credential.not_after = reader.time();
  credential.certificate = reader.bytes();
  if (auto field = reader.optional(0)) credential.revoked = field->time();
  if (auto field = reader.optional(1)) credential.erased = field->date();
  return credential;
}

// The serial number in a certificate's bytes, without decoding the rest; nothing when there is none that
// could be ours.
std::optional<pki::SerialNumber> serial_of(pki::ByteView certificate) {
  const auto read = [&]() -> pki::Result<pki::ByteView> {
    pki::der::Reader outer(certificate);
    TRY_ASSIGN(pki::der::Reader fields, outer.enter_sequence());
    TRY_ASSIGN(pki::der::Reader tbs, fields.enter_sequence());
    TRY(tbs.read_optional(pki::der::tag::context_constructed(0)));
    return tbs.read_integer();
  };
  const auto content = read();
  if (!content) return std::nullopt;
  return pki::serial_from_content(*content);
}

}  // namespace

std::string_view to_string(CredentialUse use) {
  switch (use) {
    case CredentialUse::tls:
      return "tls";
    case CredentialUse::signature:
      return "signature";
    case CredentialUse::pinless:
      return "pinless";
  }
  return "";
}

std::optional<CredentialUse> parse_credential_use(std::string_view text) {
  for (const CredentialUse known : kUses)
    if (to_string(known) == text) return known;
  return std::nullopt;
}

std::optional<Credential> find_credential(const store::ReadTransaction& transaction,
                                          pki::SerialNumber serial) {
  const auto value = transaction.get(registry::tables::credentials, registry::Key().u64(serial.value));
  if (!value) return std::nullopt;
  return decode_credential(serial.value, *value);
}

std::optional<Credential> find_credential(const store::ReadTransaction& transaction,
                                          pki::ByteView certificate) {
  const auto serial = serial_of(certificate);
  if (!serial) return std::nullopt;
  auto credential = find_credential(transaction, *serial);
  if (!credential || !pki::equal(credential->certificate, certificate)) return std::nullopt;
  return credential;
}

std::vector<Credential> credentials_of(const store::ReadTransaction& transaction, std::uint64_t verifier) {
  std::vector<Credential> list;
  store::Cursor cursor = transaction.cursor(registry::tables::credentials);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next()) {
    Credential credential = decode_credential(pki::read_big_endian(cursor.key()), cursor.value());
    if (credential.verifier == verifier) list.push_back(std::move(credential));
  }
  return list;
}

void put_credential(store::WriteTransaction& transaction, const Credential& credential) {
  transaction.put(registry::tables::credentials, registry::Key().u64(credential.serial.value),
                  encode(credential));
}

}  // namespace verifier
