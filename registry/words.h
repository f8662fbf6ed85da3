// The words of records in messages: in English the word that one types and that records hold, in Japanese the
// term of the law.

#pragma once

#include "pki/message.h"
#include "registry/event_words.h"
#include "registry/residents.h"

namespace registry {

[[nodiscard]] pki::Message word(Event event);
[[nodiscard]] pki::Message word(CorrectionKind kind);
[[nodiscard]] pki::Message word(EventField field);
[[nodiscard]] pki::Message word(Residency residency);

}  // namespace registry
