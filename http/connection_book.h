// Which connections a listener's shard has, by whose they are, and which one makes room for a newcomer.
//
// Known clients are those of a registered network and those that have shown a credential; all others are
// strangers. A stranger never displaces a known client.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "http/address_share.h"

namespace http {

class Session;

enum class ClientKind : std::uint8_t { stranger, known };

// For one thread.
class ConnectionBook final {
 public:
  void add(Session& session);
  // Nothing for one that is not there.
  void remove(Session& session);
  // A stranger has become known.
  void promote(Session& session);

  [[nodiscard]] std::size_t count_of(ClientKind client_kind, const AddressShare& share) const;
  // The connection that waits longest for a request, of the address that has most; null when none waits.
  [[nodiscard]] Session* find_idle(ClientKind client_kind) const;
  // The same of one address.
  [[nodiscard]] Session* find_idle(ClientKind client_kind, const AddressShare& share) const;

 private:
  struct Group {
    std::map<AddressShare, std::vector<Session*>> by_share;
    // The same, by how many they are.
    std::set<std::pair<std::size_t, AddressShare>> by_count;
  };
  [[nodiscard]] const Group& group(ClientKind client_kind) const {
    return client_kind == ClientKind::known ? known_ : strangers_;
  }
  [[nodiscard]] Group& group(ClientKind client_kind) {
    return client_kind == ClientKind::known ? known_ : strangers_;
  }

  Group strangers_, known_;
};

}  // namespace http
