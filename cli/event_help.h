// The help of `jpki event`.

#pragma once

#include "cli/command_line.h"
#include "cli/language.h"

namespace cli {

// `jpki event NAME --help` shows the options that the event takes, and which it requires. `name` is the
// argument NAME of the command `event`.
void set_event_help(const Command& event, const Option& name, Language language);

}  // namespace cli
