// /v1/residents/{id}/withdrawals: the holder takes back consents given to a verifier, through the
// municipality (規則35-2⑤).

#include <algorithm>

#include "admin/api.h"
#include "admin/resident_lookup.h"
#include "pki/messages/admin.h"
#include "pki/number.h"
#include "registry/actor.h"
#include "registry/residents.h"
#include "verifier/consents.h"
#include "verifier/verifiers.h"

namespace admin {

namespace {

json::object to_json(const verifier::Withdrawal& withdrawal) {
  json::object items;
  for (const verifier::FourItem item : verifier::kFourItems)
    if (const auto& until = withdrawal.until[static_cast<std::size_t>(item)])
      items[to_string(item)] = pki::to_rfc3339(*until);
  return {{"verifier", std::to_string(withdrawal.verifier)}, {"withdrawn", std::move(items)}};
}

struct Request {
  std::uint64_t verifier = 0;
  // Never empty: all four unless some are named.
  std::vector<verifier::FourItem> items;
};

pki::Result<Request> read_request(const RequestContext& call) {
  FieldReader fields(call.body);
  Request request;
  TRY_ASSIGN(const std::string verifier, fields.required_text("verifier"));
  const auto id = pki::parse_number<std::uint64_t>(verifier);
  if (!id) return pki::invalid("verifier", messages::verifier_id_text);
  request.verifier = *id;
  TRY_ASSIGN(const auto items, fields.texts("items"));
  for (const std::string& text : items) {
    const auto item = verifier::parse_four_item(text);
    if (!item) return pki::invalid("items", messages::four_items_form);
    request.items.push_back(*item);
  }
  if (items.empty()) request.items.assign(verifier::kFourItems.begin(), verifier::kFourItems.end());
  TRY(fields.finish());
  return request;
}

// Consents given up to this moment count no more; one that is given later does.
pki::Result<Answer> withdraw(const RequestContext& call) {
  TRY_ASSIGN(const Request request, read_request(call));
  const auto municipality = [&]() -> pki::Result<std::uint32_t> {
    TRY_ASSIGN(const registry::Resident resident, find_within_reach(call, call.services.environment.read()));
    return resident.municipality;
  }();
  if (municipality.has_error()) return municipality.error();
  TRY_ASSIGN(const registry::Actor actor, call.actor_for_resident(*municipality));
  Answer answer{.status = 201, .body = {}};
  TRY(call.execute(
      actor, "consent withdraw", answer, [&](store::CommandContext& context) -> pki::Result<void> {
        TRY_ASSIGN(const registry::Resident resident, find_within_reach(call, context.transaction));
        if (!verifier::find_verifier(context.transaction, request.verifier))
          return pki::invalid("verifier", messages::verifier_unknown);
        verifier::Withdrawal withdrawal{
            .resident = resident.id,
            .verifier = request.verifier,
            .until = verifier::find_withdrawal(context.transaction, resident.id, request.verifier)};
        for (const verifier::FourItem item : request.items)
          withdrawal.until[static_cast<std::size_t>(item)] = context.now;
        verifier::put_withdrawal(context.transaction, withdrawal);
        context.subjects = {"resident " + to_string(resident.id),
                            "verifier " + std::to_string(request.verifier)};
        answer.body = to_json(withdrawal);
        return {};
      }));
  return answer;
}

pki::Result<Answer> list(const RequestContext& call) {
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const registry::Resident resident, find_within_reach(call, transaction));
  TRY(call.look(resident.municipality, "consent list", "resident " + to_string(resident.id)));
  json::array withdrawals;
  for (const verifier::Withdrawal& withdrawal : verifier::withdrawals_of(transaction, resident.id))
    withdrawals.push_back(to_json(withdrawal));
  return Answer{.body = json::object{{"withdrawals", std::move(withdrawals)}}};
}

}  // namespace

std::vector<ApiEndpoint> consent_endpoints() {
  return {{{http::Method::post, "/v1/residents/{id}/withdrawals", Action::withdraw_consent}, withdraw},
          {{http::Method::get, "/v1/residents/{id}/withdrawals", Action::read_register}, list}};
}

}  // namespace admin
