// Rows without values, and one sealed value in `meta`: the secret, and where the listing stands.

#include "registry/resident_index.h"

#include <algorithm>
#include <array>
#include <set>

#include "pki/hash.h"
#include "registry/schema.h"
#include "store/audit.h"
#include "store/record.h"

namespace registry {

namespace {

constexpr std::string_view kIndex = "resident_index";
constexpr std::size_t kSecretSize = 32;
// Of the digest. Two names of a nation have the same one with a probability of 2^-74; a search compares the
// names themselves.
constexpr std::size_t kDigestSize = 16;

struct Index {
  pki::Bytes secret;
  // The next resident to be listed; absent when all are.
  std::optional<ResidentId> next;
  // The next row to be looked at; absent when no row of a former secret can be left.
  std::optional<pki::Bytes> unseen_row;
  // By whose rows those are found who are not listed yet; absent when all are, or nothing lists them.
  std::optional<pki::Bytes> former_secret;
};

void put_index(store::WriteTransaction& transaction, const store::Vault& vault, const Index& index) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.octet_string(index.secret);
    store::write_optional(writer, 0, index.next, [&](ResidentId id) { writer.integer(id.value); });
    store::write_optional(writer, 1, index.unseen_row,
                          [&](const pki::Bytes& row) { writer.octet_string(row); });
    store::write_optional(writer, 2, index.former_secret,
                          [&](const pki::Bytes& secret) { writer.octet_string(secret); });
  });
  const pki::ByteView key = pki::as_bytes(kIndex);
  transaction.put(store::tables::meta, key, vault.seal(store::tables::meta, key, writer.view()));
}

bool has_record(const store::ReadTransaction& transaction) {
  return transaction.get(store::tables::meta, pki::as_bytes(kIndex)).has_value();
}

// One that does not open is as good as none: registers go on without it, and the next start makes another.
std::optional<Index> read_index(const store::ReadTransaction& transaction, const store::Vault& vault) {
  const pki::ByteView key = pki::as_bytes(kIndex);
  const auto sealed = transaction.get(store::tables::meta, key);
  if (!sealed) return std::nullopt;
  try {
    const pki::Bytes plain = vault.open(store::tables::meta, key, *sealed);
    store::RecordReader reader(plain);
    Index index{.secret = reader.bytes(), .next = {}, .unseen_row = {}, .former_secret = {}};
    if (auto field = reader.optional(0)) index.next = ResidentId{field->number()};
    if (auto field = reader.optional(1)) index.unseen_row = field->bytes();
    if (auto field = reader.optional(2)) index.former_secret = field->bytes();
    return index;
  } catch (const store::Corruption&) {
    return std::nullopt;
  }
}

// The secret has a fixed size and the digest is cut, so nothing can be appended to what was digested.
pki::Bytes digest_of(pki::ByteView secret, std::string_view spoken, pki::Date birth) {
  pki::Hash hash(pki::HashAlgorithm::sha256);
  hash.update(secret);
  hash.update(pki::as_bytes(pki::to_string(birth)));
  hash.update(pki::as_bytes(spoken));
  pki::Bytes digest = hash.finish();
  digest.resize(kDigestSize);
  return digest;
}

// The names by which a resident is found, each once, in order.
std::vector<std::string> spoken_names(const Resident& resident) {
  std::vector<std::string> names;
  for (const std::string* text : {&resident.name, &resident.furigana, &resident.alias})
    if (std::string spoken = spoken_form(*text); !spoken.empty()) names.push_back(std::move(spoken));
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

pki::Bytes row_key(const Index& index, std::string_view spoken, const Resident& resident) {
  pki::Bytes key = digest_of(index.secret, spoken, resident.birth);
  pki::append(key, Key().u64(resident.id.value));
  return key;
}

void list(store::WriteTransaction& transaction, const Index& index, const Resident& resident) {
  for (const std::string& name : spoken_names(resident))
    transaction.put(tables::resident_names, row_key(index, name, resident), {});
}

std::optional<Resident> readable(const store::ReadTransaction& transaction, const store::Vault& vault,
                                 ResidentId id) {
  try {
    return find_resident(transaction, vault, id);
  } catch (const store::Corruption&) {
    return std::nullopt;
  }
}

// Whether the row is one that list() makes of the resident whom it names.
bool is_right(const store::ReadTransaction& transaction, const store::Vault& vault, const Index& index,
              pki::ByteView row) {
  if (row.size() != kDigestSize + 8) return false;
  const auto resident = readable(transaction, vault, {pki::read_big_endian(row.subspan(kDigestSize))});
  return resident && std::ranges::any_of(spoken_names(*resident), [&](const std::string& name) {
           return pki::equal(row, row_key(index, name, *resident));
         });
}

void list_more(store::WriteTransaction& transaction, const store::Vault& vault, Index& index,
               std::size_t most) {
  std::vector<Resident> residents;
  {
    ResidentCursor rows(transaction, vault, *index.next);
    index.next.reset();
    for (std::size_t looked_at = 0; rows.valid(); rows.next()) {
      if (looked_at++ == most) {
        index.next = rows.id();
        break;
      }
      if (auto resident = rows.resident()) residents.push_back(std::move(*resident));
    }
  }
  for (const Resident& resident : residents)
    list(transaction, index, resident);
  if (!index.next) index.former_secret.reset();
}

void erase_wrong_rows(store::WriteTransaction& transaction, const store::Vault& vault, Index& index,
                      std::size_t most) {
  std::vector<pki::Bytes> wrong;
  {
    store::Cursor rows = transaction.cursor(tables::resident_names);
    if (index.unseen_row->empty())
      rows.seek_to_first();
    else
      rows.seek(*index.unseen_row);
    index.unseen_row.reset();
    for (std::size_t looked_at = 0; rows.valid(); rows.next()) {
      if (looked_at++ == most) {
        index.unseen_row = pki::to_bytes(rows.key());
        break;
      }
      if (!is_right(transaction, vault, index, rows.key())) wrong.push_back(pki::to_bytes(rows.key()));
    }
  }
  for (const pki::Bytes& row : wrong)
    transaction.erase(tables::resident_names, row);
}

std::set<ResidentId> listed_as(const store::ReadTransaction& transaction, const pki::Bytes& digest) {
  std::set<ResidentId> ids;
  store::Cursor rows = transaction.cursor(tables::resident_names);
  for (rows.seek(digest); rows.valid(); rows.next()) {
    const pki::ByteView key = rows.key();
    if (key.size() != kDigestSize + 8 || !pki::equal(key.first(kDigestSize), digest)) break;
    ids.insert(ResidentId{pki::read_big_endian(key.subspan(kDigestSize))});
  }
  return ids;
}

// An index of all who are on record, none of whom is listed.
Index begin_index(const store::ReadTransaction& transaction, pki::Rng& rng) {
  Index index{.secret = rng.bytes(kSecretSize), .next = {}, .unseen_row = {}, .former_secret = {}};
  store::Cursor residents = transaction.cursor(tables::residents);
  residents.seek_to_first();
  if (residents.valid()) index.next = ResidentId{pki::read_big_endian(residents.key())};
  if (transaction.count(tables::resident_names) > 0) index.unseen_row = pki::Bytes{};
  return index;
}

bool is_found_alike(const Resident& one, const Resident& other) {
  return one.birth == other.birth && spoken_names(one) == spoken_names(other);
}

}  // namespace

