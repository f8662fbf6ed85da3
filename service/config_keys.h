// The table of the keys of jpki.toml: everything that the program knows about a key stands in its one row.
//
// Reading, checking and writing the file and the table in docs/operations.md follow these rows
// (service/config.cpp, tests/service/config_test.cpp). A new key is a member of Config and a row here.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "pki/message.h"
#include "service/config.h"

namespace service {

// A value as the file has it: true or false, a whole number, a text, a list of texts.
using ConfigValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

struct ConfigKey {
  // With its table: "crl.scopes". The rows of one table follow each other.
  std::string name;
  // Which values may be given: type and range, e.g. "a whole number from 1 to 1024".
  pki::Message allowed;
  // One line, written above the key.
  std::string comment;
  // The value in a configuration; that of `Config{}` is the key's default.
  std::function<ConfigValue(const Config&)> get;
  // Puts a value in. False, and nothing changed, when its type or range is not what `allowed` says.
  std::function<bool(Config&, const ConfigValue&)> set;
};

// Every key, in the order in which the file is written.
[[nodiscard]] std::vector<ConfigKey> config_keys();

}  // namespace service
