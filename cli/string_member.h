// What an answer of the service says, for those who only print it.

#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace cli {

// A member of a JSON object that is a string; empty when it is not there or is something else.
[[nodiscard]] inline std::string string_member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace cli
