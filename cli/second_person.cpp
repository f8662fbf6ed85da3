// The number of the request and the day on which it expires, in words for the terminal.

#include "cli/second_person.h"

#include "cli/command.h"
#include "pki/messages/cli.h"

namespace cli {

std::string SecondPersonNeeded::words(pki::Language language) const {
  const json::object& request = answer_.at("request").as_object();
  const std::string id = text_field(request, "id");
  return pki::Message(messages::second_person_needed, id, text_field(request, "expires_at")).in(language) +
         "\n";
}

}  // namespace cli
