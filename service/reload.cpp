// The keys of the table, compared one by one.

#include "service/reload.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "service/config_keys.h"

namespace service {

namespace {

constexpr std::array<std::string_view, 5> kReloadable = {
    "limits.asker_requests_per_second", "limits.stranger_requests_per_second", "limits.stranger_connections",
    "log.level", "listen.https_names"};

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

pki::Result<ConfigChanges> Reloading::reload() {
  TRY_ASSIGN(const Config read, read_config(file_));
  ConfigChanges changes;
  for (const ConfigKey& key : config_keys()) {
    const ConfigValue value = key.get(read);
    if (value == key.get(in_use_)) continue;
    const bool is_reloadable = std::ranges::count(kReloadable, key.name) > 0;
    (is_reloadable ? changes.taken : changes.waiting).push_back(key.name);
    if (is_reloadable) key.set(in_use_, value);
  }
  if (read.local_operators != in_use_.local_operators) changes.waiting.emplace_back("operators.local");
  apply_(in_use_);
  return changes;
}

std::string to_string(const ConfigChanges& changes) {
  std::string text = "the configuration was read again: ";
  text += changes.taken.empty() ? "no value changed that is taken over while the service runs"
                                : "in use from now on: " + list_of(changes.taken);
  if (!changes.waiting.empty()) text += "; changed, and in use after a restart: " + list_of(changes.waiting);
  return text;
}

}  // namespace service
