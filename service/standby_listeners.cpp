// Three routers, each with one answer.

#include "service/standby_listeners.h"

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "admin/problem.h"
#include "http/url.h"
#include "ocsp/response.h"
#include "ocsp/target.h"
#include "pki/messages/service.h"
#include "service/cluster_metrics.h"
#include "service/listeners.h"
#include "service/local_users.h"
#include "service/pages.h"

namespace service {

namespace {

constexpr std::array kMethods = {http::Method::get,    http::Method::head,  http::Method::post,
                                 http::Method::put,    http::Method::patch, http::Method::delete_,
                                 http::Method::options};

pki::Message where_the_leader_is(const StandbyState& state) {
  if (state.leader.empty()) return messages::stands_by_without_leader;
  if (state.address.empty()) return {messages::stands_by, state.leader};
  return {messages::stands_by_at, state.leader, state.address};
}

http::Response for_verifiers(const StandbyState& state, const http::Request& request) {
  const bool is_method_of_ocsp = request.method == http::Method::get || request.method == http::Method::post;
  if (ocsp::target_of(request.path) && is_method_of_ocsp) return try_later();
  http::Response response = http::problem(503, where_the_leader_is(state).in(pki::Language::en));
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

// The whole router: whatever the path.
void answer_everything(http::Router& router, const http::Handler& handler) {
  for (const http::Method method : kMethods)
    router.add_prefix(method, "/", handler);
}

// So that a slow client does not keep the machine from leading.
http::Limits limits_of_standby() {
  http::Limits limits;
  limits.drain_timeout = std::chrono::milliseconds{200};
  return limits;
}

}  // namespace

http::Response try_later() {
  http::Response response;
  response.content_type = "application/ocsp-response";
  response.headers.push_back({"Cache-Control", "no-store"});
  const auto bytes = ocsp::encode_error(ocsp::ResponseStatus::try_later);
  response.body = pki::Bytes(bytes.begin(), bytes.end());
  return response;
}

void mount_standby_for_verifiers(http::Router& router, const Standby& standby) {
  answer_everything(
      router, [&standby](const http::Request& request) { return for_verifiers(standby.state(), request); });
}

// What a view serves is mounted before; nothing else is here, whoever leads.
void mount_view_for_verifiers(http::Router& router) {
  answer_everything(router, [](const http::Request& request) {
    if (ocsp::target_of(request.path)) return try_later();
    return http::problem(404, pki::Message(messages::view_stands).in(pki::Language::en));
  });
}

void mount_standby_for_operators(http::Router& router, const Standby& standby) {
  answer_everything(router, [&standby](const http::Request& request) {
    return admin::problem_response(pki::fail(pki::Errc::unreachable, where_the_leader_is(standby.state())),
                                   admin::language_of(request));
  });
}

namespace {

http::Response readiness_of(const Standby& standby, const StandbyAnswers* answers, bool is_for_answers) {
  const StandbyState state = standby.state();
  const bool is_view = answers != nullptr && answers->role() == FollowerRole::view;
  // A view does all that it is for when it answers.
  is_for_answers = is_for_answers || is_view;
  const auto answer_fault = answers != nullptr ? answers->fault() : std::optional(where_the_leader_is(state));
  std::vector<std::string> faults;
  if (!is_for_answers) faults.push_back("cluster: " + where_the_leader_is(state).in(pki::Language::en));
  if (answer_fault && (is_for_answers || answers != nullptr))
    faults.push_back("cluster: " + answer_fault->in(pki::Language::en));
  if (!is_for_answers && state.fault) faults.push_back("cluster: " + state.fault->in(pki::Language::en));
  if (is_view && state.fault && !faults.empty())
    faults.push_back("cluster: " + state.fault->in(pki::Language::en));
  return readiness_response(faults, false, is_view ? "view" : "standby");
}

}  // namespace

void mount_standby_ops(http::Router& router, const Standby& standby, const StandbyAnswers* answers) {
  router.add(http::Method::get, "/livez",
             [](const http::Request&) { return http::text_response(200, "text/plain", "ok\n"); });
  router.add(http::Method::get, "/readyz", [&standby, answers](const http::Request& request) {
    return readiness_of(standby, answers, http::query_value(request.query, "for") == "answers");
  });
  router.add(http::Method::get, "/metrics", [&standby, answers](const http::Request&) {
    const StandbyState state = standby.state();
    return http::text_response(200, "text/plain; version=0.0.4; charset=utf-8",
                               cluster_metrics_text({.leads = false,
                                                     .may_answer = answers != nullptr && !answers->fault(),
                                                     .row = state.row,
                                                     .is_faulty = state.fault.has_value()}));
  });
}

StandbyListeners::StandbyListeners(http::Runtime& runtime, const Config& config, const DataFolder& data,
                                   const Standby& standby, StandbyAnswers& answers) {
  answers.mount(*verifier_router_);
  const bool is_view = answers.role() == FollowerRole::view;
  if (is_view)
    mount_view_for_verifiers(*verifier_router_);
  else
    mount_standby_for_verifiers(*verifier_router_, standby);
  mount_standby_for_operators(*admin_router_, standby);
  mount_standby_ops(*ops_router_, standby, &answers);
  http::Limits limits = limits_of_verifiers(&answers.guards());
  limits.drain_timeout = limits_of_standby().drain_timeout;
  verifier_ = std::make_unique<http::Server>(runtime, http::Listener{.name = "verifier",
                                                                     .address = config.verifier_listener,
                                                                     .limits = limits,
                                                                     .router = verifier_router_,
                                                                     .guard = answers.guard()});
  ops_ = std::make_unique<http::Server>(runtime, http::Listener{.name = "ops",
                                                                .address = config.ops_listener,
                                                                .limits = limits_of_standby(),
                                                                .router = ops_router_});
  if (is_view) return;
  if (!config.admin_group.empty())
    if (const auto opened = let_group_pass(data.root, config.admin_group); opened.has_error())
      throw std::runtime_error(opened.error().text());
  admin_ = std::make_unique<http::Server>(
      runtime, http::Listener{.name = "admin",
                              .address = http::UnixPath{data.admin_socket().string()},
                              .limits = limits_of_standby(),
                              .router = admin_router_});
}

}  // namespace service
