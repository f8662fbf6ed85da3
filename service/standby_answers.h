// What a machine that stands by answers under its read lease (docs/cluster.md, section 5): status by OCSP,
// the PIN-less path by the machines' common nonces; the lists that it has whole; certificates of CAs and
// notices.

#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "ca/key_folder.h"
#include "crl/list_health.h"
#include "crl/serve.h"
#include "http/router.h"
#include "http/runtime.h"
#include "ocsp/service.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "service/guard.h"
#include "service/inbox.h"
#include "service/standby.h"
#include "store/environment.h"
#include "verifier/ledger_counters.h"
#include "verifier/recognition.h"

namespace service {

using RequestSigner = std::function<pki::Result<std::shared_ptr<const pki::Signer>>()>;

struct StandbyAnswersSetting {
  const store::Environment& environment;
  const Config& config;
  const DataFolder& data;
  LogMember& member;
  // Where the keys of this machine's own responders come from; empty: it has none.
  ca::KeySource make_key = {};
  // What requests for responders are signed with; empty: the key of the operations CA.
  RequestSigner request_signer = {};
  FollowerRole role = FollowerRole::standby;
  // Hears of faults, one line each.
  http::ErrorHandler on_error = {};
};

class StandbyAnswers final {
 public:
  // All of `setting` must outlive the object.
  static pki::Result<std::unique_ptr<StandbyAnswers>> create(const StandbyAnswersSetting& setting);
  StandbyAnswers(const StandbyAnswers&) = delete;
  StandbyAnswers& operator=(const StandbyAnswers&) = delete;

  // The one whose lease is asked for before each answer. Once, before anything is served.
  void answer_under(const Standby& standby) { standby_ = &standby; }
  // Takes new responders into use: for Standby::OnRows.
  void follow(const store::ReadTransaction& transaction);
  // Fetches lists that are not here and looks which are whole; from one thread, again and again.
  void look_at_lists();
  // No further list is fetched: this machine has come to lead. From any thread.
  void stop_fetching() { may_fetch_ = false; }
  // Sends what was answered since to the leader, who keeps the ledger, and asks it for a responder of this
  // machine's own where there is none whose key is here, or it ends soon; from one thread, again and again.
  void send();

  // Why nothing is said of a status now; nothing when it is.
  [[nodiscard]] std::optional<pki::Message> fault() const;
  void mount(http::Router& router);
  // For the listener that `router` is of.
  [[nodiscard]] http::Guard guard() const;
  [[nodiscard]] const Guards& guards() const { return guards_; }
  [[nodiscard]] FollowerRole role() const { return setting_.role; }

 private:
  explicit StandbyAnswers(const StandbyAnswersSetting& setting);
  [[nodiscard]] ocsp::ServiceOptions ocsp_options();
  [[nodiscard]] crl::CrlEndpointOptions list_options();
  [[nodiscard]] pki::Result<void> load_responders(const store::ReadTransaction& transaction);
  pki::Result<void> fetch_what_is_missing();
  void ask_for_responders();
  [[nodiscard]] pki::Result<std::shared_ptr<const pki::Signer>> request_signer() const;
  void ask_for_responder(const registry::Issuer& issuer, const registry::ResponderRecord& record,
                         pki::Time now);

  const StandbyAnswersSetting setting_;
  const ca::KeyFolder keys_;
  // Within kClocksApart of the log's when a lease is asked for; it notices leaps after that.
  const TrustedClock clock_;
  const Standby* standby_ = nullptr;
  verifier::Recognition recognition_;
  Guards guards_;
  verifier::LedgerCounters counters_;
  Outbox outbox_;
  crl::ListHealth list_health_;
  std::unique_ptr<ocsp::Service> ocsp_;
  crl::CrlEndpoint lists_;
  // Certificates of the responders in use, by generation; of the thread of follow().
  std::map<registry::IssuerId, pki::Bytes> responders_;
  std::optional<std::int64_t> missing_since_;
  std::atomic<bool> has_responders_{false};
  // When a responder was asked for last, by generation; of the thread of send(), as is the next.
  std::map<registry::IssuerId, std::int64_t> asked_at_;
  bool is_counting_reported_ = false;
  std::atomic<bool> may_fetch_{true};
  // Of the thread of look_at_lists().
  bool is_fetching_reported_ = false;
  mutable std::mutex mutex_;
  std::optional<pki::Message> missing_;  // Guarded by mutex_: why there is a generation without a responder.
};

}  // namespace service
