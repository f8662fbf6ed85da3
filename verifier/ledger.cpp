// Rows of 25 bytes of key and 8 of count, and the entries that close a day.

#include "verifier/ledger.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "pki/hash.h"
#include "pki/messages/verifier.h"
#include "registry/actor.h"
#include "registry/inbox.h"
#include "registry/schema.h"
#include "store/audit.h"

namespace verifier {

namespace {

constexpr std::string_view kClosedKey = "ledger_closed";
constexpr std::string_view kCloseAction = "ledger close";
constexpr std::string_view kReopenAction = "ledger reopen";
constexpr std::string_view kDayWord = "ledger ";

registry::Key table_key(const LedgerKey& key) {
  return registry::Key()
      .u32(key.day)
      .u64(key.verifier)
      .u64(key.credential)
      .u8(static_cast<std::uint64_t>(key.ca))
      .u8(static_cast<std::uint64_t>(key.item))
      .u8(static_cast<std::uint64_t>(key.answer))
      .u8(key.method ? static_cast<std::uint64_t>(*key.method) : 0)
      .u8(static_cast<std::uint64_t>(key.purpose));
}

LedgerRow decode(pki::ByteView key, pki::ByteView value) {
  registry::Fields fields(key);
  LedgerRow row;
  row.key.day = static_cast<std::uint32_t>(fields.number(4));
  row.key.verifier = fields.u64();
  row.key.credential = fields.u64();
  row.key.ca = static_cast<pki::CaName>(fields.u8());
  row.key.item = static_cast<LedgerItem>(fields.u8());
  row.key.answer = static_cast<LedgerAnswer>(fields.u8());
  if (const std::uint8_t method = fields.u8(); method != 0)
    row.key.method = static_cast<RecognitionMethod>(method);
  row.key.purpose = static_cast<Purpose>(fields.u8());
  row.count = registry::Fields(value).u64();
  return row;
}

// All days up to this one are closed.
std::uint32_t last_closed_day(const store::ReadTransaction& transaction) {
  const auto value = transaction.get(store::tables::meta, pki::as_bytes(kClosedKey));
  return value ? static_cast<std::uint32_t>(registry::Fields(*value).number(4)) : 0;
}

// The first day from `day` on that has rows.
std::optional<std::uint32_t> next_day(const store::ReadTransaction& transaction, std::uint32_t day) {
  store::Cursor cursor = transaction.cursor(registry::tables::ledger);
  cursor.seek(registry::Key().u32(day));
  if (!cursor.valid()) return std::nullopt;
  return static_cast<std::uint32_t>(registry::Fields(cursor.key()).number(4));
}

// What an audit entry says of a closed day.
std::vector<std::string> closing_words(const store::ReadTransaction& transaction, std::uint32_t day) {
  pki::Hash hash(pki::HashAlgorithm::sha256);
  std::uint64_t rows = 0;
  store::Cursor cursor =
      transaction.cursor(registry::tables::ledger, store::KeyRange::with_prefix(registry::Key().u32(day)));
  for (cursor.seek_to_first(); cursor.valid(); cursor.next()) {
    hash.update(cursor.key());
    hash.update(cursor.value());
    ++rows;
  }
  return {std::string(kDayWord) + pki::to_string(date_of(day)), "rows " + std::to_string(rows),
          "sha256 " + pki::to_hex(hash.finish())};
}

pki::Result<void> merge(store::CommandContext& context, const std::vector<LedgerRow>& rows) {
  const std::uint32_t today = ledger_day(context.now), closed = last_closed_day(context.transaction);
  std::set<std::uint32_t> closing;
  for (const LedgerRow& row : rows) {
    add_to_ledger(context.transaction, row);
    if (row.key.day < today) closing.insert(row.key.day);
  }
  for (auto day = next_day(context.transaction, closed + 1); day && *day < today;
       day = next_day(context.transaction, *day + 1))
    closing.insert(*day);
  context.audit = closing.empty() ? store::AuditTrail::none : store::AuditTrail::entry;
  if (closing.empty()) return {};
  for (const std::uint32_t day : closing)
    for (std::string& words : closing_words(context.transaction, day))
      context.subjects.push_back(std::move(words));
  context.transaction.put(store::tables::meta, pki::as_bytes(kClosedKey),
                          registry::Key().u32(std::max(closed, today - 1)));
  return {};
}

pki::Result<std::uint32_t> day_of_words(std::string_view words) {
  TRY_ASSIGN(const pki::Date date, pki::parse_date(words.substr(std::min(words.size(), kDayWord.size()))));
  return ledger_day(date);
}

// Day → what the newest entry that closed it says.
using ClosedDays = std::map<std::uint32_t, std::vector<std::string>>;

// Without the closings that a later entry took back: its day and those after it were opened again.
pki::Result<ClosedDays> closings_in_force(const store::ReadTransaction& transaction) {
  ClosedDays closed;
  std::uint32_t reopened = std::numeric_limits<std::uint32_t>::max();
  for (auto entries = store::newest_audit_entry(transaction); entries.valid(); entries.previous()) {
    const store::AuditEntry entry = entries.row();
    if (entry.action == kReopenAction && !entry.subjects.empty()) {
      TRY_ASSIGN(const std::uint32_t from, day_of_words(entry.subjects.front()));
      reopened = std::min(reopened, from);
    }
    if (entry.action != kCloseAction) continue;
    for (std::size_t i = 0; i + 2 < entry.subjects.size(); i += 3) {
      TRY_ASSIGN(const std::uint32_t day, day_of_words(entry.subjects[i]));
      if (day >= reopened) continue;
      closed.try_emplace(day, entry.subjects.begin() + static_cast<std::ptrdiff_t>(i),
                         entry.subjects.begin() + static_cast<std::ptrdiff_t>(i + 3));
    }
  }
  return closed;
}

template <typename Enum>
struct Word {
  Enum value;
  std::string_view text;
};

template <typename Enum, std::size_t size>
std::string_view word_of(const Word<Enum> (&words)[size], Enum value) {
  for (const Word<Enum>& word : words)
    if (word.value == value) return word.text;
  throw store::Corruption(messages::ledger_value_unknown);
}

}  // namespace

std::string_view to_string(LedgerItem item) {
  constexpr Word<LedgerItem> kWords[] = {{LedgerItem::status, "status"},
                                         {LedgerItem::complete_crl, "complete-crl"},
                                         {LedgerItem::delta_crl, "delta-crl"},
                                         {LedgerItem::current_items, "current-items"},
                                         {LedgerItem::counterpart_sign, "counterpart-sign"},
                                         {LedgerItem::counterpart_pair, "counterpart-pair"},
                                         {LedgerItem::counterpart_auth, "counterpart-auth"},
                                         {LedgerItem::pinless_credential, "pinless-credential"}};
  return word_of(kWords, item);
}

std::string_view to_string(LedgerAnswer answer) {
  constexpr Word<LedgerAnswer> kWords[] = {{LedgerAnswer::given, "given"},
                                           {LedgerAnswer::good, "good"},
                                           {LedgerAnswer::revoked, "revoked"},
                                           {LedgerAnswer::unknown, "unknown"},
                                           {LedgerAnswer::not_modified, "not-modified"},
                                           {LedgerAnswer::not_found, "not-found"},
                                           {LedgerAnswer::refused, "refused"},
                                           {LedgerAnswer::unauthorized, "unauthorized"},
                                           {LedgerAnswer::sig_required, "sig-required"},
                                           {LedgerAnswer::malformed, "malformed"},
                                           {LedgerAnswer::try_later, "try-later"},
                                           {LedgerAnswer::internal, "internal"}};
  return word_of(kWords, answer);
}

std::string_view method_of(LedgerItem item) {
  switch (item) {
    case LedgerItem::status:
      return "ocsp";
    case LedgerItem::complete_crl:
      return "crl-complete";
    case LedgerItem::delta_crl:
      return "crl-delta";
    case LedgerItem::pinless_credential:
      return "certificate";
    default:
      return "verifier-service";
  }
}

bool is_provision(LedgerAnswer answer) {
  return answer == LedgerAnswer::given || answer == LedgerAnswer::good || answer == LedgerAnswer::revoked ||
         answer == LedgerAnswer::unknown;
}

std::uint32_t ledger_day(pki::Date date) {
  return static_cast<std::uint32_t>(std::chrono::sys_days{date}.time_since_epoch().count());
}

pki::Date date_of(std::uint32_t day) {
  return pki::Date{std::chrono::sys_days{std::chrono::days{day}}};
}

LedgerKey ledger_key(const std::optional<Requester>& requester, pki::Time now) {
  LedgerKey key{.day = ledger_day(now)};
  if (!requester) return key;
  key.verifier = requester->verifier;
  key.credential = requester->credential ? requester->credential->value : 0;
  key.method = requester->method;
  key.purpose = requester->purpose;
  return key;
}

void add_to_ledger(store::WriteTransaction& transaction, const LedgerRow& row) {
  const registry::Key key = table_key(row.key);
  const auto known = transaction.get(registry::tables::ledger, key);
  const std::uint64_t before = known ? registry::Fields(*known).u64() : 0;
  transaction.put(registry::tables::ledger, key, registry::Key().u64(before + row.count));
}

LedgerCursor ledger_rows(const store::ReadTransaction& transaction, pki::Date from, pki::Date to) {
  const store::KeyRange days = store::KeyRange::between(registry::Key().u32(ledger_day(from)),
                                                        registry::Key().u32(ledger_day(to) + 1));
  return {transaction.cursor(registry::tables::ledger, days), decode};
}

store::Command merge_into_ledger(std::vector<LedgerRow> rows) {
  return {.actor = registry::system_actor(),
          .action = std::string(kCloseAction),
          .run = [rows = std::move(rows)](store::CommandContext& context) { return merge(context, rows); }};
}

namespace {

constexpr std::size_t kRowSize = 25 + 8;

bool is_row(const LedgerRow& row) {
  const auto is_between = [](auto value, auto first, auto last) { return value >= first && value <= last; };
  return is_between(row.key.ca, pki::CaName::sign, pki::CaName::auth) &&
         is_between(row.key.item, LedgerItem::status, LedgerItem::pinless_credential) &&
         is_between(row.key.answer, LedgerAnswer::given, LedgerAnswer::internal) &&
         (!row.key.method ||
          is_between(*row.key.method, RecognitionMethod::network, RecognitionMethod::tls)) &&
         is_between(row.key.purpose, Purpose::normal, Purpose::kazashi);
}

}  // namespace

pki::Bytes encode_ledger_rows(const std::vector<LedgerRow>& rows) {
  pki::Bytes bytes;
  bytes.reserve(rows.size() * kRowSize);
  for (const LedgerRow& row : rows) {
    pki::append(bytes, table_key(row.key).view());
    pki::append(bytes, registry::Key().u64(row.count).view());
  }
  return bytes;
}

pki::Result<std::vector<LedgerRow>> decode_ledger_rows(pki::ByteView bytes) {
  std::vector<LedgerRow> rows;
  for (; bytes.size() >= kRowSize; bytes = bytes.subspan(kRowSize)) {
    rows.push_back(decode(bytes.first(kRowSize - 8), bytes.subspan(kRowSize - 8, 8)));
    if (!is_row(rows.back())) return pki::fail(pki::Errc::malformed, messages::ledger_rows_malformed);
  }
  if (!bytes.empty()) return pki::fail(pki::Errc::malformed, messages::ledger_rows_malformed);
  return rows;
}

store::Command merge_from_machine(std::string machine, std::uint64_t sequence, std::vector<LedgerRow> rows) {
  return {.actor = registry::system_actor(),
          .action = std::string(kCloseAction),
          .run = [machine = std::move(machine), sequence,
                  rows = std::move(rows)](store::CommandContext& context) -> pki::Result<void> {
            context.audit = store::AuditTrail::none;
            if (!registry::note_message(context.transaction, machine, sequence)) return {};
            std::vector<LedgerRow> dated = rows;
            // A day that has not begun here would be closed before its answers are counted.
            for (LedgerRow& row : dated)
              row.key.day = std::min(row.key.day, ledger_day(context.now));
            return merge(context, dated);
          }};
}

bool has_unclosed_day(const store::ReadTransaction& transaction, pki::Time now) {
  const auto day = next_day(transaction, last_closed_day(transaction) + 1);
  return day && *day < ledger_day(now);
}

void reopen_ledger(store::WriteTransaction& transaction, pki::Time now, store::Actor actor) {
  const std::uint32_t today = ledger_day(now);
  if (last_closed_day(transaction) < today) return;
  transaction.put(store::tables::meta, pki::as_bytes(kClosedKey), registry::Key().u32(today - 1));
  store::append_audit(transaction, {.recorded_at = now,
                                    .actor = std::move(actor),
                                    .action = std::string(kReopenAction),
                                    .subjects = {std::string(kDayWord) + pki::to_string(date_of(today))}});
}

pki::Result<std::uint64_t> verify_ledger(const store::ReadTransaction& transaction) {
  TRY_ASSIGN(const ClosedDays closed, closings_in_force(transaction));
  for (const auto& [day, words] : closed)
    if (closing_words(transaction, day) != words)
      return pki::fail(pki::Errc::conflict, {messages::ledger_changed, pki::to_string(date_of(day))});
  const std::uint32_t last = last_closed_day(transaction);
  for (auto day = next_day(transaction, 0); day && *day <= last; day = next_day(transaction, *day + 1))
    if (!closed.contains(*day))
      return pki::fail(pki::Errc::conflict, {messages::ledger_not_closed, pki::to_string(date_of(*day))});
  return closed.size();
}

}  // namespace verifier
