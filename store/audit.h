// The audit log: who did what and when, each entry holding the hash of the one before.
//
// Entries name ids, never personal items. The chain can be verified by anyone who reads the store.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/time.h"
#include "store/actor.h"
#include "store/environment.h"

namespace store {

struct AuditEntry {
  std::uint64_t sequence = 0;
  pki::Time recorded_at = {};
  Actor actor{"", 0, 0};
  std::string action = {};
  std::vector<std::string> subjects = {};
  // SHA-256 of the entry before; 32 zeros for the first.
  pki::Bytes previous_hash = {};
};

// Appends in the same transaction as what it tells of; sequence and hash are filled in.
void append_audit(WriteTransaction& transaction, AuditEntry entry);
// The newest first, until `visit` answers false.
void visit_audit(const ReadTransaction& transaction, const std::function<bool(const AuditEntry&)>& visit);
// Recomputes the chain against the stored head. Gives the number of entries, or says where it breaks.
[[nodiscard]] pki::Result<std::uint64_t> verify_audit(const ReadTransaction& transaction);

}  // namespace store
