// The minor corrections of Ordinance 20, and the comparison of the four items that tells them from changes.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pki/result.h"
#include "registry/municipalities.h"
#include "registry/residents.h"

namespace law {

// What became of one item.
struct ItemChange {
  std::string item;  // name, address, birth, sex
  std::string before, after;
  // Both are the same in plain form: only the writing differs.
  bool writing_alone = false;
};

// The four items that differ, as the register would show them to an operator.
[[nodiscard]] std::vector<ItemChange> compare_items(const registry::Resident& before,
                                                    const registry::Resident& after);

// Which of the corrections: plain-form, glyph, area-renaming, lot-number, residence-indication, building-name
// (also building-renaming). Errc::invalid_value for anything else.
[[nodiscard]] pki::Result<std::string_view> parse_correction(std::string_view text);

// Errc::refused_by_law with Ordinance 20 when what changed is more than the correction allows; then it is an
// address-change or a name-change. `place` is the municipality on record.
[[nodiscard]] pki::Result<void> check_minor(std::string_view correction, const registry::Resident& before,
                                            const registry::Resident& after,
                                            const registry::Municipality& place);

}  // namespace law
