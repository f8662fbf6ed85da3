// The items that an event may carry, once for all ways of telling it: options of `jpki event`, columns and
// members of a feed, fields of the API.

#pragma once

#include <array>

namespace cli {

struct EventField {
  const char* option;  // "--former-name"
  const char* field;   // "former_name", in feeds and in the API
  const char* text;    // For the help.
};

inline constexpr std::array kEventFields = {
    EventField{"--date", "date", "The day on which it happened (default: today)"},
    EventField{"--name", "name", "New name"},
    EventField{"--furigana", "furigana", "New furigana"},
    EventField{"--former-name", "former_name", "New former surname"},
    EventField{"--alias", "alias", "New alias"},
    EventField{"--birth", "birth", "New date of birth"},
    EventField{"--sex", "sex", "New sex"},
    EventField{"--address", "address", "New address"},
    EventField{"--municipality", "municipality", "New municipality or ward"},
    EventField{"--card-expires", "card_expires", "New last day of the card"},
    EventField{"--planned", "planned", "Planned day of leaving (move-out, overseas-exit)"},
    EventField{"--cause", "cause", "Number of the cause (card-lapse)"},
    EventField{"--correction", "correction", "Kind of correction"},
    EventField{"--insist", "insist",
               "Why it is a minor correction all the same; goes into the audit log (minor-correction)"},
    EventField{"--reason", "reason",
               "Why another municipality takes it, by name or number (holder-application, key-notice)"},
    EventField{"--kind", "kind", "sign or auth, for events about keys (default: every kind)"},
    EventField{"--event-id", "event_id", "The feed's own id: an event is recorded once under it"},
    EventField{"--feed-sequence", "feed_sequence", "The feed's number: it must rise within a resident"},
    EventField{"--feed", "feed", "The feed's name, where several number their events"},
};

}  // namespace cli
