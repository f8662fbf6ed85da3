// Reading or making the password.

#include "cli/p12_password.h"

#include "cli/command.h"
#include "pki/random.h"

namespace cli {

P12Password p12_password(const std::string& password_file, const std::filesystem::path& folder) {
  const std::filesystem::path default_file = folder / "p12-password.txt";
  if (password_file.empty() && !std::filesystem::exists(default_file)) {
    const std::string password = pki::to_hex(pki::Rng::system().bytes(12));
    write_file(default_file, pki::as_bytes(password + "\n"), FileSecrecy::owner_only);
    return {password, default_file};
  }
  const std::filesystem::path file =
      password_file.empty() ? default_file : std::filesystem::path(password_file);
  const std::string text = read_text_file(file);
  return {text.substr(0, text.find_first_of("\r\n")), file};
}

}  // namespace cli
