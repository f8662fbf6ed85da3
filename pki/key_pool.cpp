// Reading pools of test keys.

#include "pki/key_pool.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "authority_keys.embedded.h"
#include "key_pool.embedded.h"

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
    if (!loaded) return fail(Errc::malformed, file.string() + ": " + loaded.error().detail);
    keys.insert(keys.end(), std::make_move_iterator(loaded->begin()), std::make_move_iterator(loaded->end()));
  }
  if (keys.empty())
    return fail(Errc::not_found, "no keys in " + folder.string() +
                                     ": a pool is a folder with files pool-*.pem of PKCS#8 keys");
  return keys;
}

std::string_view builtin_authority_keys() {
  return embedded::authority_keys;
}

std::string_view builtin_key_pool() {
  return embedded::key_pool;
}

}  // namespace pki
