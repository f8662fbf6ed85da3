// One entry of the table `meta`.

#include "store/write_time.h"

#include "store/key.h"

namespace store {

namespace {

constexpr std::string_view kLastWriteKey = "last_write_time";

}  // namespace

std::optional<pki::Time> last_write_time(const ReadTransaction& transaction) {
  const auto value = transaction.get(tables::meta, pki::as_bytes(kLastWriteKey));
  return value ? std::optional(Fields(*value).time()) : std::nullopt;
}

void set_last_write_time(WriteTransaction& transaction, pki::Time time) {
  transaction.put(tables::meta, pki::as_bytes(kLastWriteKey), Key().time(time));
}

}  // namespace store
