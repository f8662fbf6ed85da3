// Birthdays and bounds.

#include "law/validity.h"

#include <algorithm>

#include "pki/birth_date.h"
#include "pki/messages/law.h"

namespace law {

pki::Date birthday_after(pki::Date birth, pki::Date day, int n) {
  int years = std::max(0, static_cast<int>(day.year()) - static_cast<int>(birth.year()) - 1);
  while (pki::add_years(birth, years) <= day)
    ++years;
  return pki::add_years(birth, years + n - 1);
}

pki::Result<pki::Time> end_of_validity(const ValidityBounds& bounds) {
  const pki::Date today = pki::jst_date(bounds.issued_at);
  if (bounds.issuer_ends < bounds.issued_at)
    return pki::fail(pki::Errc::conflict,
                     {messages::generation_ended, pki::to_string(pki::jst_date(bounds.issuer_ends))});
  if (bounds.card_expires && *bounds.card_expires < today)
    return pki::refused({messages::card_expired, pki::to_string(*bounds.card_expires)}, "Ordinance 13, 49");
  pki::Time end =
      pki::jst_end_of_day(birthday_after(pki::reckoned_birth_date(bounds.birth), today, bounds.birthdays));
  if (bounds.card_expires) end = std::min(end, pki::jst_end_of_day(*bounds.card_expires));
  if (bounds.authentication_ends) end = std::min(end, *bounds.authentication_ends);
  return std::min(end, bounds.issuer_ends);
}

pki::Time end_of_ca_validity(pki::Time issued_at) {
  return pki::jst_end_of_day(pki::add_days(pki::add_years(pki::jst_date(issued_at), 10), -1));
}

}  // namespace law
