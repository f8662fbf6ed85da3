// Lists by address, and the addresses in the order of their numbers.

#include "http/connection_book.h"

#include <algorithm>

#include "http/session.h"

namespace http {

namespace {

// Looking further costs more than it gives: addresses with fewer connections come next.
constexpr std::size_t kAddressesLookedAt = 8;

// Waiting for a request before being in the middle of one; longer before shorter.
bool is_idler(const Session* one, const Session* other) {
  if (one->is_between_requests() != other->is_between_requests()) return one->is_between_requests();
  return one->last_answered_at() < other->last_answered_at();
}

Session* longest_idle(const std::vector<Session*>& sessions) {
  Session* found = nullptr;
  for (Session* const session : sessions)
    if (session->may_be_displaced() && (found == nullptr || is_idler(session, found))) found = session;
  return found;
}

}  // namespace

void ConnectionBook::add(Session& session) {
  Group& all = group(session.client_kind());
  std::vector<Session*>& own = all.by_share[session.share()];
  all.by_count.erase({own.size(), session.share()});
  session.set_place(own.size());
  own.push_back(&session);
  all.by_count.emplace(own.size(), session.share());
}

void ConnectionBook::remove(Session& session) {
  Group& all = group(session.client_kind());
  const auto found = all.by_share.find(session.share());
  if (found == all.by_share.end()) return;
  std::vector<Session*>& own = found->second;
  const std::size_t place = session.place();
  if (place >= own.size() || own[place] != &session) return;
  all.by_count.erase({own.size(), session.share()});
  own[place] = own.back();
  own[place]->set_place(place);
  own.pop_back();
  if (own.empty())
    all.by_share.erase(found);
  else
    all.by_count.emplace(own.size(), session.share());
}

void ConnectionBook::promote(Session& session) {
  remove(session);
  session.set_client_kind(ClientKind::known);
  add(session);
}

std::size_t ConnectionBook::count_of(ClientKind client_kind, const AddressShare& share) const {
  const auto found = group(client_kind).by_share.find(share);
  return found == group(client_kind).by_share.end() ? 0 : found->second.size();
}

Session* ConnectionBook::find_idle(ClientKind client_kind) const {
  const Group& all = group(client_kind);
  std::size_t looked_at = 0;
  for (auto row = all.by_count.rbegin(); row != all.by_count.rend() && looked_at < kAddressesLookedAt;
       ++row, ++looked_at)
    if (Session* const session = longest_idle(all.by_share.at(row->second))) return session;
  return nullptr;
}

Session* ConnectionBook::find_idle(ClientKind client_kind, const AddressShare& share) const {
  const auto found = group(client_kind).by_share.find(share);
  return found == group(client_kind).by_share.end() ? nullptr : longest_idle(found->second);
}

}  // namespace http
