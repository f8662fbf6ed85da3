// The key ceremony: both CAs, their OCSP responders and the operations CA come to be, once.

#pragma once

#include <string_view>
#include <vector>

#include "ca/authority.h"
#include "ca/key_folder.h"
#include "ca/profile.h"
#include "registry/actor.h"
#include "registry/municipalities.h"
#include "store/writer.h"

namespace ca {

struct CeremonyRequest {
  const Profile& profile;
  const std::vector<registry::Municipality>& municipalities;
  pki::Time now;
  KeySource make_key;
  // Put above every key file, e.g. to mark test keys; empty otherwise.
  std::string key_heading;
  // Who holds the ceremony, for the audit log.
  registry::Actor actor;
};

// Makes the keys where `keys` keeps them and writes everything else to the empty store. Errc::invalid_value
// when two distribution points would share a name; errors of a token. The caller commits.
[[nodiscard]] pki::Result<void> hold_ceremony(store::WriteTransaction& transaction, const KeyFolder& keys,
                                              const CeremonyRequest& request);

// Begins the next generation of a CA name in a store that has one: a new key, its certificate under the same
// name, its OCSP responder, and the names of every distribution point of the store. Older generations stay.
// `request.municipalities` are the rows of the store. Errc::invalid_value for the operations CA, and when
// generation 255 is reached; Errc::conflict when a distribution point would have the name that an older
// generation uses for another one, since their CRLs would be of one scope. The caller commits.
[[nodiscard]] pki::Result<registry::IssuerId> hold_rollover(store::WriteTransaction& transaction,
                                                            const KeyFolder& keys, pki::CaName ca,
                                                            const CeremonyRequest& request);

// JPKI's certificates carry serials of four bytes; holders' start here, responders and CAs below.
inline constexpr std::uint64_t kFirstSerialMinusOne = 100'000'000;

// How long a responder certificate lives, and how long before its end the service renews it. Short, since
// nocheck makes it irrevocable (RFC 6960 section 4.2.2.2.1).
inline constexpr std::chrono::days kResponderLife{30};
inline constexpr std::chrono::days kResponderRenewal{10};

// Where the renewed responder is recorded, and how its key is made; all must outlive the call.
struct RenewalSetting {
  store::Writer& writer;
  const store::Environment& environment;
  const KeyFolder& keys;
  const KeySource& make_key;
  pki::KeyAlgorithm algorithm = pki::KeyAlgorithm::rsa_2048;
};

// Renews the responder of a generation when it ends within kResponderRenewal, or begins after `now`, as one
// does that was made while the clock ran ahead: a new key and certificate, which ends no later than its CA.
// Gives true when it did; Errc::internal when the CA's fresh signature does not verify.
[[nodiscard]] pki::Result<bool> renew_responder_if_due(const RenewalSetting& setting,
                                                       const registry::SigningIssuer& ca, pki::Time now);

}  // namespace ca
