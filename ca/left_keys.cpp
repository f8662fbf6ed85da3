// By name alone: what such a file holds may be half a key.

#include "ca/left_keys.h"

#include <algorithm>
#include <filesystem>

#include "ca/generation.h"

namespace ca {

namespace {

// 20261201T040853Z
std::string name_of(pki::Time time) {
  std::string text = pki::to_rfc3339(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::string free_name(const KeyFolder& keys, const std::string& file, pki::Time now) {
  const std::string begins = stem_of_key(file) + std::string(kLeftMark) + name_of(now);
  std::string name = begins + std::string(kKeyEnding);
  for (int n = 2; std::filesystem::exists(keys.path_of(name)); ++n)
    name = begins + "-" + std::to_string(n) + std::string(kKeyEnding);
  return name;
}

}  // namespace

std::vector<LeftKey> find_left_keys(const KeyFolder& keys, registry::IssuerId id, pki::Time now) {
  std::vector<LeftKey> left;
  for (const auto& [name, form] : keys.list())
    if (is_key_of(id, name) && !is_left_key(name)) left.push_back({name, free_name(keys, name, now)});
  return left;
}

void set_aside(const KeyFolder& keys, const std::vector<LeftKey>& left) {
  for (const LeftKey& one : left)
    std::filesystem::rename(keys.path_of(one.file), keys.path_of(one.kept_as));
}

std::vector<std::string> subjects_of(const std::vector<LeftKey>& left) {
  std::vector<std::string> subjects;
  for (const LeftKey& one : left)
    subjects.push_back("key " + one.file + " as " + one.kept_as);
  return subjects;
}

}  // namespace ca
