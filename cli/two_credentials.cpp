// Reads each credential from its file; the passwords are in files, too.

#include "cli/two_credentials.h"

#include "cli/key_files.h"
#include "cli/p12_password.h"

namespace cli {

namespace {

service::ShownCredential read_shown(const std::string& file, const std::string& password_file) {
  KeyFiles files = read_key_files(file, {}, password_file.empty() ? password_beside(file) : password_file);
  return {std::move(files.certificate), std::move(files.key)};
}

}  // namespace

std::optional<service::TwoCredentials> read_two_credentials(const CommonOptions& common,
                                                            const std::string& confirm_with) {
  if (common.credential.empty() || confirm_with.empty()) return std::nullopt;
  return service::TwoCredentials{read_shown(common.credential, common.credential_password_file),
                                 read_shown(confirm_with, {})};
}

}  // namespace cli
