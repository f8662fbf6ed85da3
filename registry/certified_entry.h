// The register's entry from which a signing certificate was made.
//
// A certificate's own text cannot be compared with the register: characters outside the repertoire appear in
// it as substitutes. So the issue record keeps the entry as it was (Act 13: what differs from the register
// takes the certificate).

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pki/time.h"
#include "registry/residents.h"
#include "store/record.h"

namespace registry {

struct CertifiedEntry {
  // Resident::version at the issue: events with a greater sequence came later. Absent when it is not known.
  std::optional<std::uint64_t> version;
  std::string name;
  pki::Date birth;
  Sex sex = Sex::unknown;
  // Empty where the planned day of leaving Japan takes its place (Act 3-2, 7(2)).
  std::string address;
  std::optional<pki::Date> leaves_on;
  std::uint32_t municipality = 0;
  // Recorded with the name by Order 33, 34 and Act 7; absent when it is not known what they were.
  std::optional<std::string> furigana, former_name, alias;

  friend bool operator==(const CertifiedEntry&, const CertifiedEntry&) = default;
};

// The planned day of those who are abroad, and of those who gave notice of leaving Japan: their certificates
// say it in place of the address (Act 3-2, 7(2)).
[[nodiscard]] std::optional<pki::Date> certified_day_of_leaving(const Resident& resident);
// What a signing certificate that is made now would say of the resident.
[[nodiscard]] CertifiedEntry certified_entry_of(const Resident& resident);

// One SEQUENCE in the sealed record of an issue.
void write_certified_entry(pki::der::Writer& writer, const CertifiedEntry& entry);
[[nodiscard]] CertifiedEntry read_certified_entry(store::RecordReader reader);

}  // namespace registry
