// How a verifier is recognised: evidence that an agreement lists, and its withdrawal (規則31, 33, 62).

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "admin/json.h"
#include "pki/network.h"
#include "verifier/verifiers.h"

namespace admin {

// What an agreement adds, or takes away.
struct AgreementItems {
  std::vector<pki::Network> networks;
  bool signature = false;
  bool tls = false;
  // The verifier's own CA for request signatures, DER.
  std::optional<pki::Bytes> ca;

  [[nodiscard]] bool empty() const { return networks.empty() && !signature && !tls && !ca; }
};

struct AgreementWithdrawal {
  std::vector<pki::Network> networks;
  bool signature = false;
  bool tls = false;
  // The subject of a CA as `verifier show` prints it, or the SHA-256 of its DER in hexadecimal digits.
  std::vector<std::string> cas;

  [[nodiscard]] bool empty() const { return networks.empty() && !signature && !tls && cas.empty(); }
};

// How people name a CA of the verifier's own: by its subject, empty when that does not decode, and by the
// SHA-256 of its DER.
struct RequestCaName {
  std::string subject, sha256;
};
[[nodiscard]] RequestCaName name_request_ca(const pki::Bytes& der);

// The fields `network`, `wide`, `signature`, `tls` and `ca`. Errc::invalid_value for a network wider than /8
// (IPv4) or /32 (IPv6) without `wide`.
[[nodiscard]] pki::Result<AgreementItems> read_agreement(FieldReader& fields);
// The fields `remove_network`, `remove_signature`, `remove_tls` and `remove_ca`.
[[nodiscard]] pki::Result<AgreementWithdrawal> read_withdrawal(FieldReader& fields);

// Adds them to what is registered. Errc::conflict for a network or a CA of another verifier: nothing would
// say who asks; Errc::invalid_value for a CA that cannot serve.
[[nodiscard]] pki::Result<void> add_agreement(const store::ReadTransaction& transaction,
                                              verifier::Verifier& verifier, const AgreementItems& items,
                                              pki::Time now);
// Takes them away; with request signatures the verifier's own CAs go, too. Gives what was removed, for the
// audit entry. Errc::conflict for what is not registered, and for a subject that two CAs have.
[[nodiscard]] pki::Result<std::vector<std::string>> withdraw_agreement(verifier::Verifier& verifier,
                                                                       const AgreementWithdrawal& withdrawal);

}  // namespace admin
