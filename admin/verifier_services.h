// The services for verifiers beside status: counterpart serial numbers (Act 18④⑤, 37③) and current items with
// the holder's consent (Act 18③, 19⑤).
//
// They are for the HTTPS verifier listener: only a client certificate shows who asks here. Each answer is a
// Command, so that it is on the audit log (verifier and serial, never an item) and in the ledger before it
// leaves.

#pragma once

#include <string>

#include "admin/api.h"
#include "verifier/ledger_counters.h"

namespace admin {

class VerifierServices final {
 public:
  // Everything referred to must outlive the object, and the object the router's use. Handlers run on
  // `workers`; `on_error` is called with internal faults.
  VerifierServices(ApiServices services, verifier::LedgerCounters& counters, Workers& workers,
                   http::ErrorHandler on_error);
  // Adds everything below /verifier/v1/.
  void mount(http::Router& router) { server_.mount(router, "/verifier/v1/"); }
  // What it serves.
  [[nodiscard]] static std::vector<Endpoint> endpoints();

 private:
  [[nodiscard]] pki::Result<Answer> answer(const FoundEndpoint& found, const http::Request& request);

  ApiServices services_;
  verifier::LedgerCounters& counters_;
  EndpointServer server_;
};

}  // namespace admin
