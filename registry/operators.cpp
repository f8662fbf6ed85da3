// Records of operators, and the rules about who must be left.

#include "registry/operators.h"

#include <algorithm>
#include <array>

#include "pki/certificate.h"
#include "pki/messages/registry.h"
#include "pki/text.h"
#include "registry/municipalities.h"
#include "registry/schema.h"
#include "store/record.h"

namespace registry {

namespace {

// A common name of a certificate has at most 64 characters (RFC 5280 appendix A, ub-common-name).
constexpr std::size_t kNamePointsMax = 64;

// How often the record was written, which makes a state that comes back another one (admin/pinned_record).
constexpr unsigned kRevision = 0;

pki::Bytes encode(const Operator& entry, std::uint64_t revision) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.boolean(entry.is_enabled).generalized_time(entry.added_at);
    writer.sequence([&] {
      for (const Grant& grant : entry.grants) {
        writer.integer(static_cast<std::uint64_t>(grant.role));
        writer.integer(std::uint64_t{grant.municipality.value_or(0)});
      }
    });
    writer.sequence([&] {
      for (const OperatorCredential& credential : entry.credentials)
        writer.sequence([&] {
          writer.integer(credential.serial.value);
          writer.generalized_time(credential.not_before).generalized_time(credential.not_after);
          writer.octet_string(credential.certificate);
          store::write_optional(writer, 0, credential.revoked,
                                [&](pki::Time time) { writer.generalized_time(time); });
        });
    });
    writer.context(kRevision, [&] { writer.sequence([&] { writer.integer(revision); }); });
  });
  return writer.take();
}

OperatorCredential read_credential(store::RecordReader reader) {
  OperatorCredential credential;
  credential.serial = {reader.number()};
  credential.not_before = reader.time();
  credential.not_after = reader.time();
  credential.certificate = reader.bytes();
  if (auto field = reader.optional(0)) credential.revoked = field->time();
  return credential;
}

// 0 for a record of an earlier version, which did not count.
std::uint64_t revision_of(pki::ByteView record) {
  store::RecordReader reader(record);
  static_cast<void>(reader.boolean());
  static_cast<void>(reader.time());
  for (int lists = 0; lists < 2; ++lists)
    static_cast<void>(reader.nested());
  auto field = reader.optional(kRevision);
  return field ? field->number() : 0;
}

Operator decode(std::string_view name, pki::ByteView record) {
  store::RecordReader reader(record);
  Operator entry;
  entry.name = std::string(name);
  entry.is_enabled = reader.boolean();
  entry.added_at = reader.time();
  for (store::RecordReader grants = reader.nested(); !grants.at_end();) {
    Grant grant{.role = static_cast<Role>(grants.number())};
    if (const std::uint64_t code = grants.number(); code != 0)
      grant.municipality = static_cast<std::uint32_t>(code);
    entry.grants.push_back(grant);
  }
  for (store::RecordReader credentials = reader.nested(); !credentials.at_end();)
    entry.credentials.push_back(read_credential(credentials.nested()));
  return entry;
}

// Names that look alike are one: full width is ASCII, and capitals are small letters.
std::string folded(std::string_view name) {
  std::string text;
  for (const std::string_view character : pki::characters_of(name)) {
    if (character >= "\uFF01" && character <= "\uFF5E") {
      const unsigned low = (static_cast<unsigned char>(character[1]) & 0x3FU) << 6U |
                           (static_cast<unsigned char>(character[2]) & 0x3FU);
      // U+FF01 is U+0021, and so on.
      text += static_cast<char>(0xF000U + low - 0xFEE0U);
    } else if (character == "\u3000") {
      text += ' ';
    } else {
      text += character;
    }
  }
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// Variation selectors: names of persons and companies may need them (pki::check_line takes them), a name that
// identifies an operator does not.
bool is_invisible(std::string_view character) {
  struct Range {
    std::string_view first, last;
  };
  constexpr std::array kRanges = {Range{"\u180B", "\u180F"}, Range{"\uFE00", "\uFE0F"},
                                  Range{"\U000E0100", "\U000E01EF"}};
  return std::ranges::any_of(
      kRanges, [&](const Range& range) { return character >= range.first && character <= range.last; });
}

// What could be mistaken for another actor of the audit log: a user of the socket, or the program itself.
bool is_reserved(std::string_view name) {
  const std::string text = folded(name);
  return text == "jpki" || text == "verifier service" || text.starts_with("uid ");
}

pki::Result<void> check_grants(const store::ReadTransaction& transaction, const std::vector<Grant>& grants,
                               pki::Date today) {
  if (grants.empty()) return pki::invalid("roles", messages::operator_without_role);
  for (std::size_t i = 0; i < grants.size(); ++i) {
    if (std::count(grants.begin(), grants.end(), grants[i]) > 1)
      return pki::invalid("roles", {messages::role_twice, to_string(grants[i])});
    if (!grants[i].municipality) continue;
    const auto municipality = find_municipality(transaction, *grants[i].municipality);
    const bool is_there = municipality && !(municipality->valid_to && *municipality->valid_to < today);
    if (!is_there)
      return pki::invalid("roles",
                          {messages::municipality_unknown, municipality_code_text(*grants[i].municipality)});
  }
  return {};
}

}  // namespace

