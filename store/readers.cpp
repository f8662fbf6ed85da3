// One list for tables, two for keys.

#include "store/readers.h"

#include <algorithm>

namespace store {

bool is_for_views(const Table& table, pki::ByteView key) {
  if (table.index == tables::meta.index)
    return std::ranges::find(kMetaOfViews, pki::as_text(key)) != kMetaOfViews.end();
  if (table.index == tables::counters.index)
    return !key.empty() && std::ranges::find(kCountersOfViews, key.front()) != kCountersOfViews.end();
  return table.readers == Readers::views;
}

}  // namespace store
