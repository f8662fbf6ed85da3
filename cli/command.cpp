// Shared parts of the commands.

#include "cli/command.h"

#include <iostream>

#include "cli/client_config.h"
#include "cli/environment_variable.h"
#include "cli/key_files.h"
#include "cli/local_time.h"
#include "cli/p12_password.h"
#include "pki/messages/cli.h"
#include "service/clock.h"

namespace cli {

namespace {

const std::string& first_of(const std::string& one, const std::string& other) {
  return one.empty() ? other : one;
}

// Trusts the CA that came with the credential: the operations CA, of which the listener's certificate is,
// too.
std::shared_ptr<const http::TlsClient> read_credential(const std::string& credential,
                                                       const std::string& password_file) {
  // Every connection ends before the program does.
  static const service::SystemClock clock;
  KeyFiles files =
      read_key_files(credential, {}, password_file.empty() ? password_beside(credential) : password_file);
  if (files.others.empty()) throw Failure(kUsage, {messages::credential_without_ca, credential});
  http::TlsClientOptions options{.authorities = files.others, .identity = {}};
  options.identity = http::TlsIdentity{.certificates = {files.certificate}, .key = std::move(files.key)};
  return value_or_fail(http::TlsClient::create(std::move(options), clock));
}

AdminEndpoint find_endpoint(const CommonOptions& common) {
  AdminEndpoint endpoint{
      .socket = common.socket.empty() ? common.data_folder().admin_socket().string() : common.socket,
      .url = common.url,
      .as = common.as,
      .tls = {},
      .language = common.language};
  if (common.is_local && endpoint.url.empty()) return endpoint;
  const ClientConfig config = value_or_fail(read_client_config(client_config_file()));
  endpoint.as = first_of(endpoint.as, config.as);
  const bool has_data_folder = !environment_variable("JPKI_DATA").empty();
  endpoint.url = first_of(endpoint.url, environment_variable("JPKI_URL"));
  if (endpoint.url.empty() && !has_data_folder) endpoint.url = config.url;
  const std::string credential =
      first_of(common.credential, first_of(environment_variable("JPKI_CREDENTIAL"), config.credential));
  const std::string password_file = first_of(
      common.credential_password_file,
      first_of(environment_variable("JPKI_CREDENTIAL_PASSWORD_FILE"), config.credential_password_file));
  if (endpoint.url.starts_with("https:") && !credential.empty())
    endpoint.tls = read_credential(credential, password_file);
  return endpoint;
}

}  // namespace

const AdminEndpoint& CommonOptions::endpoint() const {
  std::call_once(found_->once, [&] { found_->endpoint = find_endpoint(*this); });
  return found_->endpoint;
}

AdminClient CommonOptions::connect() const {
  return value_or_fail(AdminClient::connect(endpoint()));
}

void print(const CommonOptions& common, const json::value& value, const std::string& words) {
  if (common.json) {
    std::cout << json::serialize(value) << "\n";
  } else if (!common.quiet) {
    std::cout << in_local_time(words);
    if (!words.empty() && words.back() != '\n') std::cout << "\n";
  }
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos)
      encoded += c;
    else
      encoded += "%" + pki::to_hex(pki::as_bytes(std::string_view(&c, 1)));
  }
  return encoded;
}

std::string text_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return {};
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::string read_text_file(const std::filesystem::path& file) {
  return value_or_fail(pki::read_file(file));
}

void write_file(const std::filesystem::path& file, pki::ByteView content, FileSecrecy secrecy) {
  // A full disk or a missing folder is of the surroundings, and no failure of the program.
  if (const auto saved = pki::save_file(file, content, secrecy); saved.has_error())
    throw Failure(kUsage, saved.error().message);
}

}  // namespace cli
