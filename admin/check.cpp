// /v1/check: what stands in the store and would not stand by the rules of today.

#include "admin/api.h"
#include "law/differing.h"

namespace admin {

namespace {

// More are counted and not listed.
constexpr std::size_t kFindingsMax = 1'000;

// The items, or "card" or "register" for what the certificate has lost.
json::array what_differs(const law::Difference& difference) {
  if (difference.event == law::Event::card_lapse) return {"card"};
  if (difference.event == law::Event::deletion) return {"register"};
  json::array items;
  for (const registry::EventField field : difference.items)
    items.emplace_back(to_string(field));
  return items;
}

pki::Result<Answer> check(const RequestContext& call) {
  json::array findings;
  std::size_t count = 0;
  const auto transaction = call.services.environment.read();
  for (law::DifferenceCursor found(transaction, call.services.vault, call.services.clock.now());
       found.valid(); found.next()) {
    if (++count > kFindingsMax) continue;
    const registry::Consequence& missing = found.row().consequence;
    findings.push_back(json::object{{"resident", to_string(found.row().resident)},
                                    {"certificate", to_string(missing.certificate)},
                                    {"kind", pki::to_string(missing.kind)},
                                    {"differs", what_differs(found.row())},
                                    {"reason", pki::to_string(missing.reason.value())},
                                    {"article", missing.article}});
  }
  return Answer{.body = json::object{{"count", count}, {"findings", std::move(findings)}}};
}

}  // namespace

std::vector<ApiEndpoint> check_endpoints() {
  return {{{http::Method::get, "/v1/check", Action::check}, check}};
}

}  // namespace admin
