// Refusals of the operators' API on their way into the audit log.
//
// Who tries what he may not do is of interest; a loop that tries it a thousand times a second is so once. A
// refusal that is the same as one of the last minute is counted, and the next entry says how many were left
// out; so is one for which there is no place among those that wait for their commit.

#pragma once

#include <memory>
#include <string>

#include "pki/result.h"
#include "pki/time.h"
#include "registry/actor.h"
#include "store/writer.h"

namespace admin {

// How long repetitions of a refusal are counted instead of written.
inline constexpr pki::Seconds kRefusalRepeats{60};

class Refusals final {
 public:
  // Both must outlive the object.
  Refusals(store::Writer& writer, const pki::Clock& clock);
  ~Refusals();
  Refusals(const Refusals&) = delete;
  Refusals& operator=(const Refusals&) = delete;

  // Notes that `actor` was refused `action`. Waits for nothing.
  void note(const registry::Actor& actor, const std::string& action);

 private:
  struct Backlog;

  store::Writer& writer_;
  const pki::Clock& clock_;
  // Shared with the commands that wait.
  std::shared_ptr<Backlog> backlog_;
};

}  // namespace admin
