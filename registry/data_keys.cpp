// Two values in `meta`, and a walk over the sealed tables.

#include "registry/data_keys.h"

#include <algorithm>
#include <array>

#include "pki/messages/keys.h"
#include "pki/messages/registry.h"
#include "registry/resident_index.h"
#include "registry/schema.h"
#include "registry/sealing_check.h"
#include "store/record.h"

namespace registry {

namespace {

constexpr std::string_view kKeys = "data_keys", kRotation = "data_key_rotation";
constexpr std::size_t kKeySize = 32;
constexpr std::uint8_t kMostKeys = 255;

constexpr std::array kSealedTables = {&tables::residents, &tables::events, &tables::certificates,
                                      &tables::intents, &store::tables::idempotency};

pki::Bytes purpose_of(std::uint8_t id) {
  return pki::to_bytes(pki::as_bytes("data key " + std::to_string(id)));
}

struct SealedDataKey {
  std::uint8_t id = 0;
  pki::Bytes sealed;
};

std::vector<SealedDataKey> stored_keys(const store::ReadTransaction& transaction) {
  std::vector<SealedDataKey> keys;
  const auto value = transaction.get(store::tables::meta, pki::as_bytes(kKeys));
  if (!value) return keys;
  for (store::RecordReader rows(*value); !rows.at_end();) {
    store::RecordReader row = rows.nested();
    const auto id = static_cast<std::uint8_t>(row.number());
    keys.push_back({id, row.bytes()});
  }
  return keys;
}

void put_keys(store::WriteTransaction& transaction, const std::vector<SealedDataKey>& keys) {
  pki::der::Writer writer;
  writer.sequence([&] {
    for (const SealedDataKey& key : keys)
      writer.sequence([&] { writer.integer(key.id).octet_string(key.sealed); });
  });
  transaction.put(store::tables::meta, pki::as_bytes(kKeys), writer.view());
}

SealedDataKey make_key(std::uint8_t id, const pki::SealingKey& sealing_key, pki::ByteView key,
                       pki::Rng& rng) {
  return {id, sealing_key.seal(key, purpose_of(id), rng)};
}

// Where a walk over the sealed tables stands: what lies before `key` in `table`, and all earlier tables, is
// done.
struct Walk {
  std::uint64_t table = 0;
  pki::Bytes key;
  std::uint64_t resealed = 0, total = 0;
};

std::optional<Walk> read_walk(const store::ReadTransaction& transaction) {
  const auto value = transaction.get(store::tables::meta, pki::as_bytes(kRotation));
  if (!value) return std::nullopt;
  store::RecordReader reader(*value);
  Walk walk;
  walk.table = reader.number();
  walk.key = reader.bytes();
  walk.resealed = reader.number();
  walk.total = reader.number();
  return walk;
}

void put_walk(store::WriteTransaction& transaction, const Walk& walk) {
  pki::der::Writer writer;
  writer.sequence(
      [&] { writer.integer(walk.table).octet_string(walk.key).integer(walk.resealed).integer(walk.total); });
  transaction.put(store::tables::meta, pki::as_bytes(kRotation), writer.view());
}

struct Row {
  pki::Bytes key, sealed;
};

// The next rows of the walk's table that an older key has sealed; moves the walk behind what was looked at.
std::vector<Row> next_rows(const store::ReadTransaction& transaction, Walk& walk, std::uint8_t newest,
                           std::size_t most) {
  std::vector<Row> rows;
  std::size_t looked_at = 0;
  store::Cursor cursor = transaction.cursor(*kSealedTables.at(walk.table));
  if (walk.key.empty())
    cursor.seek_to_first();
  else
    cursor.seek(walk.key);
  for (; cursor.valid(); cursor.next()) {
    if (looked_at++ == most) {
      walk.key = pki::to_bytes(cursor.key());
      return rows;
    }
    if (!cursor.value().empty() && cursor.value()[0] != newest)
      rows.push_back({pki::to_bytes(cursor.key()), pki::to_bytes(cursor.value())});
  }
  ++walk.table;
  walk.key.clear();
  return rows;
}

// A record that does not open stays as it is: `jpki check` names it, and no key opens it.
void reseal(store::WriteTransaction& transaction, const store::Vault& vault, const store::Table& table,
            const Row& row) {
  pki::Bytes plain;
  try {
    plain = vault.open(table, row.key, row.sealed);
  } catch (const store::Corruption&) {
    return;
  }
  transaction.put(table, row.key, vault.seal(table, row.key, plain));
}

}  // namespace

void make_first_data_key(store::WriteTransaction& transaction, pki::ByteView sealing_key, pki::Rng& rng) {
  put_keys(transaction,
           {make_key(1, pki::SealingKey(0, pki::to_bytes(sealing_key)), rng.bytes(kKeySize), rng)});
}

pki::Result<std::vector<DataKey>> read_data_keys(const store::ReadTransaction& transaction,
                                                 pki::ByteView sealing_key) {
  const auto stored = stored_keys(transaction);
  if (stored.empty()) return std::vector<DataKey>{{1, pki::to_bytes(sealing_key)}};
  const pki::SealingKey opens(0, pki::to_bytes(sealing_key));
  std::vector<DataKey> keys;
  for (const SealedDataKey& row : stored) {
    auto key = opens.open(row.sealed, purpose_of(row.id));
    if (!key) return pki::fail(pki::Errc::conflict, messages::registry_key_foreign);
    keys.push_back({row.id, std::move(*key)});
  }
  return keys;
}

pki::Result<std::unique_ptr<store::Vault>> open_vault(const store::ReadTransaction& transaction,
                                                      pki::ByteView sealing_key) {
  TRY_ASSIGN(std::vector<DataKey> keys, read_data_keys(transaction, sealing_key));
  std::vector<pki::SealingKey> sealing;
  for (DataKey& key : keys)
    sealing.emplace_back(key.id, std::move(key.key));
  auto vault = std::make_unique<store::Vault>(std::move(sealing), pki::Rng::system());
  TRY(check_sealing_key(transaction, *vault));
  return vault;
}

RotationState rotation_state(const store::ReadTransaction& transaction) {
  RotationState state;
  for (const SealedDataKey& key : stored_keys(transaction))
    state.ids.push_back(key.id);
  if (state.ids.empty()) state.ids.push_back(1);
  if (const auto walk = read_walk(transaction)) {
    state.table = walk->table < kSealedTables.size() ? kSealedTables.at(walk->table)->name : "";
    state.resealed = walk->resealed;
    state.total = walk->total;
  }
  return state;
}

std::uint64_t count_sealed(const store::ReadTransaction& transaction) {
  std::uint64_t count = 0;
  for (const store::Table* table : kSealedTables)
    count += transaction.count(*table);
  return count;
}

pki::Result<void> begin_rotation(store::WriteTransaction& transaction, pki::ByteView sealing_key,
                                 std::uint64_t total, pki::Rng& rng) {
  if (read_walk(transaction))
    return pki::fail(pki::Errc::conflict, {pki::messages::rotation_running,
                                           std::to_string(rotation_state(transaction).ids.back())});
  // Proves the sealing key before anything is sealed with what it seals.
  TRY_ASSIGN(const std::vector<DataKey> known, read_data_keys(transaction, sealing_key));
  const std::uint8_t last = known.back().id;
  if (last == kMostKeys) return pki::fail(pki::Errc::conflict, pki::messages::data_keys_spent);
  const pki::SealingKey seals(0, pki::to_bytes(sealing_key));
  std::vector<SealedDataKey> keys;
  for (const DataKey& key : known)
    keys.push_back(make_key(key.id, seals, key.key, rng));
  keys.push_back(make_key(static_cast<std::uint8_t>(last + 1), seals, rng.bytes(kKeySize), rng));
  put_keys(transaction, keys);
  put_walk(transaction, {.table = 0, .key = {}, .resealed = 0, .total = total});
  return {};
}

pki::Result<bool> continue_rotation(store::WriteTransaction& transaction, const store::Vault& vault,
                                    std::size_t most) {
  auto walk = read_walk(transaction);
  if (!walk) return false;
  if (walk->table < kSealedTables.size()) {
    const store::Table& of = *kSealedTables.at(walk->table);
    const std::vector<Row> rows = next_rows(transaction, *walk, vault.newest(), most);
    for (const Row& row : rows)
      reseal(transaction, vault, of, row);
    walk->resealed += rows.size();
    put_walk(transaction, *walk);
    return true;
  }
  put_sealed_constant(transaction, vault);
  // Who has a former key and a former copy knows the secret.
  pki::Rng rng = pki::Rng::system();
  renew_resident_index(transaction, vault, rng);
  auto keys = stored_keys(transaction);
  keys.erase(keys.begin(), std::prev(keys.end()));
  put_keys(transaction, keys);
  transaction.erase(store::tables::meta, pki::as_bytes(kRotation));
  return false;
}

}  // namespace registry
