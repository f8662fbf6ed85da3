// Opening the files.

#include "cli/two_credentials.h"

#include <filesystem>

#include "cli/key_files.h"

namespace cli {

namespace {

service::ShownCredential read_shown(const std::string& file, const std::string& password_file) {
  const auto beside = std::filesystem::absolute(file).parent_path() / "p12-password.txt";
  KeyFiles files = read_key_files(
      file, {}, password_file.empty() && std::filesystem::exists(beside) ? beside.string() : password_file);
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
