// The commands below `jpki mock` that speak to a running mock.

#pragma once

#include "cli/command.h"

namespace cli {

void add_mock_control_commands(CommandLine& line, const Command& mock);

// `jpki card`.
void add_card_command(CommandLine& line);

// --control of a command, with what JPKI_MOCK_CONTROL says.
std::shared_ptr<std::string> make_control_option();
void add_control_option(const Command& command, std::string& control);
// Throws Failure when no mock is there.
AdminClient connect_to_mock(const std::string& control);

}  // namespace cli
