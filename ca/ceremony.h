// The key ceremony: both CAs, their OCSP responders and the operations CA come to be, once.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ca/authority.h"
#include "ca/generation.h"
#include "ca/key_folder.h"
#include "ca/profile.h"
#include "registry/actor.h"
#include "registry/municipalities.h"
#include "store/writer.h"

namespace ca {

// Whether a rollover makes link certificates (RFC 4210 section 4.4); of the operations CA it always does.
enum class LinkChoice : std::uint8_t { none, make };

struct CeremonyRequest {
  const Profile& profile;
  const std::vector<registry::Municipality>& municipalities;
  pki::Time now;
  KeySource make_key;
  // Put above every key file, e.g. to mark test keys; empty otherwise.
  std::string key_heading;
  // Who holds the ceremony, for the audit log.
  registry::Actor actor;
  // Of a rollover.
  LinkChoice links = LinkChoice::none;
  // Of the operations CA's certificate, where the clocks of those who connect are others than ours; the
  // listeners' certificates are valid as long. Absent: from `now`, as long as usual.
  std::optional<Validity> operations = {};
};

// Makes the keys where `keys` keeps them and writes everything else to the empty store. Errc::invalid_value
// when two distribution points would share a name; errors of a token. The caller commits.
[[nodiscard]] pki::Result<void> hold_ceremony(store::WriteTransaction& transaction, const KeyFolder& keys,
                                              const CeremonyRequest& request);

// What a rollover begins.
struct Succession {
  registry::IssuerId predecessor, id;
  bool with_links = false;
};
// Errc::invalid_value when generation 255 is reached; Errc::conflict when link certificates are asked for and
// the predecessor's key is compromised.
[[nodiscard]] pki::Result<Succession> plan_rollover(const store::ReadTransaction& transaction, pki::CaName ca,
                                                    LinkChoice links);

// Begins the next generation of a CA name in a store that has one: a new key, its certificate under the same
// name, its OCSP responder, and the names of every distribution point of the store. Older generations stay.
// `request.municipalities` are the rows of the store. Errors as plan_rollover() and name_points(). The caller
// commits.
[[nodiscard]] pki::Result<registry::IssuerId> hold_rollover(store::WriteTransaction& transaction,
                                                            const KeyFolder& keys, pki::CaName ca,
                                                            const CeremonyRequest& request);

// Where the renewed responder is recorded, and how its key is made; all must outlive the call.
struct RenewalSetting {
  store::Writer& writer;
  const store::Environment& environment;
  const KeyFolder& keys;
  const KeySource& make_key;
  pki::KeyAlgorithm algorithm = pki::KeyAlgorithm::rsa_2048;
  // Of a cluster: the responder is this machine's own. It is due as well when the key is not here, which
  // another machine has made. Empty without a log.
  std::string machine = {};
};

// Whether a generation's responder ends within kResponderRenewal (or the second half of its life, where that
// is shorter), or begins after `now`, as one does that was made while the clock ran ahead. One that ends with
// its CA has no successor.
[[nodiscard]] pki::Result<bool> is_responder_due(const registry::ResponderRecord& responder, pki::Time ca_end,
                                                 pki::Time now);

// A request of a machine of a cluster for a responder of its own, whose key lies there. It comes through the
// database, so it is signed with the key of the operations CA, which the machines of the authority alone
// have: who can write to the database must not get a responder, which nothing could revoke.
struct OwnResponderRequest {
  registry::IssuerId issuer;
  std::string machine = {};
  std::string key_file = {};
  pki::Bytes request = {};    // PKCS #10.
  pki::Bytes signature = {};  // Of the operations CA's key, over all of the above.
};
void sign_request(OwnResponderRequest& request, const pki::Signer& operations);
// Whether the request is signed with this key, a SubjectPublicKeyInfo.
[[nodiscard]] bool is_signed_by(const OwnResponderRequest& request, pki::ByteView public_key);
// The record of such a responder, not put in the store yet. Errc::malformed unless the request verifies under
// the operations CA's certificate (DER); other errors of PKCS #10, and the writer's.
[[nodiscard]] pki::Result<registry::ResponderRecord> certify_responder(store::Writer& writer,
                                                                       const registry::SigningIssuer& ca,
                                                                       pki::ByteView operations_certificate,
                                                                       const OwnResponderRequest& request,
                                                                       pki::Time now);

// The same for a view (registry/views.h), whose request is signed with the view's own key, `public_key`. Its
// responder lives kViewResponderLife. Errc::malformed besides for the operations CA, which no view answers
// for.
[[nodiscard]] pki::Result<registry::ResponderRecord> certify_view_responder(
    store::Writer& writer, const registry::SigningIssuer& ca, pki::ByteView public_key,
    const OwnResponderRequest& request, pki::Time now);

// Renews the responder of a generation when it ends within kResponderRenewal, or begins after `now`, as one
// does that was made while the clock ran ahead: a new key and certificate, which ends no later than its CA.
// Gives true when it did; Errc::internal when the CA's fresh signature does not verify.
[[nodiscard]] pki::Result<bool> renew_responder_if_due(const RenewalSetting& setting,
                                                       const registry::SigningIssuer& ca, pki::Time now);

}  // namespace ca
