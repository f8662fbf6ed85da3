// Shared parts of the commands.

#include "cli/command.h"

#include <iostream>

#include "cli/local_time.h"

namespace cli {

AdminEndpoint CommonOptions::endpoint() const {
  return {.socket = socket.empty() ? data_folder().admin_socket().string() : socket, .url = url, .as = as};
}

AdminClient CommonOptions::connect() const {
  return value_or_fail(AdminClient::connect(endpoint()));
}

CLI::App* add_command(CommandLine& line, CLI::App& parent, const std::string& name,
                      const std::string& description, const std::string& example) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer("Example:\n  " + example);
  command->fallthrough();
  static_cast<void>(line);
  return command;
}

void on_run(CommandLine& line, CLI::App* command, std::function<int()> function) {
  command->callback([&line, function = std::move(function)] { line.chosen = function; });
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
  value_or_fail(pki::save_file(file, content, secrecy));
}

}  // namespace cli
