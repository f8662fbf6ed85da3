// The help of the commands in Japanese.

#pragma once

#include <string_view>
#include <vector>

#include "pki/message.h"

namespace CLI {
class App;
}  // namespace CLI

namespace cli {

// Every text that a command or an option has, in both languages (cli/help_texts.inc); the ids are empty.
[[nodiscard]] const std::vector<pki::MessageText>& help_texts();

// Puts the Japanese text in the place of every description, in CLI11's own words too. A text that the table
// lacks stays as it is, which a test does not let happen.
void say_help_in_japanese(CLI::App& app);

}  // namespace cli
