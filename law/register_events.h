// The events that change an item of the register: what each says.

#pragma once

#include <optional>
#include <string>
#include <tuple>

#include "law/bound_field.h"
#include "pki/time.h"
#include "registry/residents.h"

namespace law {

using registry::CorrectionKind;

struct AddressChange {
  static constexpr Event kEvent = Event::address_change;
  std::string address;
  std::optional<std::uint32_t> municipality = {};  // Absent: the present one.
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::address, &AddressChange::address},
                      BoundField{EventField::municipality, &AddressChange::municipality}};
  }
  friend bool operator==(const AddressChange&, const AddressChange&) = default;
};

// At least one of the two.
struct NameChange {
  static constexpr Event kEvent = Event::name_change;
  std::optional<std::string> name = {}, furigana = {};
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::name, &NameChange::name},
                      BoundField{EventField::furigana, &NameChange::furigana}};
  }
  friend bool operator==(const NameChange&, const NameChange&) = default;
};

struct BirthDateChange {
  static constexpr Event kEvent = Event::birth_date_change;
  pki::Date birth;
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::birth, &BirthDateChange::birth}};
  }
  friend bool operator==(const BirthDateChange&, const BirthDateChange&) = default;
};

struct SexChange {
  static constexpr Event kEvent = Event::sex_change;
  registry::Sex sex = registry::Sex::unknown;
  static constexpr auto fields() { return std::tuple{BoundField{EventField::sex, &SexChange::sex}}; }
  friend bool operator==(const SexChange&, const SexChange&) = default;
};

struct MinorCorrection {
  static constexpr Event kEvent = Event::minor_correction;
  std::optional<std::string> name = {}, former_name = {}, alias = {}, address = {};
  CorrectionKind correction = CorrectionKind::plain_form;
  // Why the municipality takes for a minor correction what the program cannot recognise as one; goes into the
  // audit log. Absent: the program's comparison decides.
  std::optional<std::string> insist = {};
  std::optional<std::uint32_t> municipality = {};
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::name, &MinorCorrection::name},
                      BoundField{EventField::former_name, &MinorCorrection::former_name},
                      BoundField{EventField::alias, &MinorCorrection::alias},
                      BoundField{EventField::address, &MinorCorrection::address},
                      BoundField{EventField::correction, &MinorCorrection::correction},
                      BoundField{EventField::insist, &MinorCorrection::insist},
                      BoundField{EventField::municipality, &MinorCorrection::municipality}};
  }
  friend bool operator==(const MinorCorrection&, const MinorCorrection&) = default;
};

struct FuriganaEntry {
  static constexpr Event kEvent = Event::furigana_entry;
  std::string furigana;
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::furigana, &FuriganaEntry::furigana}};
  }
  friend bool operator==(const FuriganaEntry&, const FuriganaEntry&) = default;
};

struct FormerNameChange {
  static constexpr Event kEvent = Event::former_name_change;
  std::string former_name;
  static constexpr auto fields() {
    return std::tuple{
        BoundField{EventField::former_name, &FormerNameChange::former_name, EmptyText::removes}};
  }
  friend bool operator==(const FormerNameChange&, const FormerNameChange&) = default;
};

struct AliasChange {
  static constexpr Event kEvent = Event::alias_change;
  std::string alias;
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::alias, &AliasChange::alias, EmptyText::removes}};
  }
  friend bool operator==(const AliasChange&, const AliasChange&) = default;
};

// Any item of the register with its correct value; none for a resident who was removed by mistake.
struct Correction {
  static constexpr Event kEvent = Event::correction;
  std::optional<std::string> name = {}, furigana = {}, former_name = {}, alias = {}, address = {};
  std::optional<pki::Date> birth = {};
  std::optional<registry::Sex> sex = {};
  std::optional<std::uint32_t> municipality = {};
  std::optional<pki::Date> card_expires = {};
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::name, &Correction::name},
                      BoundField{EventField::furigana, &Correction::furigana},
                      BoundField{EventField::former_name, &Correction::former_name},
                      BoundField{EventField::alias, &Correction::alias},
                      BoundField{EventField::address, &Correction::address},
                      BoundField{EventField::birth, &Correction::birth},
                      BoundField{EventField::sex, &Correction::sex},
                      BoundField{EventField::municipality, &Correction::municipality},
                      BoundField{EventField::card_expires, &Correction::card_expires}};
  }
  friend bool operator==(const Correction&, const Correction&) = default;
};

}  // namespace law
