// The ledger of Act 40 and 41 (規則71, 72): what was provided to whom, when, how and how often.
//
// A row counts; it never names a resident's certificate. Answers are counted in memory
// (verifier/ledger_counters.h) and added to the store every second; what is done by a Command is counted in
// it.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/certificate_kind.h"
#include "pki/result.h"
#include "pki/time.h"
#include "store/environment.h"
#include "store/row_cursor.h"
#include "store/writer.h"
#include "verifier/recognition.h"

namespace verifier {

// What is provided (規則71二). Stored in records: never change a value.
enum class LedgerItem : std::uint8_t {
  status = 1,              // 失効情報: OCSP, counted by CertID (Act 18①, 37①)
  complete_crl = 2,        // 失効情報ファイル (Act 18②, 37②)
  delta_crl = 3,           // the same
  current_items = 4,       // 特定署名用電子証明書記録情報 (Act 18③)
  counterpart_sign = 5,    // 対応署名用電子証明書の発行の番号: card and mobile (Act 18④)
  counterpart_pair = 6,    // 対応証明書の発行の番号: signing and authentication (Act 18⑤)
  counterpart_auth = 7,    // 対応利用者証明用電子証明書の発行の番号: card and mobile (Act 37③)
  pinless_credential = 8,  // 特定利用者証明検証者証明符号 (Act 38の3②), counted when it is issued
};

// What came of the request. Stored in records: never change a value.
enum class LedgerAnswer : std::uint8_t {
  given = 1,  // A file, or what a verifier service gives.
  good = 2,
  revoked = 3,
  unknown = 4,
  not_modified = 5,  // The asker has the file already.
  not_found = 6,     // There is nothing to give.
  refused = 7,       // The law or the consent does not allow it.
  unauthorized = 8,
  sig_required = 9,
  malformed = 10,
  try_later = 11,
  internal = 12,
};

[[nodiscard]] std::string_view to_string(LedgerItem item);
[[nodiscard]] std::string_view to_string(LedgerAnswer answer);
// ocsp, crl-complete, crl-delta, verifier-service, certificate: 提供の方法.
[[nodiscard]] std::string_view method_of(LedgerItem item);
// True for what counts as provided in 規則71 and 72, and not as refused.
[[nodiscard]] bool is_provision(LedgerAnswer answer);

// Days since 1970-01-01 in Japan.
[[nodiscard]] constexpr std::uint32_t ledger_day(pki::Time time) {
  return static_cast<std::uint32_t>((time + pki::kJstOffset).time_since_epoch() / std::chrono::days{1});
}
[[nodiscard]] std::uint32_t ledger_day(pki::Date date);
[[nodiscard]] pki::Date date_of(std::uint32_t day);

struct LedgerKey {
  std::uint32_t day = 0;
  // 0: the requester is not registered.
  std::uint64_t verifier = 0;
  // The serial of the credential by which it was recognised; 0 without one.
  std::uint64_t credential = 0;
  pki::CaName ca = pki::CaName::sign;
  LedgerItem item = LedgerItem::status;
  LedgerAnswer answer = LedgerAnswer::good;
  // Absent: the requester is not registered.
  std::optional<RecognitionMethod> method = {};
  Purpose purpose = Purpose::normal;

  friend auto operator<=>(const LedgerKey&, const LedgerKey&) = default;
};

// The key of what one requester is answered on the day of `now`, to be completed.
[[nodiscard]] LedgerKey ledger_key(const std::optional<Requester>& requester, pki::Time now);

struct LedgerRow {
  LedgerKey key;
  std::uint64_t count = 0;

  friend bool operator==(const LedgerRow&, const LedgerRow&) = default;
};

void add_to_ledger(store::WriteTransaction& transaction, const LedgerRow& row);
// The rows of a period, both days included, by day, verifier and credential.
using LedgerCursor = store::RowCursor<LedgerRow>;
[[nodiscard]] LedgerCursor ledger_rows(const store::ReadTransaction& transaction, pki::Date from,
                                       pki::Date to);

// The Command that adds rows and closes days. It comes every second, so it leaves no audit entry, but for
// each day that is over: one with the number of its rows and their SHA-256. So the chain of the audit log
// covers the ledger, too. Rows of a day that is closed already close it again.
[[nodiscard]] store::Command merge_into_ledger(std::vector<LedgerRow> rows);
// What another machine has counted, as it is sent to the one that keeps the ledger. Errc::malformed for what
// are no such rows.
[[nodiscard]] pki::Bytes encode_ledger_rows(const std::vector<LedgerRow>& rows);
[[nodiscard]] pki::Result<std::vector<LedgerRow>> decode_ledger_rows(pki::ByteView bytes);
// merge_into_ledger() of a message of another machine, once (registry/inbox.h).
[[nodiscard]] store::Command merge_from_machine(std::string machine, std::uint64_t sequence,
                                                std::vector<LedgerRow> rows);
// True when a day before `now` has rows and is not closed.
[[nodiscard]] bool has_unclosed_day(const store::ReadTransaction& transaction, pki::Time now);
// Opens the days from `now`'s on again that were closed while the clock ran ahead (`jpki clock repair`): they
// are not over, and counts will be added to them. Writes its own audit entry, by which verify_ledger() knows
// that the earlier closings of these days no longer hold; nothing when no such day was closed.
void reopen_ledger(store::WriteTransaction& transaction, pki::Time now, store::Actor actor);
// Compares every closed day with the last audit entry that closed it and was not taken back. Gives the number
// of days, or says which was changed. Reads the whole audit log.
[[nodiscard]] pki::Result<std::uint64_t> verify_ledger(const store::ReadTransaction& transaction);

}  // namespace verifier
