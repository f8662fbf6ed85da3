// Which keys of `meta` and `counters` views may have: those from which status and lists are answered. All
// other tables are in one half as a whole (Table::readers). What is not named here is for authorities alone.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "pki/bytes.h"
#include "store/table.h"

namespace store {

// Keys of `meta`: the version of the verifiers, by which recognition caches are told apart; up to which list
// files are kept; and who has closed the log.
inline constexpr std::array<std::string_view, 3> kMetaOfViews = {"verifiers_version", "lists_kept_through",
                                                                 "log_closure"};
// Purposes of `counters`, the first bytes of keys (registry/counters.h, which compares): serials, by which a
// status that is missing is noticed; change sequences; numbers of lists; bases that count no more; suspicions
// of a CA key, under which no answer is signed; sums over revoked rows.
inline constexpr std::array<std::uint8_t, 6> kCountersOfViews = {1, 2, 3, 9, 12, 13};

// Whether a row of this table with this key goes to views. Denied unless it is written down.
[[nodiscard]] bool is_for_views(const Table& table, pki::ByteView key);

}  // namespace store
