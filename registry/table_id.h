// The tables of the store. registry/schema.h says what is in each.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace registry {

enum class TableId : std::uint8_t {
  meta,
  counters,
  issuers,
  responders,
  point_names,
  municipalities,
  residents,
  events,
  event_ids,
  status,
  revoked,
  changes,
  point_changes,
  certificates,
  holdings,
  intents,
  reservations,
  due,
  crls,
  verifiers,
  operators,
  audit,
  idempotency,
  credentials,
  ledger,
  withdrawals,
};

// The names in the LMDB file, in the order of TableId.
inline constexpr std::array<std::string_view, 26> kTableNames = {
    "meta",     "counters",    "issuers",      "responders", "point_names", "municipalities", "residents",
    "events",   "event_ids",   "status",       "revoked",    "changes",     "point_changes",  "certificates",
    "holdings", "intents",     "reservations", "due",        "crls",        "verifiers",      "operators",
    "audit",    "idempotency", "credentials",  "ledger",     "withdrawals"};

}  // namespace registry
