// Made of a resident, written and read.

#include "registry/certified_entry.h"

#include "pki/birth_date.h"

namespace registry {

std::optional<pki::Date> certified_day_of_leaving(const Resident& resident) {
  if (resident.residency == Residency::abroad) return resident.left_japan;
  const auto& departure = resident.departure;
  if (departure && departure->destination == Departure::Destination::abroad) return departure->planned;
  return std::nullopt;
}

CertifiedEntry certified_entry_of(const Resident& resident) {
  CertifiedEntry entry;
  entry.version = resident.version;
  entry.name = resident.name;
  entry.birth = resident.birth;
  entry.sex = resident.sex;
  entry.leaves_on = certified_day_of_leaving(resident);
  if (!entry.leaves_on) entry.address = resident.address;
  entry.municipality = resident.municipality;
  entry.furigana = resident.furigana;
  entry.former_name = resident.former_name;
  entry.alias = resident.alias;
  return entry;
}

void write_certified_entry(pki::der::Writer& writer, const CertifiedEntry& entry) {
  const auto text = [&](const std::string& value) { store::write_text(writer, value); };
  store::write_text(writer, entry.name);
  store::write_text(writer, pki::to_string(entry.birth));
  writer.integer(static_cast<std::uint64_t>(entry.sex));
  store::write_text(writer, entry.address);
  writer.integer(entry.municipality);
  store::write_optional(writer, 0, entry.version, [&](std::uint64_t value) { writer.integer(value); });
  store::write_optional(writer, 1, entry.leaves_on,
                        [&](pki::Date value) { store::write_date(writer, value); });
  store::write_optional(writer, 2, entry.furigana, text);
  store::write_optional(writer, 3, entry.former_name, text);
  store::write_optional(writer, 4, entry.alias, text);
}

CertifiedEntry read_certified_entry(store::RecordReader reader) {
  CertifiedEntry entry;
  entry.name = reader.text();
  entry.birth = read_birth_date(reader);
  entry.sex = static_cast<Sex>(reader.number());
  entry.address = reader.text();
  entry.municipality = static_cast<std::uint32_t>(reader.number());
  if (auto field = reader.optional(0)) entry.version = field->number();
  if (auto field = reader.optional(1)) entry.leaves_on = field->date();
  if (auto field = reader.optional(2)) entry.furigana = field->text();
  if (auto field = reader.optional(3)) entry.former_name = field->text();
  if (auto field = reader.optional(4)) entry.alias = field->text();
  return entry;
}

}  // namespace registry
