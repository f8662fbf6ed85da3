// Reading pools of test keys.

#include "pki/key_pool.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "authority_keys.embedded.h"
#include "key_pool.embedded.h"
#include "pki/messages/pki.h"

namespace pki {

Result<std::vector<PrivateKey>> load_key_pool(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("pool-") && name.ends_with(".pem")) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<PrivateKey> keys;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    auto loaded = PrivateKey::all_from_pem(text);
    if (!loaded) return fail(Errc::malformed, {messages::in_file, file.string(), loaded.error().message});
    keys.insert(keys.end(), std::make_move_iterator(loaded->begin()), std::make_move_iterator(loaded->end()));
  }
  if (keys.empty()) return fail(Errc::not_found, {messages::key_pool_empty, folder.string()});
  return keys;
}

std::string_view builtin_authority_keys() {
  return embedded::authority_keys;
}

std::string_view builtin_key_pool() {
  return embedded::key_pool;
}

}  // namespace pki
