// Secret files: created exclusively, mode 0600, synced.

#include "ca/key_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "ca/key_reference.h"
#include "pki/certificate.h"
#include "pki/encrypted_key.h"
#include "pki/file.h"
#include "pki/messages/ca.h"
#include "pki/messages/keys.h"
#include "pki/ownership.h"
#include "pki/public_key.h"
#include "pki/secret_memory.h"

namespace ca {

namespace {

constexpr const char* kSealingKeyName = "registry.key";
constexpr const char* kKeepingName = "protection";

[[noreturn]] void fail_file(const std::filesystem::path& path, const pki::MessageText& what) {
  throw pki::MessageError(pki::Message{what, path.string(), std::generic_category().message(errno)});
}

void make_folder_of(const std::filesystem::path& path) {
  if (!std::filesystem::create_directories(path.parent_path())) return;
  pki::give_to_owner_of_folder(path.parent_path());
  std::filesystem::permissions(path.parent_path(), std::filesystem::perms::owner_all);
}

void write_secret(const std::filesystem::path& path, std::string_view content) {
  make_folder_of(path);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) fail_file(path, messages::cannot_create_file);
  const bool written =
      ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
      ::fsync(file) == 0;
  ::close(file);
  if (!written) fail_file(path, messages::cannot_write_file);
  pki::give_to_owner_of_folder(path);
}

// As write_secret(), over a file that may be there.
pki::Result<void> replace_secret(const std::filesystem::path& path, std::string_view content) {
  make_folder_of(path);
  TRY(pki::replace_file(path, pki::as_bytes(content), pki::FileSecrecy::owner_only));
  pki::give_to_owner_of_folder(path);
  return {};
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

pki::Error about(const std::filesystem::path& path, const pki::Error& error) {
  return pki::fail(error.code, {messages::key_file_bad, path.string(), error.message});
}

pki::Error bad_reference(const std::filesystem::path& path) {
  return pki::fail(pki::Errc::malformed, {messages::key_reference_form, path.string()});
}

KeyForm form_of(std::string_view content) {
  if (is_key_reference(content)) return KeyForm::on_token;
  const bool is_encrypted = content.find(pki::kEncryptedKeyLabel) != std::string_view::npos;
  return is_encrypted ? KeyForm::encrypted : KeyForm::plain;
}

pki::Result<pki::Bytes> sealing_key_of_digits(std::string text) {
  while (text.ends_with('\n'))
    text.pop_back();
  auto key = pki::from_hex(text);
  pki::wipe(text);
  if (!key || key->size() != 32) return pki::fail(pki::Errc::malformed, messages::sealing_key_form);
  return std::move(*key);
}

// A folder that is not there before and after.
class FolderAside final {
 public:
  explicit FolderAside(std::filesystem::path path) : path_(std::move(path)) {
    std::filesystem::remove_all(path_);
  }
  ~FolderAside() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  FolderAside(const FolderAside&) = delete;
  FolderAside& operator=(const FolderAside&) = delete;

 private:
  std::filesystem::path path_;
};

}  // namespace

bool is_left_key(std::string_view file) {
  return file.find(kLeftMark) != std::string_view::npos;
}

std::string stem_of_key(std::string_view file) {
  return std::string(file.ends_with(kKeyEnding) ? file.substr(0, file.size() - kKeyEnding.size()) : file);
}

std::string_view to_string(KeyForm form) {
  switch (form) {
    case KeyForm::plain:
      return "plain";
    case KeyForm::encrypted:
      return "encrypted";
    case KeyForm::on_token:
      break;
  }
  return "on a token";
}

pki::Result<KeyKeeping> KeyFolder::keeping() const {
  KeyKeeping keeping;
  const std::filesystem::path file = path_of(kKeepingName);
  if (!std::filesystem::exists(file)) return keeping;
  TRY_ASSIGN(const std::string text, pki::read_file(file));
  std::istringstream lines(text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t blank = line.find(' ');
    const std::string word = line.substr(0, blank);
    const std::string rest = blank == std::string::npos ? std::string() : line.substr(blank + 1);
    if (word == "passphrase" && rest.empty())
      keeping.passphrase = true;
    else if (word == "token" && !rest.empty())
      keeping.token = rest;
    else if (word == "sealing-key" && !rest.empty())
      keeping.sealing_key = rest;
    else
      return pki::fail(pki::Errc::malformed, {messages::keeping_form, file.string(), std::to_string(number)});
  }
  return keeping;
}

pki::Result<void> KeyFolder::set_keeping(const KeyKeeping& keeping) const {
  std::string text = "# How new keys are kept: written by jpki, see docs/operations.md.\n";
  if (keeping.passphrase) text += "passphrase\n";
  if (!keeping.token.empty()) text += "token " + keeping.token + "\n";
  if (!keeping.sealing_key.empty()) text += "sealing-key " + keeping.sealing_key.string() + "\n";
  return replace_secret(path_of(kKeepingName), text);
}

pki::Result<pki::Secret> KeyFolder::passphrase() const {
  if (!access_) return pki::invalid("passphrase", pki::messages::passphrase_not_given);
  return access_->passphrase();
}

std::shared_ptr<const pki::Signer> KeyFolder::signer_of(const pki::PrivateKey& key) const {
  return access_ ? access_->signer_of(key) : pki::make_openssl_signer(key);
}

pki::Result<std::shared_ptr<pki::Token>> KeyFolder::token(const std::string& uri) const {
  if (!access_) return pki::invalid("pin", pki::messages::pin_not_given);
  return access_->token(uri);
}

pki::Result<std::string> KeyFolder::encode(const pki::PrivateKey& key, const KeyKeeping& keeping,
                                           KeyAccess* access) const {
  if (!keeping.passphrase) return key.to_pem();
  if (access == nullptr) return pki::invalid("passphrase", pki::messages::passphrase_not_given);
  TRY_ASSIGN(const pki::Secret secret, access->passphrase());
  pki::Rng rng = pki::Rng::system();
  return pki::encrypt_key(key, secret, rng);
}

void KeyFolder::save(const std::string& name, const pki::PrivateKey& key, const std::string& heading) const {
  const KeyKeeping kept = pki::or_throw(keeping());
  std::string content = heading + pki::or_throw(encode(key, kept, access_.get()));
  write_secret(path_of(name), content);
  pki::wipe(content);
}

pki::Result<pki::PrivateKey> KeyFolder::load(const std::string& name) const {
  TRY_ASSIGN(std::string content, read_secret(path_of(name)));
  switch (form_of(content)) {
    case KeyForm::on_token:
      return pki::fail(pki::Errc::unsupported, {messages::key_on_token_not_readable, path_of(name).string()});
    case KeyForm::encrypted: {
      TRY_ASSIGN(const pki::Secret secret, passphrase());
      auto key = pki::decrypt_key(content, secret);
      if (!key) return about(path_of(name), key.error());
      return key;
    }
    case KeyForm::plain:
      break;
  }
  auto key = pki::PrivateKey::from_pem(content);
  pki::wipe(content);
  if (!key)
    return pki::fail(pki::Errc::malformed,
                     {messages::key_file_bad, path_of(name).string(), key.error().message});
  return key;
}

pki::Result<std::shared_ptr<const pki::Signer>> KeyFolder::make_signer(const std::string& name,
                                                                       pki::KeyAlgorithm algorithm,
                                                                       const KeySource& source,
                                                                       const std::string& heading) const {
  TRY_ASSIGN(const KeyKeeping kept, keeping());
  if (std::filesystem::exists(path_of(name)))
    return pki::fail(pki::Errc::conflict, {messages::key_file_left, path_of(name).string()});
  if (kept.token.empty()) {
    const pki::PrivateKey key = source(name, algorithm);
    save(name, key, heading);
    return signer_of(key);
  }
  TRY_ASSIGN(const auto on, token(kept.token));
  // Noted before it is made: what was broken off in between can be removed.
  KeyReference reference{
      .token = kept.token, .key = new_token_key(free_label(name)), .public_key = {}, .wrapped = {}};
  write_secret(path_of(name), heading + write_key_reference(reference));
  auto signer = on->generate(reference.key, algorithm);
  if (signer.has_error()) {
    std::filesystem::remove(path_of(name));
    return signer;
  }
  reference.public_key = (*signer)->public_key();
  TRY(replace_secret(path_of(name), write_key_reference(reference)));
  return signer;
}

// Each key of the name that was set aside has its label on the token still.
std::string KeyFolder::free_label(const std::string& name) const {
  const std::string stem = stem_of_key(name), left = stem + std::string(kLeftMark);
  const auto count =
      std::ranges::count_if(list(), [&](const auto& file) { return file.first.starts_with(left); });
  return count == 0 ? name : stem + "-" + std::to_string(count + 1) + std::string(kKeyEnding);
}

pki::Result<std::shared_ptr<const pki::Signer>> KeyFolder::load_signer(const std::string& name,
                                                                       pki::ByteView certificate) const {
  TRY_ASSIGN(const std::string content, read_secret(path_of(name)));
  const auto decoded = pki::Certificate::decode(certificate);
  if (access_ && decoded)
    if (auto kept = access_->kept_signer(decoded->subject_public_key_info())) return kept;
  std::shared_ptr<const pki::Signer> signer;
  if (form_of(content) == KeyForm::on_token) {
    const auto reference = read_key_reference(content);
    if (!reference || reference->public_key.empty()) return bad_reference(path_of(name));
    TRY_ASSIGN(const auto on, token(reference->token));
    TRY_ASSIGN(signer, on->signer(reference->key, reference->public_key));
  } else {
    TRY_ASSIGN(const pki::PrivateKey key, load(name));
    signer = signer_of(key);
  }
  if (!decoded) return decoded.error();
  if (!pki::equal(decoded->subject_public_key_info(), signer->public_key()))
    return pki::fail(pki::Errc::malformed, {messages::key_file_foreign, path_of(name).string()});
  return signer;
}

pki::Result<void> KeyFolder::remove(const std::string& name) const {
  return remove_file(path_of(name));
}

pki::Result<void> KeyFolder::remove_file(const std::filesystem::path& file) const {
  const auto content = read_secret(file);
  if (!content) return {};
  if (const auto reference = read_key_reference(*content)) {
    TRY_ASSIGN(const auto on, token(reference->token));
    TRY(on->destroy(reference->key));
  }
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  return {};
}

pki::Result<std::filesystem::path> KeyFolder::sealing_key_file() const {
  TRY_ASSIGN(const KeyKeeping kept, keeping());
  return kept.sealing_key.empty() ? path_of(kSealingKeyName) : kept.sealing_key;
}

pki::Result<void> KeyFolder::remove_sealing_key() const {
  TRY_ASSIGN(const std::filesystem::path file, sealing_key_file());
  return remove_file(file);
}

pki::Result<void> KeyFolder::save_sealing_key(pki::ByteView key) const {
  TRY_ASSIGN(const KeyKeeping kept, keeping());
  TRY_ASSIGN(const std::filesystem::path file, sealing_key_file());
  TRY_ASSIGN(std::string text, encode_sealing_key(key, kept, access_.get()));
  write_secret(file, text);
  pki::wipe(text);
  return {};
}

pki::Result<std::string> KeyFolder::encode_sealing_key(pki::ByteView key, const KeyKeeping& kept,
                                                       KeyAccess* access) const {
  pki::Rng rng = pki::Rng::system();
  if (!kept.token.empty()) {
    TRY_ASSIGN(const auto on, token(kept.token));
    KeyReference reference{
        .token = kept.token, .key = new_token_key(kSealingKeyName), .public_key = {}, .wrapped = {}};
    TRY_ASSIGN(reference.public_key, on->generate_wrapping_key(reference.key));
    reference.wrapped = pki::wrap_for_token(key, reference.public_key, rng);
    return write_key_reference(reference);
  }
  if (kept.passphrase) {
    if (access == nullptr) return pki::invalid("passphrase", pki::messages::passphrase_not_given);
    TRY_ASSIGN(const pki::Secret secret, access->passphrase());
    return pki::encrypt_secret(key, kSealingKeyName, secret, rng);
  }
  return pki::to_hex(key) + "\n";
}

pki::Result<pki::Bytes> KeyFolder::load_sealing_key() const {
  TRY_ASSIGN(const std::filesystem::path file, sealing_key_file());
  TRY_ASSIGN(std::string content, read_secret(file));
  pki::Result<pki::Bytes> key = pki::fail(pki::Errc::malformed, messages::sealing_key_form);
  if (is_key_reference(content)) {
    const auto reference = read_key_reference(content);
    if (!reference) return bad_reference(file);
    TRY_ASSIGN(const auto on, token(reference->token));
    key = on->unwrap(reference->key, reference->wrapped);
  } else if (pki::is_encrypted_secret(content)) {
    TRY_ASSIGN(const pki::Secret secret, passphrase());
    key = pki::decrypt_secret(content, kSealingKeyName, secret);
  } else {
    key = sealing_key_of_digits(content);
    pki::wipe(content);
  }
  if (key.has_error() && key.error().code == pki::Errc::malformed && !is_key_reference(content))
    return pki::fail(pki::Errc::malformed, {messages::sealing_key_form, file.string()});
  if (key.has_error()) return about(file, key.error());
  return key;
}

pki::Result<std::string> KeyFolder::protected_sealing_key(const KeyKeeping& wanted, KeyAccess& next) const {
  TRY_ASSIGN(const KeyKeeping before, keeping());
  TRY_ASSIGN(const std::filesystem::path file, sealing_key_file());
  TRY_ASSIGN(std::string content, read_secret(file));
  // What the same token has wrapped stays as it is.
  if (is_key_reference(content) && wanted.token == before.token) return content;
  TRY_ASSIGN(pki::Bytes key, load_sealing_key());
  auto encoded = encode_sealing_key(key, wanted, &next);
  pki::wipe(key);
  return encoded;
}

pki::Result<std::vector<std::string>> KeyFolder::protect(const KeyKeeping& wanted, KeyAccess& next) const {
  const KeyFolder aside(folder_.string() + ".new");
  const FolderAside removed_at_the_end(aside.folder_);
  TRY_ASSIGN(const std::filesystem::path former_file, sealing_key_file());
  TRY_ASSIGN(std::string sealing_key, protected_sealing_key(wanted, next));
  std::vector<std::string> changed;
  for (const auto& [name, form] : list()) {
    TRY_ASSIGN(std::string content, read_secret(path_of(name)));
    const auto key = form == KeyForm::on_token ? std::nullopt : std::optional(load(name));
    // What a kill has left may be half a key, and is kept all the same.
    if (key && (key->has_value() || !is_left_key(name))) {
      TRY(*key);
      TRY_ASSIGN(content, encode(**key, wanted, &next));
      changed.push_back(name);
    }
    write_secret(aside.path_of(name), content);
    pki::wipe(content);
  }
  TRY(aside.set_keeping(wanted));
  const std::filesystem::path file =
      wanted.sealing_key.empty() ? aside.path_of(kSealingKeyName) : wanted.sealing_key;
  TRY(replace_secret(file, sealing_key));
  pki::wipe(sealing_key);
  changed.push_back(file.filename().string());
  // Both names at once: whenever it is broken off, one whole folder is there.
  if (::renameat2(AT_FDCWD, aside.folder_.c_str(), AT_FDCWD, folder_.c_str(), RENAME_EXCHANGE) != 0)
    fail_file(folder_, messages::cannot_write_file);
  if (former_file != file && former_file.parent_path() != folder_) std::filesystem::remove(former_file);
  return changed;
}

pki::Result<KeyFolder::Files> KeyFolder::files_to_back_up() const {
  Files files;
  for (const auto& [name, form] : list())
    (form == KeyForm::plain ? files.plain : files.may_travel).push_back(name);
  TRY_ASSIGN(const std::filesystem::path sealing_key, sealing_key_file());
  if (sealing_key.parent_path() == folder_ && std::filesystem::exists(sealing_key)) {
    TRY_ASSIGN(const std::string content, read_secret(sealing_key));
    const bool may_travel = is_key_reference(content) || pki::is_encrypted_secret(content);
    (may_travel ? files.may_travel : files.plain).emplace_back(kSealingKeyName);
  }
  if (!files.may_travel.empty() && std::filesystem::exists(path_of(kKeepingName)))
    files.may_travel.emplace_back(kKeepingName);
  return files;
}

std::vector<std::pair<std::string, KeyForm>> KeyFolder::list() const {
  std::vector<std::pair<std::string, KeyForm>> found;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, missing)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(kKeyEnding) || name == kSealingKeyName) continue;
    if (const auto content = read_secret(entry.path())) found.emplace_back(name, form_of(*content));
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace ca
