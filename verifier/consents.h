// Consent to the provision of current items (Act 18③, 規則35-2): which items there are, and since when a
// holder's earlier consents count no more.
//
// A consent itself is a signed document that the verifier brings with each request; it is not kept. What must
// be kept is its withdrawal (規則35-2⑤).

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pki/time.h"
#include "registry/resident_id.h"
#include "store/environment.h"

namespace verifier {

// The four items, each consented to by itself (規則35-2②). Stored in records: never change a value.
enum class FourItem : std::uint8_t { name = 0, address = 1, birth = 2, sex = 3 };
inline constexpr std::array<FourItem, 4> kFourItems = {FourItem::name, FourItem::address, FourItem::birth,
                                                       FourItem::sex};

// name, address, birth, sex.
[[nodiscard]] std::string_view to_string(FourItem item);
[[nodiscard]] std::optional<FourItem> parse_four_item(std::string_view text);

// By FourItem: no consent given up to this moment counts for the item.
using WithdrawnUntil = std::array<std::optional<pki::Time>, 4>;

struct Withdrawal {
  registry::ResidentId resident;
  std::uint64_t verifier = 0;
  WithdrawnUntil until{};
};

// All absent when nothing was ever withdrawn.
[[nodiscard]] WithdrawnUntil find_withdrawal(const store::ReadTransaction& transaction,
                                             registry::ResidentId resident, std::uint64_t verifier);
// In the order of the verifiers.
[[nodiscard]] std::vector<Withdrawal> withdrawals_of(const store::ReadTransaction& transaction,
                                                     registry::ResidentId resident);
void put_withdrawal(store::WriteTransaction& transaction, const Withdrawal& withdrawal);

}  // namespace verifier
