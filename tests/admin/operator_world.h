// A world with operators: each request comes with one of their certificates, as over HTTPS.

#pragma once

#include <map>
#include <memory>
#include <string>

#include "admin/api.h"
#include "ca/operator_credential.h"
#include "http/message.h"
#include "registry/operators.h"
#include "tests/support/route.h"
#include "tests/support/world.h"

namespace support {

class OperatorWorld : public World {
 public:
  // An operator with these roles, as --role writes them, and a credential.
  void add(const std::string& name, const std::vector<std::string>& roles) {
    registry::Operator entry{.name = name, .grants = {}, .added_at = clock.now()};
    for (const std::string& role : roles) {
      const auto actor = registry::parse_actor(role, {}).value();
      entry.grants.push_back({actor.role, actor.municipality});
    }
    entry.credentials.push_back(
        ca::sign_operator_credential(*writer, *authority, {name, request()}, clock.now()).value());
    certificates_[name] = std::make_shared<const pki::Bytes>(entry.credentials.back().certificate);
    write([&](store::WriteTransaction& transaction) { registry::put_operator(transaction, entry); });
  }
  // The officer and the supervisor with whom two-person rules begin.
  void add_staff() {
    add("akiko", {"officer"});
    add("saburo", {"supervisor"});
  }

  [[nodiscard]] http::Peer peer_of(const std::string& name) const {
    http::Peer peer;
    peer.is_encrypted = true;
    if (!name.empty()) peer.client_certificate = certificates_.at(name);
    return peer;
  }
  // A request by this operator; without a name one that shows no certificate.
  http::Response by(const std::string& name, http::Method method, std::string_view target,
                    std::string_view body = {}, const std::vector<http::Header>& headers = {}) {
    return by(peer_of(name), method, target, body, headers);
  }
  http::Response by(const http::Peer& peer, http::Method method, std::string_view target,
                    std::string_view body = {}, const std::vector<http::Header>& headers = {}) {
    const http::OwnedRequest made = http::make_request(method, target, headers, pki::as_bytes(body));
    http::Request with_peer = *made;
    with_peer.peer = peer;
    return call_route(admin_router, http::OwnedRequest(with_peer));
  }
  // The audit log's entries, the newest first, as "operator role action subject …".
  [[nodiscard]] std::vector<std::string> audit() const {
    // Entries that nobody waits for come before this one.
    static_cast<void>(writer->execute({.actor = registry::system_actor(),
                                       .action = "test",
                                       .run = [](store::CommandContext&) { return pki::Result<void>{}; }}));
    std::vector<std::string> lines;
    const auto transaction = read();
    for (auto entries = store::newest_audit_entry(transaction); entries.valid(); entries.previous()) {
      const store::AuditEntry entry = entries.row();
      std::string line =
          entry.actor.operator_name + " " + to_string(registry::actor_of(entry.actor)) + " " + entry.action;
      for (const std::string& subject : entry.subjects)
        line += " " + subject;
      if (entry.action != "test") lines.push_back(std::move(line));
    }
    return lines;
  }

  // What operators have shown, by name; a test may put something else there.
  std::map<std::string, std::shared_ptr<const pki::Bytes>> certificates_;
};

inline boost::json::object object_of(const http::Response& response) {
  return boost::json::parse(body_of(response)).as_object();
}
inline std::string text_of(const boost::json::object& object, std::string_view field) {
  const boost::json::value* value = object.if_contains(field);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace support
