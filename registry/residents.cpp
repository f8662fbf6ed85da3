// Sealed records of residents.

#include "registry/residents.h"

#include "pki/birth_date.h"
#include "pki/messages/registry.h"
#include "registry/resident_index.h"
#include "registry/schema.h"
#include "store/record.h"

namespace registry {

namespace {

void encode_departure(pki::der::Writer& writer, const Departure& departure) {
  writer.integer(static_cast<std::uint64_t>(departure.destination));
  store::write_date(writer, departure.planned);
  writer.integer(static_cast<std::uint64_t>(departure.card));
  writer.sequence([&] {
    for (const CertificateId& id : departure.certificates)
      writer.sequence([&] {
        writer.integer(static_cast<std::uint64_t>(id.issuer.ca));
        writer.integer(id.issuer.generation).integer(id.serial.value);
      });
  });
}

Departure decode_departure(store::RecordReader& reader) {
  Departure departure;
  departure.destination = static_cast<Departure::Destination>(reader.number());
  departure.planned = reader.date();
  departure.card = static_cast<Departure::Card>(reader.number());
  for (store::RecordReader list = reader.nested(); !list.at_end();) {
    store::RecordReader fields = list.nested();
    CertificateId id;
    id.issuer.ca = static_cast<pki::CaName>(fields.number());
    id.issuer.generation = static_cast<std::uint8_t>(fields.number());
    id.serial = {fields.number()};
    departure.certificates.push_back(id);
  }
  return departure;
}

Resident decode(ResidentId id, pki::ByteView record) {
  store::RecordReader reader(record);
  Resident resident;
  resident.id = id;
  resident.version = reader.number();
  resident.residency = static_cast<Residency>(reader.number());
  resident.name = reader.text();
  resident.birth = read_birth_date(reader);
  resident.sex = static_cast<Sex>(reader.number());
  resident.address = reader.text();
  resident.municipality = static_cast<std::uint32_t>(reader.number());
  resident.furigana = reader.text();
  resident.former_name = reader.text();
  resident.alias = reader.text();
  if (auto field = reader.optional(0)) resident.card_expires = field->date();
  if (auto field = reader.optional(1)) resident.left_japan = field->date();
  if (auto field = reader.optional(2)) resident.removed_on = field->date();
  if (auto field = reader.optional(3)) resident.departure = decode_departure(*field);
  if (auto field = reader.optional(4)) {
    const auto origin = static_cast<MoveIn::Origin>(field->number());
    resident.move_in = {.origin = origin, .recorded_on = field->date()};
  }
  if (auto field = reader.optional(5)) resident.returned_on = field->date();
  if (auto field = reader.optional(6)) resident.card_outlived_on = field->date();
  if (auto field = reader.optional(7)) resident.card_lapsed_on = field->date();
  if (auto field = reader.optional(8)) resident.is_adult_ward = field->boolean();
  if (auto field = reader.optional(9)) resident.is_foreign = field->boolean();
  if (auto field = reader.optional(10)) resident.removed_from = static_cast<Residency>(field->number());
  return resident;
}

}  // namespace

pki::Date read_birth_date(store::RecordReader& reader) {
  const auto birth = pki::parse_birth_date(reader.text());
  if (!birth) throw store::Corruption(messages::stored_birth_missing);
  return *birth;
}

std::string_view to_string(Sex sex) {
  return sex == Sex::male ? "male" : sex == Sex::female ? "female" : "unknown";
}

std::optional<Sex> parse_sex(std::string_view text) {
  for (const Sex sex : {Sex::unknown, Sex::male, Sex::female})
    if (to_string(sex) == text) return sex;
  return std::nullopt;
}

std::string_view to_string(Residency residency) {
  switch (residency) {
    case Residency::resident:
      return "resident";
    case Residency::abroad:
      return "abroad";
    case Residency::removed:
      return "removed";
    case Residency::moved_out:
      return "moved-out";
  }
  return "";
}

std::optional<Resident> find_resident(const store::ReadTransaction& transaction, const store::Vault& vault,
                                      ResidentId id) {
  auto stored = read_resident(transaction, vault, id);
  if (!stored) return std::nullopt;
  return std::move(stored->resident);
}

std::optional<StoredResident> read_resident(const store::ReadTransaction& transaction,
                                            const store::Vault& vault, ResidentId id) {
  const Key key = Key().u64(id.value);
  const auto value = transaction.get(tables::residents, key);
  if (!value) return std::nullopt;
  return StoredResident{decode(id, vault.open(tables::residents, key, *value)), pki::to_bytes(*value)};
}

bool is_unchanged(const store::ReadTransaction& transaction, const StoredResident& resident) {
  const auto value = transaction.get(tables::residents, Key().u64(resident.resident.id.value));
  return value && pki::equal(*value, resident.record);
}

pki::Result<Resident> get_resident(const store::ReadTransaction& transaction, const store::Vault& vault,
                                   ResidentId id) {
  auto resident = find_resident(transaction, vault, id);
  if (!resident) return pki::fail(pki::Errc::not_found, {messages::no_resident, to_string(id)});
  return std::move(*resident);
}

namespace {

// The record alone, without the index of names.
void put_record(store::WriteTransaction& transaction, const store::Vault& vault, const Resident& resident) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.integer(resident.version).integer(static_cast<std::uint64_t>(resident.residency));
    store::write_text(writer, resident.name);
    store::write_date(writer, resident.birth);
    writer.integer(static_cast<std::uint64_t>(resident.sex));
    store::write_text(writer, resident.address);
    writer.integer(resident.municipality);
    store::write_text(writer, resident.furigana);
    store::write_text(writer, resident.former_name);
    store::write_text(writer, resident.alias);
    const auto date = [&](pki::Date value) { store::write_date(writer, value); };
    store::write_optional(writer, 0, resident.card_expires, date);
    store::write_optional(writer, 1, resident.left_japan, date);
    store::write_optional(writer, 2, resident.removed_on, date);
    store::write_optional(writer, 3, resident.departure,
                          [&](const Departure& departure) { encode_departure(writer, departure); });
    store::write_optional(writer, 4, resident.move_in, [&](const MoveIn& move_in) {
      writer.integer(static_cast<std::uint64_t>(move_in.origin));
      store::write_date(writer, move_in.recorded_on);
    });
    store::write_optional(writer, 5, resident.returned_on, date);
    store::write_optional(writer, 6, resident.card_outlived_on, date);
    store::write_optional(writer, 7, resident.card_lapsed_on, date);
    store::write_optional(writer, 8, resident.is_adult_ward ? std::optional(true) : std::nullopt,
                          [&](bool ward) { writer.boolean(ward); });
    store::write_optional(writer, 9, resident.is_foreign ? std::optional(true) : std::nullopt,
                          [&](bool foreign) { writer.boolean(foreign); });
    store::write_optional(writer, 10, resident.removed_from, [&](Residency residency) {
      writer.integer(static_cast<std::uint64_t>(residency));
    });
  });
  const Key key = Key().u64(resident.id.value);
  transaction.put(tables::residents, key, vault.seal(tables::residents, key, writer.view()));
}

}  // namespace

void put_resident(store::WriteTransaction& transaction, const store::Vault& vault, const Resident& resident) {
  update_resident_index(transaction, vault, resident.id, resident);
  put_record(transaction, vault, resident);
}

void replace_resident(store::WriteTransaction& transaction, const store::Vault& vault, const Resident& before,
                      const Resident& after) {
  update_resident_index(transaction, vault, before, after);
  put_record(transaction, vault, after);
}

ResidentCursor::ResidentCursor(const store::ReadTransaction& transaction, const store::Vault& vault,
                               ResidentId from)
    : cursor_(transaction.cursor(tables::residents)), vault_(vault) {
  cursor_.seek(Key().u64(from.value));
}

ResidentId ResidentCursor::id() const {
  return {pki::read_big_endian(cursor_.key())};
}

std::optional<Resident> ResidentCursor::resident() const {
  try {
    return decode(id(), vault_.open(tables::residents, cursor_.key(), cursor_.value()));
  } catch (const store::Corruption&) {
    return std::nullopt;
  }
}

}  // namespace registry
