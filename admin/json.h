// JSON bodies of the admin API: read field by field, with an error that names the field.

#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/resident_id.h"

namespace admin {

namespace json = boost::json;

// Parses a request body. Errc::malformed when it is not one JSON object (an empty body counts as {}), and
// when two members of an object, at any depth, have the same name.
[[nodiscard]] pki::Result<json::object> parse_object(pki::ByteView body);

// Takes the fields of an object one by one; finish() refuses what was not taken, so that a misspelt field is
// never silently ignored. All errors are Errc::invalid_value with the field's name.
class FieldReader final {
 public:
  explicit FieldReader(const json::object& object) : object_(object) {}

  // Absent and null are the same.
  pki::Result<std::optional<std::string>> text(std::string_view field);
  pki::Result<std::string> required_text(std::string_view field);
  pki::Result<std::optional<pki::Date>> date(std::string_view field);
  pki::Result<pki::Date> required_date(std::string_view field);
  // A number from 0 on, written as a number or in decimal digits.
  pki::Result<std::optional<std::uint64_t>> number(std::string_view field);
  // false when absent.
  pki::Result<bool> flag(std::string_view field);
  // The same, also as the text "true" or "false", which is all that a CSV feed can say.
  pki::Result<bool> flag_or_text(std::string_view field);
  // Empty when absent.
  pki::Result<std::vector<std::string>> texts(std::string_view field);
  // A list of anything, where it stands; nullptr when absent.
  pki::Result<const json::array*> list(std::string_view field);
  pki::Result<std::optional<pki::Bytes>> base64(std::string_view field);
  // The id of a resident, by whatever name the field has here.
  pki::Result<registry::ResidentId> required_resident(std::string_view field);
  pki::Result<void> finish() const;

 private:
  const json::value* find(std::string_view field);

  const json::object& object_;
  // Names of fields that are there: a few, so a search is faster than a tree.
  std::vector<std::string> taken_;
};

// A date as text, or null.
[[nodiscard]] json::value date_or_null(const std::optional<pki::Date>& date);

// A resident's id in a field or parameter; the error names that field.
[[nodiscard]] pki::Result<registry::ResidentId> read_resident_id(std::string_view field,
                                                                 std::string_view text);

}  // namespace admin
