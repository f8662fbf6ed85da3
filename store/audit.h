// The audit log: who did what and when, each entry holding the hash of the one before.
//
// Entries name ids, never personal items. The chain can be verified by anyone who reads the store.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/time.h"
#include "store/actor.h"
#include "store/environment.h"
#include "store/row_cursor.h"

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

// The end of the log: the last entry's sequence and the SHA-256 of its record; 0 and 32 zeros at first.
struct AuditHead {
  std::uint64_t sequence = 0;
  pki::Bytes hash = pki::Bytes(32, 0);

  friend bool operator==(const AuditHead&, const AuditHead&) = default;
};
[[nodiscard]] AuditHead read_audit_head(const ReadTransaction& transaction);
// What the head was when the log ended with this entry; nothing when there is no such entry.
[[nodiscard]] std::optional<AuditHead> audit_head_at(const ReadTransaction& transaction,
                                                     std::uint64_t sequence);
// 1455:3f0a… with the hash in hexadecimal.
[[nodiscard]] std::string to_string(const AuditHead& head);
[[nodiscard]] std::optional<AuditHead> parse_audit_head(std::string_view text);

// Appends in the same transaction as what it records; sequence and hash are filled in.
void append_audit(WriteTransaction& transaction, AuditEntry entry);

// An earlier build of the same schema version may have changed records and not what later builds derive from
// them, of which it knows nothing. Whatever changes records has an entry, so a note beside the head says up
// to which entry every build kept the note: it begins here, and each append_audit() of ours carries it on
// unless an entry was appended without it.
void follow_audit(WriteTransaction& transaction);
// False without a note, and from the first such entry on.
[[nodiscard]] bool is_audit_followed(const ReadTransaction& transaction);

// The entries in the order of their writing; the cursor stands at the newest: walk back with previous().
using AuditCursor = RowCursor<AuditEntry>;
[[nodiscard]] AuditCursor newest_audit_entry(const ReadTransaction& transaction);
// Nothing when there is no such entry.
[[nodiscard]] std::optional<AuditEntry> find_audit_entry(const ReadTransaction& transaction,
                                                         std::uint64_t sequence);
// Recomputes the chain against the stored head. Gives the number of entries, or says where it breaks.
[[nodiscard]] pki::Result<std::uint64_t> verify_audit(const ReadTransaction& transaction);

}  // namespace store
