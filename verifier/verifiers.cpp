// Verifier records and their standing at a moment.

#include "verifier/verifiers.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "pki/messages/verifier.h"
#include "pki/network.h"
#include "registry/counters.h"
#include "store/record.h"
#include "verifier/approvals_revision.h"
#include "verifier/network_table.h"

namespace verifier {

namespace {

constexpr std::string_view kVersionKey = "verifiers_version";
constexpr std::array kClasses = {VerifierClass::signature, VerifierClass::group_signature,
                                 VerifierClass::authentication, VerifierClass::specific_authentication};

// [n] SEQUENCE OF OCTET STRING, absent when empty.
void write_list(pki::der::Writer& writer, unsigned n, const std::vector<pki::Bytes>& list) {
  if (list.empty()) return;
  writer.context(n, [&] {
    writer.sequence([&] {
      for (const pki::Bytes& bytes : list)
        writer.octet_string(bytes);
    });
  });
}

std::vector<pki::Bytes> read_list(store::RecordReader& reader, unsigned n) {
  std::vector<pki::Bytes> list;
  if (auto field = reader.optional(n))
    while (!field->at_end())
      list.push_back(field->bytes());
  return list;
}

constexpr unsigned kApprovalsRevision = 5;

pki::Bytes encode(const Verifier& verifier, std::uint64_t approvals_revision) {
  pki::der::Writer writer;
  writer.sequence([&] {
    store::write_text(writer, verifier.name);
    writer.integer(static_cast<std::uint64_t>(verifier.sector))
        .boolean(verifier.by_signature)
        .boolean(verifier.by_tls);
    writer.sequence([&] {
      for (const auto& entry : verifier.classes)
        writer.sequence([&] {
          writer.integer(static_cast<std::uint64_t>(entry.first));
          write_steps(writer, entry.second);
        });
    });
    writer.sequence([&] {
      for (const pki::Network& network : verifier.networks)
        writer.sequence([&] { writer.octet_string(network.address).integer(network.prefix_length); });
    });
    store::write_optional(writer, 0, verifier.suspension, [&](const Suspension& suspension) {
      store::write_date(writer, suspension.from);
      store::write_optional(writer, 0, suspension.until,
                            [&](pki::Date date) { store::write_date(writer, date); });
    });
    store::write_optional(writer, 1, verifier.cancelled,
                          [&](pki::Date date) { store::write_date(writer, date); });
    write_list(writer, 2, verifier.request_cas);
    write_list(writer, 3, verifier.refused_signers);
    store::write_optional(writer, 4, verifier.restored,
                          [&](pki::Date date) { store::write_date(writer, date); });
    if (approvals_revision > 0)
      writer.context(kApprovalsRevision,
                     [&] { writer.sequence([&] { writer.integer(approvals_revision); }); });
  });
  return writer.take();
}

// A record, and how often its approvals were changed; 0 also for one of an earlier version, which did not
// count.
struct StoredVerifier {
  Verifier verifier;
  std::uint64_t approvals_revision = 0;
};

StoredVerifier decode_record(std::uint64_t id, pki::ByteView record) {
  store::RecordReader reader(record);
  StoredVerifier stored;
  Verifier& verifier = stored.verifier;
  verifier.id = id;
  verifier.name = reader.text();
  verifier.sector = static_cast<Sector>(reader.number());
  verifier.by_signature = reader.boolean();
  verifier.by_tls = reader.boolean();
  for (store::RecordReader classes = reader.nested(); !classes.at_end();) {
    store::RecordReader one = classes.nested();
    const auto verifier_class = static_cast<VerifierClass>(one.number());
    verifier.classes[verifier_class] = read_steps(one);
  }
  for (store::RecordReader networks = reader.nested(); !networks.at_end();) {
    store::RecordReader one = networks.nested();
    const pki::Bytes address = one.bytes();
    if (address.size() != 16) throw store::Corruption(messages::network_undecodable);
    pki::Network network;
    std::ranges::copy(address, network.address.begin());
    network.prefix_length = static_cast<std::uint8_t>(one.number());
    verifier.networks.push_back(network);
  }
  if (auto field = reader.optional(0)) {
    Suspension suspension{.from = field->date(), .until = {}};
    if (auto until = field->optional(0)) suspension.until = until->date();
    verifier.suspension = suspension;
  }
  if (auto field = reader.optional(1)) verifier.cancelled = field->date();
  verifier.request_cas = read_list(reader, 2);
  verifier.refused_signers = read_list(reader, 3);
  if (auto field = reader.optional(4)) verifier.restored = field->date();
  if (auto field = reader.optional(kApprovalsRevision)) stored.approvals_revision = field->number();
  return stored;
}

Verifier decode_verifier(std::uint64_t id, pki::ByteView record) {
  return decode_record(id, record).verifier;
}

const std::vector<Approval>& approvals_of(const Verifier& verifier) {
  static const std::vector<Approval> none;
  const auto steps = verifier.classes.find(VerifierClass::specific_authentication);
  return steps == verifier.classes.end() ? none : steps->second.approvals;
}

// Of the record that follows the one on record.
std::uint64_t next_approvals_revision(const store::ReadTransaction& transaction, const Verifier& verifier) {
  const auto value = transaction.get(registry::tables::verifiers, registry::Key().u64(verifier.id));
  if (!value) return 0;
  const StoredVerifier before = decode_record(verifier.id, *value);
  return before.approvals_revision + (approvals_of(before.verifier) == approvals_of(verifier) ? 0 : 1);
}

const pki::MessageText& class_word(VerifierClass verifier_class) {
  switch (verifier_class) {
    case VerifierClass::signature:
      return messages::class_signature;
    case VerifierClass::group_signature:
      return messages::class_group_signature;
    case VerifierClass::authentication:
      return messages::class_authentication;
    case VerifierClass::specific_authentication:
      break;
  }
  return messages::class_specific_authentication;
}

}  // namespace

std::string_view to_string(VerifierClass verifier_class) {
  switch (verifier_class) {
    case VerifierClass::signature:
      return "signature";
    case VerifierClass::group_signature:
      return "group-signature";
    case VerifierClass::authentication:
      return "authentication";
    case VerifierClass::specific_authentication:
      return "specific-authentication";
  }
  return "";
}

std::string_view to_string(Purpose purpose) {
  switch (purpose) {
    case Purpose::normal:
      return "normal";
    case Purpose::pinless:
      return "pinless";
    case Purpose::kazashi:
      return "kazashi";
  }
  return "";
}

std::optional<VerifierClass> parse_verifier_class(std::string_view text) {
  for (const VerifierClass known : kClasses)
    if (to_string(known) == text) return known;
  return std::nullopt;
}

bool Standing::may_ask(pki::CaName ca) const {
  if (ca == pki::CaName::sign)
    return active.contains(VerifierClass::signature) || active.contains(VerifierClass::group_signature);
  if (ca == pki::CaName::auth)
    return active.contains(VerifierClass::authentication) ||
           active.contains(VerifierClass::specific_authentication);
  return false;
}

bool Standing::may_ask(pki::CaName ca, Purpose purpose) const {
  switch (purpose) {
    case Purpose::normal:
      return may_ask(ca);
    case Purpose::pinless:
      return ca == pki::CaName::auth && pinless;
    case Purpose::kazashi:
      return ca == pki::CaName::auth && may_ask(ca);
  }
  return false;
}

bool is_suspended(const Verifier& verifier, pki::Time now) {
  const pki::Date today = pki::jst_date(now);
  const auto& suspension = verifier.suspension;
  return suspension && suspension->from <= today && (!suspension->until || today <= *suspension->until);
}

Standing standing_of(const Verifier& verifier, pki::Time now) {
  const pki::Date today = pki::jst_date(now);
  Standing standing;
  if (verifier.cancelled && *verifier.cancelled <= today) {
    standing.explanation = {messages::cancelled_on, pki::to_string(*verifier.cancelled)};
    return standing;
  }
  if (verifier.restored) {
    standing.explanation = {messages::barred_since_restore, pki::to_string(*verifier.restored),
                            std::to_string(verifier.id)};
    return standing;
  }
  if (is_suspended(verifier, now)) {
    standing.explanation = {messages::suspended_since, pki::to_string(verifier.suspension->from)};
    return standing;
  }
  const auto explain = [&](const pki::MessageText& what, pki::Message why) {
    pki::Message one{messages::of_class, what, std::move(why)};
    standing.explanation =
        standing.explanation.empty()
            ? std::move(one)
            : pki::Message{messages::and_also, std::move(standing.explanation), std::move(one)};
  };
  for (const auto& [verifier_class, steps] : verifier.classes) {
    pki::Message missing = missing_step(verifier_class, steps, verifier.sector, today);
    if (!missing.empty()) {
      explain(class_word(verifier_class), std::move(missing));
      continue;
    }
    standing.active.insert(verifier_class);
    if (verifier_class != VerifierClass::specific_authentication) continue;
    pki::Message closed = approval_missing(steps.approvals, today);
    standing.pinless = closed.empty();
    if (!closed.empty()) explain(messages::pinless_path, std::move(closed));
  }
  return standing;
}

std::optional<Verifier> find_verifier(const store::ReadTransaction& transaction, std::uint64_t id) {
  const auto value = transaction.get(registry::tables::verifiers, registry::Key().u64(id));
  if (!value) return std::nullopt;
  return decode_verifier(id, *value);
}

std::uint64_t approvals_revision(const store::ReadTransaction& transaction, std::uint64_t verifier) {
  const auto value = transaction.get(registry::tables::verifiers, registry::Key().u64(verifier));
  return value ? decode_record(verifier, *value).approvals_revision : 0;
}

std::vector<Verifier> all_verifiers(const store::ReadTransaction& transaction) {
  std::vector<Verifier> verifiers;
  store::Cursor cursor = transaction.cursor(registry::tables::verifiers);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    verifiers.push_back(decode_verifier(pki::read_big_endian(cursor.key()), cursor.value()));
  return verifiers;
}

std::uint64_t put_verifier(store::WriteTransaction& transaction, Verifier verifier) {
  if (verifier.id == 0)
    verifier.id = store::take_number(transaction, registry::counter_key(registry::CounterPurpose::verifier));
  transaction.put(registry::tables::verifiers, registry::Key().u64(verifier.id),
                  encode(verifier, next_approvals_revision(transaction, verifier)));
  transaction.put(store::tables::meta, pki::as_bytes(kVersionKey),
                  registry::Key().u64(verifiers_version(transaction) + 1));
  return verifier.id;
}

std::uint64_t verifiers_version(const store::ReadTransaction& transaction) {
  const auto value = transaction.get(store::tables::meta, pki::as_bytes(kVersionKey));
  return value ? pki::read_big_endian(*value) : 0;
}

}  // namespace verifier
