// Scenarios: a life as a TOML file, played to a mock (docs/mock.md section 7).
//
// A file has [[resident]]s, each with a name for the steps, and [[step]]s in their order. A file that is not
// understood changes nothing.

#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pki/result.h"
#include "pki/time.h"

namespace mock {

// Which certificates a card gets.
enum class CardContentWish : std::uint8_t { both, auth, none };

struct ScenarioResident {
  // By which the steps know the resident, and the first line: its state.
  std::string name;
  CardContentWish card = CardContentWish::both;
  // As POST /v1/residents takes them; what is left out is invented. Days may be relative (day_of).
  boost::json::object items;
  std::uint32_t line = 0;
};

struct ScenarioStep {
  enum class Kind : std::uint8_t { event, fault, publish, renew, heal, lock, consent, new_generation };
  Kind kind = Kind::event;
  // How long after the step before, a duration of ISO 8601; empty: at once.
  std::string after;
  // Whom it is about; empty for fault, publish, heal and new_generation.
  std::string resident;
  // The members of the request; of renew and lock the kind of certificate, of consent its date.
  boost::json::object body;
  std::uint32_t line = 0;
};

struct Scenario {
  // For messages.
  std::string file;
  std::string title;
  std::vector<ScenarioResident> residents;
  std::vector<ScenarioStep> steps;

  // How long it takes, from a moment on.
  [[nodiscard]] pki::Time end(pki::Time begin) const;
};

// Errc::invalid_value names file, line and key of what is wrong; Errc::malformed for what is no TOML.
[[nodiscard]] pki::Result<Scenario> parse_scenario(std::string_view text, std::string_view file);

// Members whose text is a relative day, "today", "today+P3D" or "today-P1M", as YYYY-MM-DD.
[[nodiscard]] pki::Result<boost::json::object> with_days(const boost::json::object& items, pki::Time now);

// The moment of a consent: RFC 3339, or the beginning of a day, which may be relative. Nothing for other
// texts.
[[nodiscard]] std::optional<pki::Time> read_given(std::string_view text, pki::Time now);

// The scenarios that the program carries.
struct LibraryScenario {
  std::string_view name, text;
};
[[nodiscard]] std::span<const LibraryScenario> scenario_library();
// One of the library, or a file. Errc::invalid_value lists the library when there is neither.
[[nodiscard]] pki::Result<Scenario> load_scenario(const std::string& name_or_file);

}  // namespace mock
