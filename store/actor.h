// Who acted, as the audit log keeps it: the store carries it and does not interpret it. registry/actor.h
// does.

#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace store {

struct Actor {
  // No default for the role: an actor is made by Actor, never in passing.
  Actor(std::string operator_name, std::uint64_t role, std::uint64_t municipality)
      : operator_name(std::move(operator_name)), role(role), municipality(municipality) {}

  std::string operator_name;
  // registry::Role as a number.
  std::uint64_t role;
  // Six-digit code; 0 for none.
  std::uint64_t municipality;
};

}  // namespace store
