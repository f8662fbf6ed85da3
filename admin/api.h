// The REST API for operators: /v1/… on the admin listener, JSON, errors as RFC 9457 problem details.
//
// A table (admin/endpoints.h) maps method and path to a plain function of a RequestContext; the functions
// decide nothing about certificates themselves, they call law, ca, crl, verifier and registry.

#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/caller.h"
#include "admin/clock_control.h"
#include "admin/endpoints.h"
#include "admin/json.h"
#include "admin/pending_generation.h"
#include "admin/problem.h"
#include "admin/refusals.h"
#include "admin/workers.h"
#include "ca/authority.h"
#include "ca/issue.h"
#include "crl/publisher.h"
#include "http/router.h"
#include "http/runtime.h"
#include "law/lifecycle.h"
#include "pki/time.h"
#include "registry/actor.h"
#include "store/idempotency.h"
#include "store/log_check.h"
#include "store/vault.h"
#include "store/writer.h"

namespace admin {

// Begins the sealing of all records under a new data key, in the name of an operator (registry/data_keys.h).
// Empty where no service is behind the API (tests).
using RotationStart = std::function<pki::Result<void>(const registry::Actor&)>;

// What the handlers work with; all of it outlives them.
struct ApiServices {
  const store::Environment& environment;
  store::Writer& writer;
  const store::Vault& vault;
  const ca::Authority& authority;
  ca::Issuance& issuance;
  crl::Publisher& publisher;
  std::filesystem::path crl_folder;
  const pki::Clock& clock;
  law::RegisterPolicy register_policy = {};
  ClockControl clock_control = {};
  LocalRecognition local = {};
  // Whether what cannot be undone needs a second person, once there is one.
  bool two_persons = true;
  PrepareGeneration prepare_generation = {};
  // Reads the log to which the store belongs from end to end; empty where it belongs to none.
  std::function<pki::Result<store::LogChecked>(const store::LogPosition&)> check_log = {};
  RotationStart begin_rotation = {};
  // Returns when everything that a request may have read is acknowledged (store/read_leases.h): what repeats,
  // reads or refuses may tell of a change that other machines still lack. An error: the result must not be
  // given. Empty where nothing waits.
  std::function<pki::Result<void>()> await_acknowledgement = {};
};

// `result`, once what it rests on is acknowledged.
[[nodiscard]] pki::Result<Answer> acknowledged(const ApiServices& services, pki::Result<Answer> result);

// Errc::too_busy while the wall clock is in doubt: what is issued says for years when it was.
[[nodiscard]] pki::Result<void> require_believed_clock(const ApiServices& services);

// One request, taken apart.
struct RequestContext {
  const ApiServices& services;
  const http::Request& request;
  // The path's variable segments, in order.
  std::vector<std::string> parameters;
  json::object body;
  Caller caller;
  // What the request does, where the row of the table leaves it open decided by its body.
  Action action = Action::see_roles;
  // The header Jpki-As, if the caller said in which role he acts.
  std::optional<registry::Actor> stated_actor;
  // The role in which he acts as long as no resident is known.
  registry::Actor chosen_actor;
  // The name under which the caller is audited.
  std::string operator_name;
  // Idempotency-Key, scoped and hashed by the registry; empty without one.
  std::string idempotency_key;
  // Empty without a key.
  pki::Bytes request_hash;
  // What the request would do is asked: execute() works on a copy that is thrown away.
  bool is_preview = false;

  [[nodiscard]] std::optional<std::string> query(std::string_view name) const;
  // ?limit=N, 1 to `most`; `most` without one.
  [[nodiscard]] pki::Result<std::size_t> page_limit(std::size_t most) const;
  // Who acts in a command that is about no resident: one of the caller's roles that may do it.
  [[nodiscard]] const registry::Actor& actor() const { return chosen_actor; }
  // … about a resident of this municipality, absent when it is not known: that municipality unless stated, if
  // the caller has the role (admin/caller.h). `what`: the action, where one request has several.
  // Errc::forbidden when none of the caller's roles, or not the stated one, may do it.
  [[nodiscard]] pki::Result<registry::Actor> actor_for_resident(
      std::optional<std::uint32_t> municipality) const {
    return actor_for(action, municipality);
  }
  [[nodiscard]] pki::Result<registry::Actor> actor_for(Action what,
                                                       std::optional<std::uint32_t> municipality) const;
  // Errc::forbidden unless what was decoded is the action by which the request was judged.
  [[nodiscard]] pki::Result<void> require(Action decoded) const;
  // Before personal items of a resident of this municipality are shown. Errc::forbidden unless the caller may
  // read them; else the look is in the audit log when this returns, as `what` about `subject`.
  [[nodiscard]] pki::Result<void> look(std::uint32_t municipality, std::string what,
                                       std::string subject) const;
  // Runs a command and, in the same transaction, remembers `answer` under the Idempotency-Key. Errc::conflict
  // when another request under the key was faster; the caller of the operation then finds its answer.
  [[nodiscard]] pki::Result<void> execute(const registry::Actor& actor, std::string action,
                                          const Answer& answer, const store::CommandFunction& function) const;
  // The Idempotency-Key as a command carries it; without one it claims nothing.
  [[nodiscard]] store::IdempotencyClaim idempotency() const;
  // Errc::conflict when the Idempotency-Key was answered by now.
  [[nodiscard]] pki::Result<void> claim(const store::CommandContext& context) const;
  // Called inside the command that does the work, so that the answer is remembered with it or not at all.
  void remember(store::CommandContext& context, const Answer& answer) const;
};

using EndpointHandler = std::function<pki::Result<Answer>(const RequestContext&)>;

// Each file of this folder adds its rows.
struct ApiEndpoint {
  Endpoint endpoint;
  EndpointHandler handler;
};
[[nodiscard]] std::vector<ApiEndpoint> resident_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> card_search_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> event_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> event_batch_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> sweep_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> check_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> certificate_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> adoption_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> generation_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> rollover_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> clock_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> data_key_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> role_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> operator_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> view_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> operator_credential_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> retention_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> verifier_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> verifier_step_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> credential_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> publication_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> audit_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> statistics_endpoints(const ApiServices& services);
[[nodiscard]] std::vector<ApiEndpoint> report_endpoints();
[[nodiscard]] std::vector<ApiEndpoint> consent_endpoints();

// The API on a router. Handlers run on `workers`; `on_error` is called with internal faults.
class Api final {
 public:
  Api(ApiServices services, Workers& workers, http::ErrorHandler on_error);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;
  // Adds everything below /v1/; the object must outlive the router's use.
  void mount(http::Router& router) { server_->mount(router, "/v1/"); }
  // What it serves.
  [[nodiscard]] const std::vector<Endpoint>& endpoints() const { return server_->table(); }

 private:
  [[nodiscard]] pki::Result<Answer> answer(const FoundEndpoint& found, const http::Request& request);
  [[nodiscard]] pki::Result<Answer> answer_caller(const ApiEndpoint& row, RequestContext& call,
                                                  const pki::Result<json::object>& body);

  ApiServices services_;
  Refusals refusals_;
  std::vector<ApiEndpoint> rows_;
  std::optional<EndpointServer> server_;
};

}  // namespace admin
