// Records of views, by name.

#include "registry/views.h"

#include <algorithm>
#include <array>

#include "pki/messages/registry.h"
#include "registry/schema.h"
#include "store/record.h"

namespace registry {

namespace {

constexpr std::size_t kNameMax = 32;
// Roles that a database of a log has, or SQL takes for no name of a role.
constexpr std::array<std::string_view, 6> kNamesOfOthers = {"jpki",   "none", "postgres",
                                                            "public", "user", "current-user"};

View decode(std::string_view name, pki::ByteView record) {
  store::RecordReader reader(record);
  View view{.name = std::string(name), .public_key = reader.bytes()};
  view.added_at = reader.time();
  if (auto field = reader.optional(0)) view.removed_at = field->time();
  return view;
}

}  // namespace

pki::Result<void> check_view_name(std::string_view name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool is_well_formed =
      !name.empty() && name.size() <= kNameMax && is_letter(name.front()) &&
      std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
  if (is_well_formed && std::ranges::find(kNamesOfOthers, name) == kNamesOfOthers.end()) return {};
  return pki::invalid("name", messages::view_name_form);
}

std::optional<View> find_view(const store::ReadTransaction& transaction, std::string_view name) {
  if (name.empty()) return std::nullopt;
  const auto value = transaction.get(tables::views, pki::as_bytes(name));
  if (!value) return std::nullopt;
  return decode(name, *value);
}

std::vector<View> all_views(const store::ReadTransaction& transaction) {
  std::vector<View> views;
  store::Cursor cursor = transaction.cursor(tables::views);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    views.push_back(decode(pki::as_text(cursor.key()), cursor.value()));
  return views;
}

void put_view(store::WriteTransaction& transaction, const View& view) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.octet_string(view.public_key).generalized_time(view.added_at);
    store::write_optional(writer, 0, view.removed_at, [&](pki::Time time) { writer.generalized_time(time); });
  });
  transaction.put(tables::views, pki::as_bytes(view.name), writer.view());
}

}  // namespace registry