std::string to_string(const Grant& grant) {
  return to_string(Actor{.operator_name = {}, .role = grant.role, .municipality = grant.municipality});
}

bool Operator::has(Role role) const {
  return std::ranges::any_of(grants, [role](const Grant& grant) { return grant.role == role; });
}

std::size_t Operator::credentials_in_force(pki::Time now) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      credentials, [now](const OperatorCredential& credential) { return credential.is_in_force(now); }));
}

std::optional<Operator> find_operator(const store::ReadTransaction& transaction, std::string_view name) {
  // LMDB takes no empty key and none longer than 511 bytes.
  if (name.empty() || name.size() > 4 * kNamePointsMax) return std::nullopt;
  const auto value = transaction.get(tables::operators, pki::as_bytes(name));
  if (!value) return std::nullopt;
  return decode(name, *value);
}

std::optional<CredentialHolder> find_credential_holder(const store::ReadTransaction& transaction,
                                                       pki::ByteView certificate) {
  const auto decoded = pki::Certificate::decode(certificate);
  if (!decoded) return std::nullopt;
  const auto serial = pki::serial_from_content(decoded->serial_content());
  if (!serial) return std::nullopt;
  const auto name = transaction.get(tables::operator_credentials, Key().u64(serial->value));
  if (!name) return std::nullopt;
  auto holder = find_operator(transaction, pki::as_text(*name));
  if (!holder) return std::nullopt;
  for (const OperatorCredential& credential : holder->credentials)
    if (pki::equal(credential.certificate, certificate))
      return CredentialHolder{std::move(*holder), credential};
  return std::nullopt;
}

std::vector<Operator> all_operators(const store::ReadTransaction& transaction) {
  std::vector<Operator> list;
  store::Cursor cursor = transaction.cursor(tables::operators);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    list.push_back(decode(pki::as_text(cursor.key()), cursor.value()));
  return list;
}

bool has_operators(const store::ReadTransaction& transaction) {
  store::Cursor cursor = transaction.cursor(tables::operators);
  cursor.seek_to_first();
  return cursor.valid();
}

std::size_t count_enabled(const store::ReadTransaction& transaction, Role role) {
  const auto list = all_operators(transaction);
  return static_cast<std::size_t>(std::ranges::count_if(
      list, [role](const Operator& entry) { return entry.is_enabled && entry.has(role); }));
}

void put_operator(store::WriteTransaction& transaction, const Operator& entry) {
  const pki::ByteView key = pki::as_bytes(entry.name);
  const auto before = transaction.get(tables::operators, key);
  transaction.put(tables::operators, key, encode(entry, before ? revision_of(*before) + 1 : 1));
  for (const OperatorCredential& credential : entry.credentials)
    transaction.put(tables::operator_credentials, Key().u64(credential.serial.value),
                    pki::as_bytes(entry.name));
}

pki::Result<void> check_operator_name(std::string_view name) {
  TRY(pki::check_line("name", name, kNamePointsMax));
  const bool is_padded = !name.empty() && (name.front() == ' ' || name.back() == ' ');
  const bool has_invisible = std::ranges::any_of(pki::characters_of(name), is_invisible);
  if (name.empty() || is_padded || has_invisible || name.find('/') != std::string_view::npos ||
      is_reserved(name))
    return pki::invalid("name", messages::operator_name_form);
  return {};
}

pki::Result<void> check_new_operator(const store::ReadTransaction& transaction, const Operator& entry,
                                     pki::Date today) {
  TRY(check_operator_name(entry.name));
  TRY(check_grants(transaction, entry.grants, today));
  if (find_operator(transaction, entry.name))
    return pki::fail(pki::Errc::already_exists, {messages::operator_exists, entry.name});
  for (const Operator& other : all_operators(transaction))
    if (folded(other.name) == folded(entry.name))
      return pki::invalid("name", {messages::operator_looks_alike, entry.name, other.name});
  if (!has_operators(transaction) && !entry.has(Role::officer))
    return pki::fail(pki::Errc::conflict, messages::first_operator_officer);
  return {};
}

pki::Result<Operator> get_operator(const store::ReadTransaction& transaction, std::string_view name) {
  auto entry = find_operator(transaction, name);
  if (!entry) return pki::fail(pki::Errc::not_found, {messages::no_operator, name});
  return std::move(*entry);
}

pki::Result<void> may_end(const store::ReadTransaction& transaction, const Operator& entry) {
  for (const Role role : {Role::officer, Role::supervisor})
    if (entry.is_enabled && entry.has(role) && count_enabled(transaction, role) == 1)
      return pki::fail(pki::Errc::conflict, {messages::last_of_role, entry.name, to_string(role)});
  return {};
}

pki::Result<void> may_receive_credential(const Operator& entry, pki::Time now) {
  if (!entry.is_enabled) return pki::fail(pki::Errc::conflict, {messages::operator_disabled, entry.name});
  if (entry.credentials_in_force(now) >= kOperatorCredentialsMax)
    return pki::fail(pki::Errc::conflict, {messages::operator_credentials_full, entry.name});
  return {};
}

}  // namespace registry
