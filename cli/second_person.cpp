// In words.

#include "cli/second_person.h"

#include "cli/command.h"

namespace cli {

std::string SecondPersonNeeded::words() const {
  const json::object& request = answer_.at("request").as_object();
  const std::string id = text_field(request, "id");
  return "Request " + id +
         " waits for a second person: nothing is done yet.\n  A supervisor looks at it with "
         "`jpki requests show " +
         id + "` and does it with `jpki requests confirm " + id + "`, until " +
         text_field(request, "expires_at") + ".\n";
}

}  // namespace cli
