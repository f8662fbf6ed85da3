// Reading the fields of a JSON object, and the limits of a text.

#include "admin/json.h"

#include <algorithm>

#include "pki/messages/admin.h"
#include "pki/number.h"

namespace admin {

namespace {

pki::Error wrong_type(std::string_view field, const pki::MessageText& wanted) {
  return pki::invalid(std::string(field), {messages::field_type, field, pki::Message(wanted)});
}

// How many members a JSON text has, at all depths: each has one colon outside of strings.
std::size_t count_members_of_text(std::string_view text) {
  std::size_t count = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (!in_string && text[i] == ':') {
      ++count;
    }
  }
  return count;
}

std::size_t count_members(const json::value& value) {
  std::size_t count = 0;
  if (const auto* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object)
      count += count_members(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const json::value& element : *array)
      count += count_members(element);
  }
  return count;
}

}  // namespace

pki::Result<json::object> parse_object(pki::ByteView body) {
  if (body.empty()) return json::object{};
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 8;
  // One arena for the whole body: a batch has ten thousand texts.
  json::value value = json::parse(pki::as_text(body), error,
                                  json::make_shared_resource<json::monotonic_resource>(body.size()), options);
  if (error || !value.is_object()) return pki::fail(pki::Errc::malformed, messages::body_form);
  // The parser keeps the last of two members of one name, another reader the first: RFC 8259 section 4. What
  // was signed or meant would depend on the reader.
  if (count_members_of_text(pki::as_text(body)) != count_members(value))
    return pki::fail(pki::Errc::malformed, messages::member_twice);
  return std::move(value.get_object());
}

const json::value* FieldReader::find(std::string_view field) {
  const json::value* value = object_.if_contains(field);
  if (value != nullptr) taken_.emplace_back(field);
  return value == nullptr || value->is_null() ? nullptr : value;
}

pki::Result<std::optional<std::string>> FieldReader::text(std::string_view field) {
  const json::value* value = find(field);
  if (value == nullptr) return std::optional<std::string>{};
  if (!value->is_string()) return wrong_type(field, messages::wanted_text);
  return std::optional<std::string>(std::string(value->get_string()));
}

pki::Result<std::string> FieldReader::required_text(std::string_view field) {
  TRY_ASSIGN(auto value, text(field));
  if (!value) return pki::invalid(std::string(field), {messages::field_missing, field});
  return std::move(*value);
}

pki::Result<std::optional<pki::Date>> FieldReader::date(std::string_view field) {
  TRY_ASSIGN(const auto value, text(field));
  if (!value) return std::optional<pki::Date>{};
  const auto date = pki::parse_date(*value);
  if (!date) return pki::invalid(std::string(field), {messages::field_error, field, date.error().message});
  return std::optional<pki::Date>(*date);
}

pki::Result<pki::Date> FieldReader::required_date(std::string_view field) {
  TRY_ASSIGN(const auto value, date(field));
  if (!value) return pki::invalid(std::string(field), {messages::field_missing, field});
  return *value;
}

pki::Result<std::optional<std::uint64_t>> FieldReader::number(std::string_view field) {
  const json::value* value = find(field);
  if (value == nullptr) return std::optional<std::uint64_t>{};
  if (value->is_string()) {
    if (const auto number = pki::parse_number<std::uint64_t>(std::string_view(value->get_string())))
      return number;
  } else if (value->is_int64() && value->get_int64() >= 0) {
    return std::optional(static_cast<std::uint64_t>(value->get_int64()));
  } else if (value->is_uint64()) {
    return std::optional(value->get_uint64());
  }
  return wrong_type(field, messages::wanted_number);
}

pki::Result<bool> FieldReader::flag(std::string_view field) {
  const json::value* value = find(field);
  if (value == nullptr) return false;
  if (!value->is_bool()) return wrong_type(field, messages::wanted_flag);
  return value->get_bool();
}

pki::Result<bool> FieldReader::flag_or_text(std::string_view field) {
  const json::value* value = find(field);
  if (value == nullptr || !value->is_string()) return flag(field);
  const json::string& text = value->get_string();
  // Spreadsheets write TRUE.
  if (text == "true" || text == "TRUE") return true;
  if (text == "false" || text == "FALSE") return false;
  return wrong_type(field, messages::wanted_flag);
}

pki::Result<std::vector<std::string>> FieldReader::texts(std::string_view field) {
  const json::value* value = find(field);
  std::vector<std::string> list;
  if (value == nullptr) return list;
  if (!value->is_array()) return wrong_type(field, messages::wanted_texts);
  for (const json::value& element : value->get_array()) {
    if (!element.is_string()) return wrong_type(field, messages::wanted_texts);
    list.emplace_back(element.get_string());
  }
  return list;
}

pki::Result<const json::array*> FieldReader::list(std::string_view field) {
  const json::value* value = find(field);
  if (value != nullptr && !value->is_array()) return wrong_type(field, messages::wanted_list);
  return value == nullptr ? nullptr : &value->get_array();
}

pki::Result<std::optional<pki::Bytes>> FieldReader::base64(std::string_view field) {
  TRY_ASSIGN(const auto value, text(field));
  if (!value) return std::optional<pki::Bytes>{};
  auto decoded = pki::from_base64(*value);
  if (!decoded) return wrong_type(field, messages::wanted_base64);
  return decoded;
}

pki::Result<registry::ResidentId> FieldReader::required_resident(std::string_view field) {
  TRY_ASSIGN(const std::string text, required_text(field));
  return read_resident_id(field, text);
}

pki::Result<void> FieldReader::finish() const {
  for (const auto& member : object_)
    if (std::ranges::find(taken_, std::string_view(member.key())) == taken_.end())
      return pki::invalid(std::string(member.key()), {messages::field_unknown, member.key()});
  return {};
}

json::value date_or_null(const std::optional<pki::Date>& date) {
  if (!date) return nullptr;
  return json::value(pki::to_string(*date));
}

pki::Result<registry::ResidentId> read_resident_id(std::string_view field, std::string_view text) {
  const auto id = registry::parse_resident_id(text);
  if (!id) return pki::invalid(std::string(field), id.error().message);
  return *id;
}

}  // namespace admin
