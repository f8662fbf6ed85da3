// Intents, issued certificates and serials: the records around one issue.

#include "registry/issuance.h"

#include "registry/certificates.h"
#include "registry/counters.h"
#include "registry/status_of_issue.h"
#include "registry/unissued.h"
#include "store/record.h"

namespace registry {

namespace {

Key reservation_key(ResidentId resident, pki::CertificateKind kind) {
  return Key().u64(resident.value).u8(static_cast<std::uint64_t>(kind));
}

CertificateId read_certificate_id(pki::ByteView bytes) {
  Fields fields(bytes);
  const IssuerId issuer = fields.issuer();
  return {issuer, {fields.u64()}};
}

Intent decode_intent(const CertificateId& id, pki::ByteView record) {
  store::RecordReader reader(record);
  Intent intent;
  intent.id = id;
  intent.kind = static_cast<pki::CertificateKind>(reader.number());
  intent.resident = {reader.number()};
  intent.resident_version = reader.number();
  intent.recorded_at = reader.time();
  intent.tbs_hash = reader.bytes();
  return intent;
}

}  // namespace

void record_intent(store::WriteTransaction& transaction, const store::Vault& vault, const Intent& intent) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.integer(static_cast<std::uint64_t>(intent.kind))
        .integer(intent.resident.value)
        .integer(intent.resident_version);
    writer.generalized_time(intent.recorded_at).octet_string(intent.tbs_hash);
  });
  const Key key = Key().certificate(intent.id);
  transaction.put(tables::intents, key, vault.seal(tables::intents, key, writer.view()));
  transaction.put(tables::reservations, reservation_key(intent.resident, intent.kind), key);
}

std::optional<Intent> find_intent(const store::ReadTransaction& transaction, const store::Vault& vault,
                                  const CertificateId& id) {
  const Key key = Key().certificate(id);
  const auto value = transaction.get(tables::intents, key);
  if (!value) return std::nullopt;
  return decode_intent(id, vault.open(tables::intents, key, *value));
}

std::optional<CertificateId> find_reservation(const store::ReadTransaction& transaction, ResidentId resident,
                                              pki::CertificateKind kind) {
  const auto value = transaction.get(tables::reservations, reservation_key(resident, kind));
  if (!value) return std::nullopt;
  return read_certificate_id(*value);
}

void close_intent(store::WriteTransaction& transaction, const Intent& intent) {
  transaction.erase(tables::intents, Key().certificate(intent.id));
  transaction.erase(tables::reservations, reservation_key(intent.resident, intent.kind));
}

std::vector<Intent> open_intents(const store::ReadTransaction& transaction, const store::Vault& vault) {
  std::vector<Intent> intents;
  store::Cursor cursor = transaction.cursor(tables::intents);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    intents.push_back(decode_intent(read_certificate_id(cursor.key()),
                                    vault.open(tables::intents, cursor.key(), cursor.value())));
  return intents;
}

void record_issue(store::WriteTransaction& transaction, const store::Vault& vault,
                  const IssuedCertificate& certificate, pki::Time now) {
  record_status_of_issue(transaction, certificate, now);
  put_issue_record(transaction, vault, certificate);
}

void put_issue_record(store::WriteTransaction& transaction, const store::Vault& vault,
                      const IssuedCertificate& certificate) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.integer(static_cast<std::uint64_t>(certificate.kind)).integer(certificate.resident.value);
    writer.integer(certificate.point.code).generalized_time(certificate.not_before);
    writer.generalized_time(certificate.not_after).octet_string(certificate.der);
    store::write_optional(writer, 0, certificate.entry,
                          [&](const CertifiedEntry& entry) { write_certified_entry(writer, entry); });
  });
  const Key key = Key().certificate(certificate.id);
  transaction.put(tables::certificates, key, vault.seal(tables::certificates, key, writer.view()));
  transaction.put(tables::holdings,
                  Key()
                      .u64(certificate.resident.value)
                      .u8(static_cast<std::uint64_t>(certificate.kind))
                      .certificate(certificate.id),
                  {});
}

std::optional<IssuedCertificate> find_certificate(const store::ReadTransaction& transaction,
                                                  const store::Vault& vault, const CertificateId& id) {
  const Key key = Key().certificate(id);
  const auto value = transaction.get(tables::certificates, key);
  if (!value) return std::nullopt;
  const pki::Bytes record = vault.open(tables::certificates, key, *value);
  store::RecordReader reader(record);
  IssuedCertificate certificate;
  certificate.id = id;
  certificate.kind = static_cast<pki::CertificateKind>(reader.number());
  certificate.resident = {reader.number()};
  certificate.point = {static_cast<std::uint32_t>(reader.number())};
  certificate.not_before = reader.time();
  certificate.not_after = reader.time();
  certificate.der = reader.bytes();
  if (auto field = reader.optional(0)) certificate.entry = read_certified_entry(std::move(*field));
  return certificate;
}

std::vector<CertificateId> certificates_of(const store::ReadTransaction& transaction, ResidentId resident) {
  std::vector<CertificateId> ids;
  store::Cursor cursor =
      transaction.cursor(tables::holdings, store::KeyRange::with_prefix(Key().u64(resident.value)));
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    ids.push_back(read_certificate_id(cursor.key().subspan(9)));
  return ids;
}

HoldingCursor all_holdings(const store::ReadTransaction& transaction) {
  return {transaction.cursor(tables::holdings), [](pki::ByteView key, pki::ByteView /*value*/) {
            return Holding{{pki::read_big_endian(key.first(8))}, read_certificate_id(key.subspan(9))};
          }};
}

pki::SerialNumber take_serial(store::WriteTransaction& transaction, pki::CaName ca) {
  const std::uint64_t serial =
      store::take_number(transaction, counter_key(CounterPurpose::serial).u8(static_cast<std::uint64_t>(ca)));
  // Until a certificate has it. The status of operations certificates lies elsewhere.
  if (ca != pki::CaName::operations) mark_unissued(transaction, ca, {serial, serial});
  return {serial};
}

void skip_serials(store::WriteTransaction& transaction, pki::CaName ca, std::uint64_t value) {
  const Key key = counter_key(CounterPurpose::serial).u8(static_cast<std::uint64_t>(ca));
  const std::uint64_t last = store::read_counter(transaction, key);
  if (last >= value) return;
  store::write_counter(transaction, key, value);
  if (ca != pki::CaName::operations) mark_unissued(transaction, ca, {last + 1, value});
}

}  // namespace registry
