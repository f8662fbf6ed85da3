// The names of fields, and of the values that are words, in lists and tables for people. In English they are
// those of the JSON, so that one thing has one name; in Japanese they are words.

#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "cli/language.h"

namespace cli {

namespace json = boost::json;

// A field's name: "card_expires", カードの有効期限. What has no Japanese word stays as it is.
[[nodiscard]] std::string field_text(std::string_view field, Language language);
// What a field says when that is one of a few words ("state": "held", "sex": "male", a kind, a reason of RFC
// 5280); any other value stays as it is.
[[nodiscard]] std::string value_text(std::string_view value, Language language);
// The Japanese word of a field or of a value; nothing where there is none.
[[nodiscard]] std::optional<std::string> japanese_field(std::string_view field);
[[nodiscard]] std::optional<std::string> japanese_value(std::string_view value);

using FieldNames = std::initializer_list<const char*>;

// A line for each of the fields that the object has and that is not empty: "name:   value". The values stand
// below each other, whichever fields are there.
[[nodiscard]] std::string field_lines(const json::object& object, FieldNames fields, Language language);

}  // namespace cli
