// Status, revoked and changes: one function writes all of them.

#include "registry/certificates.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "pki/messages/registry.h"
#include "registry/counters.h"
#include "registry/list_rows.h"
#include "registry/status_of_issue.h"
#include "registry/unissued.h"
#include "store/crc32c.h"

namespace registry {

namespace {

// Stored: never change a value.
constexpr std::uint8_t kAbsent = 0, kGood = 1, kHeld = 2, kRevoked = 3;

std::uint8_t state_byte(const std::optional<Revocation>& revocation) {
  if (!revocation) return kGood;
  return revocation->is_hold() ? kHeld : kRevoked;
}

std::uint64_t reason_byte(const std::optional<Revocation>& revocation) {
  return revocation ? static_cast<std::uint64_t>(revocation->reason) : 0;
}

pki::Time date_of(const std::optional<Revocation>& revocation) {
  return revocation ? revocation->date : pki::Time{};
}

pki::CrlReason to_reason(std::uint64_t byte) {
  const auto reason = pki::crl_reason_from(byte);
  if (!reason) throw store::Corruption(messages::stored_reason_unknown);
  return *reason;
}

pki::CertificateKind to_kind(std::uint8_t byte) {
  if (byte < 1 || byte > 4) throw store::Corruption(messages::stored_kind_unknown);
  return static_cast<pki::CertificateKind>(byte);
}

std::optional<Revocation> to_revocation(std::uint8_t state, std::uint64_t reason, pki::Time date) {
  if (state == kGood) return std::nullopt;
  if (state != kHeld && state != kRevoked) throw store::Corruption(messages::stored_status_unknown);
  return Revocation{date, to_reason(reason)};
}

constexpr std::size_t kCheckSize = 4;

// A row whose check does not fit is damaged: what it says must not be answered.
Status decode_status(pki::ByteView key, pki::ByteView value) {
  const std::size_t size = value.size() - std::min(kCheckSize, value.size());
  const pki::ByteView content = value.first(size);
  if (pki::read_big_endian(value.subspan(size)) != status_check(key, content))
    throw store::Corruption(messages::stored_status_damaged);
  Fields fields(content);
  const std::uint8_t state = fields.u8();
  const std::uint8_t reason = fields.u8();
  Status status;
  status.kind = to_kind(fields.u8());
  status.point = fields.point();
  status.not_after = fields.time();
  const pki::Time date = fields.time();
  status.changed_at = fields.time();
  status.sequence = fields.u64();
  status.revocation = to_revocation(state, reason, date);
  if (status.revocation && !fields.at_end()) status.revocation->invalidity_date = fields.time();
  return status;
}

// At the end of a record, where those without the date end.
Key& append_invalidity_date(Key& key, const std::optional<Revocation>& revocation) {
  if (revocation && revocation->invalidity_date) key.time(*revocation->invalidity_date);
  return key;
}

Key encode_status(const Status& status) {
  Key key;
  key.u8(state_byte(status.revocation))
      .u8(reason_byte(status.revocation))
      .u8(static_cast<std::uint64_t>(status.kind))
      .point(status.point)
      .time(status.not_after)
      .time(date_of(status.revocation))
      .time(status.changed_at)
      .u64(status.sequence);
  return append_invalidity_date(key, status.revocation);
}

Key revoked_key(IssuerId issuer, pki::DistributionPoint point, pki::SerialNumber serial) {
  return Key().issuer(issuer).point(point).u64(serial.value);
}

Key& append_change_state(Key& key, const ChangeState& state) {
  return key.u8(state.issued ? state_byte(state.revocation) : kAbsent)
      .u8(reason_byte(state.revocation))
      .time(date_of(state.revocation));
}

ChangeState read_change_state(Fields& fields) {
  const std::uint8_t state = fields.u8();
  const std::uint8_t reason = fields.u8();
  const pki::Time date = fields.time();
  if (state == kAbsent) return {};
  return {.issued = true, .revocation = to_revocation(state, reason, date)};
}

// The key ends in the sequence, whichever of the two tables it is of.
Change decode_change(pki::ByteView key, pki::ByteView value) {
  const IssuerId issuer = Fields(key).issuer();
  const std::uint64_t sequence = pki::read_big_endian(key.last(8));
  Fields fields(value);
  Change change;
  change.sequence = sequence;
  change.certificate = {issuer, {fields.u64()}};
  change.kind = to_kind(fields.u8());
  change.point = fields.point();
  change.not_after = fields.time();
  change.recorded_at = fields.time();
  change.before = read_change_state(fields);
  change.after = read_change_state(fields);
  // Only a revocation for good has such a date, and no change follows one: it is always of the state after.
  if (change.after.revocation && !fields.at_end()) change.after.revocation->invalidity_date = fields.time();
  return change;
}

// A big-endian integer of a width known to the compiler, which then needs a load or two.
template <std::size_t kWidth>
std::uint64_t load(const std::uint8_t* bytes) {
  return [bytes]<std::size_t... kAt>(std::index_sequence<kAt...>) {
    return ((std::uint64_t{bytes[kAt]} << (8 * (kWidth - 1 - kAt))) | ...);
  }(std::make_index_sequence<kWidth>());
}

pki::Time load_time(const std::uint8_t* bytes) {
  return pki::from_unix(static_cast<std::int64_t>(load<5>(bytes)));
}

// One entry of `revoked`, by fixed places: a complete CRL asks for millions of them. The layout is that of
// registry/schema.h: issuer(2) point(3) serial(8), and reason(1) revoked(5) not_after(5) sequence(8)
// [invalidity(5)].
RevokedEntry decode_revoked(pki::ByteView key, pki::ByteView value) {
  constexpr std::size_t kKeySize = 13, kValueSize = 19, kTimeSize = 5;
  if (key.size() != kKeySize || value.size() < kValueSize)
    throw store::Corruption(messages::stored_revocation_short);
  RevokedEntry entry;
  entry.point = {static_cast<std::uint32_t>(load<3>(key.data() + 2))};
  entry.serial = {load<8>(key.data() + 5)};
  entry.revocation.reason = to_reason(value[0]);
  entry.revocation.date = load_time(value.data() + 1);
  entry.not_after = load_time(value.data() + 6);
  entry.sequence = load<8>(value.data() + 11);
  if (value.size() == kValueSize + kTimeSize)
    entry.revocation.invalidity_date = load_time(value.data() + kValueSize);
  return entry;
}

struct Transition {
  CertificateId id;
  Status now;  // sequence and changed_at are filled in by apply().
  ChangeState before;
};

// The only place that writes status, revoked, changes and point_changes.
void apply(store::WriteTransaction& transaction, Transition transition, pki::Time recorded_at) {
  Status& status = transition.now;
  const IssuerId issuer = transition.id.issuer;
  status.sequence =
      store::take_number(transaction, counter_key(CounterPurpose::change_sequence).issuer(issuer));
  status.changed_at = recorded_at;
  registry::put_status(transaction, transition.id, status);

  registry::put_list_row(transaction, transition.id, status, transition.before.revocation.has_value());

  Key change;
  change.u64(transition.id.serial.value)
      .u8(static_cast<std::uint64_t>(status.kind))
      .point(status.point)
      .time(status.not_after)
      .time(recorded_at);
  append_change_state(change, transition.before);
  append_change_state(change, {.issued = true, .revocation = status.revocation});
  append_invalidity_date(change, status.revocation);
  transaction.put(tables::changes, Key().issuer(issuer).u64(status.sequence), change);
  transaction.put(tables::point_changes, Key().issuer(issuer).point(status.point).u64(status.sequence),
                  change);
}

Status require_status(const store::ReadTransaction& transaction, const CertificateId& id) {
  auto status = find_status(transaction, id);
  if (!status) throw std::logic_error("a change to a certificate that was never issued: " + to_string(id));
  return *status;
}

}  // namespace

std::uint32_t status_check(pki::ByteView key, pki::ByteView content) {
  return store::crc32c(content, store::crc32c(key));
}

void put_list_row(store::WriteTransaction& transaction, const CertificateId& id, const Status& status,
                  bool was_listed) {
  const Key key = revoked_key(id.issuer, status.point, id.serial);
  if (!status.revocation) return write_revoked_row(transaction, key, was_listed, std::nullopt);
  Key entry;
  entry.u8(reason_byte(status.revocation))
      .time(status.revocation->date)
      .time(status.not_after)
      .u64(status.sequence);
  write_revoked_row(transaction, key, was_listed, append_invalidity_date(entry, status.revocation));
}

void put_status(store::WriteTransaction& transaction, const CertificateId& id, const Status& status) {
  const Key key = Key().certificate(id);
  const Key value = encode_status(status);
  transaction.put(tables::status, key, Key(value).u32(status_check(key, value)));
}

std::optional<Status> find_status(const store::ReadTransaction& transaction, const CertificateId& id) {
  const Key key = Key().certificate(id);
  const auto value = transaction.get(tables::status, key);
  if (!value) return std::nullopt;
  return decode_status(key, *value);
}

namespace {

StatusRow decode_status_row(pki::ByteView key, pki::ByteView value) {
  Fields fields(key);
  const IssuerId issuer = fields.issuer();
  return {{issuer, {fields.u64()}}, decode_status(key, value)};
}

}  // namespace

StatusCursor all_statuses(const store::ReadTransaction& transaction) {
  return {transaction.cursor(tables::status), decode_status_row};
}

StatusCursor statuses_of(const store::ReadTransaction& transaction, IssuerId issuer) {
  return {transaction.cursor(tables::status, store::KeyRange::with_prefix(Key().issuer(issuer))),
          decode_status_row};
}

StatusCursor statuses_after(const store::ReadTransaction& transaction, const CertificateId& after) {
  const store::KeyRange rest =
      store::KeyRange::between(Key().issuer(after.issuer).u64(after.serial.value + 1),
                               store::KeyRange::with_prefix(Key().issuer(after.issuer)).end());
  return {transaction.cursor(tables::status, rest), decode_status_row};
}

RevokedCursor revoked_entries(const store::ReadTransaction& transaction, IssuerId issuer,
                              pki::DistributionPoint point) {
  Key prefix = Key().issuer(issuer);
  if (!point.is_whole_generation()) prefix.point(point);
  return {transaction.cursor(tables::revoked, store::KeyRange::with_prefix(prefix)), decode_revoked};
}

RevokedCursor list_row_of(const store::ReadTransaction& transaction, const CertificateId& id,
                          pki::DistributionPoint point) {
  const Key key = revoked_key(id.issuer, point, id.serial);
  return {transaction.cursor(tables::revoked, store::KeyRange::with_prefix(key)), decode_revoked};
}

RevokedCursor revoked_entries_from(const store::ReadTransaction& transaction, IssuerId issuer,
                                   pki::DistributionPoint first) {
  const store::KeyRange rest = store::KeyRange::between(
      Key().issuer(issuer).point(first), store::KeyRange::with_prefix(Key().issuer(issuer)).end());
  return {transaction.cursor(tables::revoked, rest), decode_revoked};
}

std::optional<pki::DistributionPoint> next_revoked_point(const store::ReadTransaction& transaction,
                                                         IssuerId issuer, pki::DistributionPoint after) {
  const Key generation = Key().issuer(issuer);
  store::Cursor cursor = transaction.cursor(tables::revoked, store::KeyRange::with_prefix(generation));
  cursor.seek(Key(generation).point({after.code + 1}));
  if (!cursor.valid()) return std::nullopt;
  return Fields(cursor.key().subspan(generation.view().size())).point();
}

ChangeCursor changes_after(const store::ReadTransaction& transaction, IssuerId issuer,
                           pki::DistributionPoint point, std::uint64_t after) {
  Key prefix = Key().issuer(issuer);
  if (!point.is_whole_generation()) prefix.point(point);
  const store::KeyRange rest =
      store::KeyRange::between(Key(prefix).u64(after + 1), store::KeyRange::with_prefix(prefix).end());
  return {transaction.cursor(point.is_whole_generation() ? tables::changes : tables::point_changes, rest),
          decode_change};
}

std::uint64_t last_change_sequence(const store::ReadTransaction& transaction, IssuerId issuer) {
  return store::read_counter(transaction, counter_key(CounterPurpose::change_sequence).issuer(issuer));
}

void record_revocation(store::WriteTransaction& transaction, const CertificateId& id,
                       const Revocation& revocation, pki::Time now) {
  Status status = require_status(transaction, id);
  const ChangeState before{.issued = true, .revocation = status.revocation};
  if (before.revocation && !before.revocation->is_hold())
    throw std::logic_error("a revocation of a certificate that is revoked already: " + to_string(id));
  status.revocation = revocation;
  apply(transaction, {.id = id, .now = status, .before = before}, now);
}

void record_release(store::WriteTransaction& transaction, const CertificateId& id, pki::Time now) {
  Status status = require_status(transaction, id);
  const ChangeState before{.issued = true, .revocation = status.revocation};
  if (!before.revocation || !before.revocation->is_hold())
    throw std::logic_error("a release of a certificate that is not held: " + to_string(id));
  status.revocation.reset();
  apply(transaction, {.id = id, .now = status, .before = before}, now);
}

void record_status_of_issue(store::WriteTransaction& transaction, const IssuedCertificate& certificate,
                            pki::Time now) {
  Status status;
  status.kind = certificate.kind;
  status.point = certificate.point;
  status.not_after = certificate.not_after;
  record_first_status(transaction, certificate.id, status, now);
}

void record_first_status(store::WriteTransaction& transaction, const CertificateId& id, const Status& status,
                         pki::Time now) {
  if (find_status(transaction, id))
    throw std::logic_error("a second issue under one serial: " + to_string(id));
  apply(transaction, {.id = id, .now = status, .before = {}}, now);
  mark_issued(transaction, id.issuer.ca, id.serial.value);
}

void move_status(store::WriteTransaction& transaction, const CertificateId& from, const CertificateId& to,
                 const Status& status, pki::Time now) {
  Status ended = require_status(transaction, from);
  const ChangeState before{.issued = true, .revocation = std::exchange(ended.revocation, std::nullopt)};
  apply(transaction, {.id = from, .now = ended, .before = before}, now);
  transaction.erase(tables::status, Key().certificate(from));
  record_first_status(transaction, to, status, now);
}

}  // namespace registry
