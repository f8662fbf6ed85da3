// Secret files: created exclusively, mode 0600, synced.

#include "ca/key_folder.h"

#include "pki/messages/ca.h"
#include "pki/secret_memory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "pki/ownership.h"

namespace ca {

namespace {

constexpr const char* kSealingKeyName = "registry.key";

[[noreturn]] void fail_file(const std::filesystem::path& path, const pki::MessageText& what) {
  throw pki::MessageError(pki::Message{what, path.string(), std::generic_category().message(errno)});
}

void write_secret(const std::filesystem::path& path, std::string_view content) {
  if (std::filesystem::create_directories(path.parent_path()))
    pki::give_to_owner_of_folder(path.parent_path());
  std::filesystem::permissions(path.parent_path(), std::filesystem::perms::owner_all);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) fail_file(path, messages::cannot_create_file);
  const bool written =
      ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
      ::fsync(file) == 0;
  ::close(file);
  if (!written) fail_file(path, messages::cannot_write_file);
  pki::give_to_owner_of_folder(path);
}

pki::Result<std::string> read_secret(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0)
    return pki::fail(pki::Errc::not_found, {messages::no_key_file, path.string()});
  if ((status.st_mode & 077U) != 0)
    return pki::fail(pki::Errc::forbidden, {messages::key_file_readable, path.string()});
  std::ifstream stream(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return pki::fail(pki::Errc::not_found, {messages::key_file_unreadable, path.string()});
  return content;
}

}  // namespace

void KeyFolder::save(const std::string& name, const pki::PrivateKey& key, const std::string& heading) const {
  std::string content = heading + key.to_pem();
  write_secret(path_of(name), content);
  pki::wipe(content);
}

pki::Result<pki::PrivateKey> KeyFolder::load(const std::string& name) const {
  TRY_ASSIGN(std::string content, read_secret(path_of(name)));
  auto key = pki::PrivateKey::from_pem(content);
  pki::wipe(content);
  if (!key)
    return pki::fail(pki::Errc::malformed,
                     {messages::key_file_bad, path_of(name).string(), key.error().message});
  return key;
}

void KeyFolder::save_sealing_key(pki::ByteView key) const {
  write_secret(path_of(kSealingKeyName), pki::to_hex(key) + "\n");
}

pki::Result<pki::Bytes> KeyFolder::load_sealing_key() const {
  TRY_ASSIGN(std::string content, read_secret(path_of(kSealingKeyName)));
  while (content.ends_with('\n'))
    content.pop_back();
  auto key = pki::from_hex(content);
  pki::wipe(content);
  if (!key || key->size() != 32)
    return pki::fail(pki::Errc::malformed, {messages::sealing_key_form, path_of(kSealingKeyName).string()});
  return std::move(*key);
}

}  // namespace ca
