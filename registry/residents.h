// The resident register's entries (住民票, or 戸籍の附票 for those abroad), as far as certificates need them.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/result.h"
#include "pki/time.h"
#include "registry/resident_id.h"
#include "registry/schema.h"
#include "store/environment.h"
#include "store/record.h"
#include "store/vault.h"

namespace registry {

// JIS X 0303. Stored in records: never change a value.
enum class Sex : std::uint8_t { unknown = 0, male = 1, female = 2 };

[[nodiscard]] std::string_view to_string(Sex sex);
[[nodiscard]] std::optional<Sex> parse_sex(std::string_view text);

// Stored in records: never change a value.
enum class Residency : std::uint8_t {
  resident = 1,  // Has a 住民票.
  abroad = 2,    // 国外転出者: has a 戸籍の附票 only.
  removed = 3,   // Dead, or removed for another cause; kept as 除票.
  // Moved out of one municipality, the 住民票 deleted, and not yet in the register of another.
  moved_out = 4,
};

[[nodiscard]] std::string_view to_string(Residency residency);

// A notice of leaving (転出届, 国外転出届) whose consequences are not all drawn yet.
struct Departure {
  // Stored in records: never change a value.
  enum class Destination : std::uint8_t { municipality = 1, abroad = 2 };
  enum class Card : std::uint8_t { kept = 1, handed_in = 2 };

  Destination destination = Destination::municipality;
  // 転出の予定年月日.
  pki::Date planned;
  // Whether the card was handed in with the notice, so that it goes on abroad.
  Card card = Card::kept;
  // What was in force when the notice was recorded: a certificate that is not here was issued since.
  std::vector<CertificateId> certificates;

  friend bool operator==(const Departure&, const Departure&) = default;
};

// A move-in (転入届) after which the card has not been presented yet.
struct MoveIn {
  // Stored in records: never change a value.
  enum class Origin : std::uint8_t { municipality = 1, abroad = 2 };

  Origin origin = Origin::municipality;
  pki::Date recorded_on;

  friend bool operator==(const MoveIn&, const MoveIn&) = default;
};

struct Resident {
  ResidentId id;
  // The sequence of the resident's last event; 0 until the first.
  std::uint64_t version = 0;
  Residency residency = Residency::resident;
  // The four items; the address is empty for people abroad.
  std::string name;
  // With zeros for what is unknown of it (pki/birth_date.h).
  pki::Date birth;
  Sex sex = Sex::unknown;
  std::string address;
  // Of the 住民票, or of the 附票 for people abroad.
  std::uint32_t municipality = 0;
  std::string furigana, former_name, alias;
  std::optional<pki::Date> card_expires;
  // The planned day of leaving, for people abroad.
  std::optional<pki::Date> left_japan;
  // The day of death or removal, and what the resident was before it: a removal by mistake is corrected.
  std::optional<pki::Date> removed_on;
  std::optional<Residency> removed_from;

  // The clocks of Act 12, 31 and of My-Number Order 14; each is absent while it does not run. They stand
  // still while the resident is removed.
  std::optional<Departure> departure;
  std::optional<MoveIn> move_in;
  // The day on which someone abroad came back and has not moved in yet.
  std::optional<pki::Date> returned_on;
  // The last day of a card that ends before certificates on it do.
  std::optional<pki::Date> card_outlived_on;
  // The day on which the card lapsed; absent while it is valid.
  std::optional<pki::Date> card_lapsed_on;

  // 成年被後見人, Civil Code 8, as reported to the municipality.
  bool is_adult_ward = false;
  // 外国人住民: Act 7 and 12(1)(i) leave the furigana out for them.
  bool is_foreign = false;
};

[[nodiscard]] std::optional<Resident> find_resident(const store::ReadTransaction& transaction,
                                                    const store::Vault& vault, ResidentId id);
// The same, or Errc::not_found, "there is no resident N".
[[nodiscard]] pki::Result<Resident> get_resident(const store::ReadTransaction& transaction,
                                                 const store::Vault& vault, ResidentId id);

// A date of birth in a stored record, which may have zeros for what is unknown of it (pki/birth_date.h).
[[nodiscard]] pki::Date read_birth_date(store::RecordReader& reader);

// A resident as read once, with the sealed record it was read from.
struct StoredResident {
  Resident resident;
  pki::Bytes record;
};
[[nodiscard]] std::optional<StoredResident> read_resident(const store::ReadTransaction& transaction,
                                                          const store::Vault& vault, ResidentId id);
// True while the record is the very one that was read, whatever of it may have changed. Unseals nothing: a
// write seals with a new nonce, so it leaves other bytes.
[[nodiscard]] bool is_unchanged(const store::ReadTransaction& transaction, const StoredResident& resident);

void put_resident(store::WriteTransaction& transaction, const store::Vault& vault, const Resident& resident);
// The same where the caller has read, in this transaction, what is on record of the resident.
void replace_resident(store::WriteTransaction& transaction, const store::Vault& vault, const Resident& before,
                      const Resident& after);
// The residents in the order of their ids, from `from` on. `vault` must outlive it.
class ResidentCursor final {
 public:
  ResidentCursor(const store::ReadTransaction& transaction, const store::Vault& vault, ResidentId from = {});

  [[nodiscard]] bool valid() const { return cursor_.valid(); }
  // REQUIRES: valid().
  void next() { cursor_.next(); }
  [[nodiscard]] ResidentId id() const;
  // Nothing for a record that does not open or decode: one such stops no walk.
  [[nodiscard]] std::optional<Resident> resident() const;

 private:
  store::Cursor cursor_;
  const store::Vault& vault_;
};

}  // namespace registry
