// Four keys, all of them texts.

#include "cli/client_config.h"

#include <toml++/toml.h>

#include <array>
#include <utility>

#include "cli/environment_variable.h"
#include "pki/file.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

constexpr std::array kKeys = {std::pair{"url", &ClientConfig::url},
                              std::pair{"credential", &ClientConfig::credential},
                              std::pair{"credential_password_file", &ClientConfig::credential_password_file},
                              std::pair{"as", &ClientConfig::as}};

}  // namespace

std::filesystem::path client_config_file() {
  if (const std::string folder = environment_variable("XDG_CONFIG_HOME"); !folder.empty())
    return std::filesystem::path(folder) / "jpki" / "client.toml";
  if (const std::string home = environment_variable("HOME"); !home.empty())
    return std::filesystem::path(home) / ".config" / "jpki" / "client.toml";
  return {};
}

pki::Result<ClientConfig> read_client_config(const std::filesystem::path& file) {
  std::error_code ignored;
  ClientConfig config;
  if (file.empty() || !std::filesystem::exists(file, ignored)) return config;
  TRY_ASSIGN(const std::string text, pki::read_file(file));
  toml::table table;
  try {
    table = toml::parse(text, file.string());
  } catch (const toml::parse_error& error) {
    return pki::fail(pki::Errc::malformed, {messages::at_line, file.string(),
                                            std::to_string(error.source().begin.line), error.description()});
  }
  for (const auto& [name, node] : table) {
    std::string ClientConfig::* member = nullptr;
    for (const auto& [known, place] : kKeys)
      if (name.str() == known) member = place;
    const auto value = node.value_exact<std::string>();
    if (member == nullptr || !value)
      return pki::invalid(std::string(name.str()),
                          {member == nullptr ? messages::client_key_unknown : messages::client_key_not_text,
                           file.string(), std::to_string(name.source().begin.line), name.str()});
    config.*member = *value;
  }
  return config;
}

}  // namespace cli