std::string spoken_form(std::string_view text) {
  constexpr std::string_view kWideSpace = "　";
  std::string out;
  while (!text.empty()) {
    if (text.starts_with(kWideSpace)) {
      text.remove_prefix(kWideSpace.size());
      continue;
    }
    if (text.front() != ' ') out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

bool is_called(const Resident& resident, std::string_view name) {
  return std::ranges::count(spoken_names(resident), spoken_form(name)) > 0;
}

void make_resident_index(store::WriteTransaction& transaction, const store::Vault& vault, pki::Rng& rng) {
  put_index(transaction, vault, begin_index(transaction, rng));
  store::follow_audit(transaction);
}

bool has_resident_index(const store::ReadTransaction& transaction, const store::Vault& vault) {
  return store::is_audit_followed(transaction) && read_index(transaction, vault).has_value();
}

bool is_resident_index_unfinished(const store::ReadTransaction& transaction, const store::Vault& vault) {
  const auto index = read_index(transaction, vault);
  return index && (index->next || index->unseen_row);
}

bool continue_resident_index(store::WriteTransaction& transaction, const store::Vault& vault,
                             std::size_t most) {
  auto index = read_index(transaction, vault);
  if (!index || (!index->next && !index->unseen_row)) return false;
  if (index->next)
    list_more(transaction, vault, *index, most);
  else
    erase_wrong_rows(transaction, vault, *index, most);
  put_index(transaction, vault, *index);
  return index->next || index->unseen_row;
}

void renew_resident_index(store::WriteTransaction& transaction, const store::Vault& vault, pki::Rng& rng) {
  if (!has_record(transaction)) return;
  const auto former = read_index(transaction, vault);
  // One that is being made lists those behind its mark only.
  if (!former || former->next || !store::is_audit_followed(transaction))
    return make_resident_index(transaction, vault, rng);
  Index index = begin_index(transaction, rng);
  if (index.next) index.former_secret = former->secret;
  put_index(transaction, vault, index);
}

namespace {

void follow(store::WriteTransaction& transaction, const store::Vault& vault, const Resident* before,
            const Resident* after) {
  if (before != nullptr && after != nullptr && is_found_alike(*before, *after)) return;
  const auto index = read_index(transaction, vault);
  if (!index) return;
  if (before != nullptr)
    for (const std::string& name : spoken_names(*before))
      transaction.erase(tables::resident_names, row_key(*index, name, *before));
  if (after != nullptr) list(transaction, *index, *after);
}

}  // namespace

void update_resident_index(store::WriteTransaction& transaction, const store::Vault& vault, ResidentId id,
                           const std::optional<Resident>& after) {
  if (!has_record(transaction)) return;
  const auto before = readable(transaction, vault, id);
  follow(transaction, vault, before ? &*before : nullptr, after ? &*after : nullptr);
}

void update_resident_index(store::WriteTransaction& transaction, const store::Vault& vault,
                           const Resident& before, const Resident& after) {
  if (has_record(transaction)) follow(transaction, vault, &before, &after);
}

CalledResidents find_called(const store::ReadTransaction& transaction, const store::Vault& vault,
                            std::string_view name, pki::Date birth) {
  CalledResidents called;
  const auto index = read_index(transaction, vault);
  if (!index) {
    called.unlisted_from = ResidentId{};
    return called;
  }
  if (!index->former_secret) called.unlisted_from = index->next;
  std::set<ResidentId> ids = listed_as(transaction, digest_of(index->secret, spoken_form(name), birth));
  if (index->former_secret)
    ids.merge(listed_as(transaction, digest_of(*index->former_secret, spoken_form(name), birth)));
  for (const ResidentId id : ids) {
    auto resident = readable(transaction, vault, id);
    if (resident && resident->birth == birth && is_called(*resident, name))
      called.listed.push_back(std::move(*resident));
  }
  return called;
}

}  // namespace registry
