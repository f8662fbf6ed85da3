// Reading or making the password.

#include "cli/p12_password.h"

#include <unistd.h>

#include "cli/command.h"
#include "pki/messages/cli.h"
#include "pki/random.h"

namespace cli {

namespace {

P12Password make_password(const std::filesystem::path& file) {
  const std::string password = pki::to_hex(pki::Rng::system().bytes(12));
  write_file(file, pki::as_bytes(password + "\n"), FileSecrecy::owner_only);
  return {password, file};
}

}  // namespace

P12Password p12_password(const std::string& password_file, const std::filesystem::path& folder) {
  const std::filesystem::path default_file = folder / "p12-password.txt";
  if (password_file.empty() && !std::filesystem::exists(default_file)) return make_password(default_file);
  const std::filesystem::path file =
      password_file.empty() ? default_file : std::filesystem::path(password_file);
  const std::string text = read_text_file(file);
  return {text.substr(0, text.find_first_of("\r\n")), file};
}

std::filesystem::path own_password_file(const std::filesystem::path& file) {
  return file.string() + ".password";
}

P12Password own_p12_password(const std::filesystem::path& file) {
  return make_password(own_password_file(file));
}

std::string password_beside(const std::string& credential) {
  std::error_code ignored;
  const auto file = std::filesystem::absolute(credential);
  for (const auto& password : {own_password_file(file), file.parent_path() / "p12-password.txt"})
    if (std::filesystem::exists(password, ignored)) return password.string();
  return "";
}

std::filesystem::path prepare_new_file(const std::filesystem::path& file) {
  std::filesystem::path absolute = std::filesystem::absolute(file);
  std::error_code error;
  std::filesystem::create_directories(absolute.parent_path(), error);
  if (error || ::access(absolute.parent_path().c_str(), W_OK | X_OK) != 0 ||
      std::filesystem::is_directory(absolute, error))
    throw Failure(kUsage, {messages::out_unwritable, file.string()});
  if (std::filesystem::exists(absolute, error)) throw Failure(kUsage, {messages::out_exists, file.string()});
  return absolute;
}

}  // namespace cli
