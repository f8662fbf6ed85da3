// The minor corrections of Ordinance 20, and the comparison of the items that distinguishes them from
// changes.
//
// Ordinance 80 and 81 extend 20(ii) to the former surname and the alias.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pki/result.h"
#include "registry/event_words.h"
#include "registry/municipalities.h"
#include "registry/residents.h"

namespace law {

// What became of one item.
struct ItemChange {
  registry::EventField item = registry::EventField::name;  // name, address, birth, sex
  std::string before, after;
  // Both are the same in plain form: only the writing differs.
  bool writing_alone = false;
};

// The four items that differ, as the register would show them to an operator.
[[nodiscard]] std::vector<ItemChange> compare_items(const registry::Resident& before,
                                                    const registry::Resident& after);

// Whether the municipality insists, with a reason, that a change is the correction that it says: the
// program's comparison knows no register of lots, areas or characters.
enum class Insistence { none, reasoned };

struct ClaimedCorrection {
  registry::CorrectionKind kind = registry::CorrectionKind::plain_form;
  Insistence insistence = Insistence::none;
};

// The municipality on record before and after; the same one but for an area-renaming.
struct Places {
  const registry::Municipality& before;
  const registry::Municipality& after;
};

// Errc::refused_by_law with the article when what changed is more than the correction allows: without
// insistence more than the program can recognise as one, with it more than one can be (another kanji for one
// kanji of each part of a name; any number of a lot; any text of an address within the municipality). Another
// municipality is a renaming only where the table of municipalities names it as the successor.
[[nodiscard]] pki::Result<void> check_minor(const ClaimedCorrection& correction,
                                            const registry::Resident& before, const registry::Resident& after,
                                            const Places& places);

}  // namespace law
