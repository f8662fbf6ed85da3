// One generation of a CA: its key, certificate, responder, the names of its distribution points, and the link
// certificates between it and the one before (RFC 4210 section 4.4). Made first, put on record afterwards, so
// that a running service can switch to it in one commit.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ca/certificate_builder.h"
#include "ca/key_folder.h"
#include "ca/profile.h"
#include "registry/municipalities.h"
#include "registry/signing_issuer.h"
#include "store/environment.h"

namespace ca {

// How long a responder certificate lives, and how long before its end the service renews it. Short, since
// nocheck makes it irrevocable (RFC 6960 section 4.2.2.2.1).
inline constexpr std::chrono::days kResponderLife{30};
inline constexpr std::chrono::days kResponderRenewal{10};
// Of a view, whose machine stands where the authority does not watch it.
inline constexpr std::chrono::days kViewResponderLife{7};

// JPKI's certificates carry serials of four bytes; holders' start here, responders and CAs below.
inline constexpr std::uint64_t kFirstSerialMinusOne = 100'000'000;

// Whether a key file's name is that of the generation's CA or of one of its responders.
[[nodiscard]] bool is_key_of(registry::IssuerId id, std::string_view file);
// The file of a responder's key.
[[nodiscard]] std::string responder_key_name(registry::IssuerId id, pki::SerialNumber serial);
// A responder's certificate, which ends no later than its CA's. Errc::internal when the fresh signature does
// not verify.
[[nodiscard]] pki::Result<pki::Bytes> make_responder_certificate(const registry::SigningIssuer& ca,
                                                                 pki::SerialNumber serial,
                                                                 pki::ByteView public_key, pki::Time now,
                                                                 std::chrono::days life = kResponderLife);

// The names of a generation's distribution points.
using PointNames = std::vector<std::pair<pki::DistributionPoint, pki::DistributionPointNames>>;
// Errc::invalid_value when two points would share a name; Errc::conflict when one would have the name that an
// older generation uses for another one, since their CRLs would be of one scope.
[[nodiscard]] pki::Result<PointNames> name_points(const store::ReadTransaction& transaction,
                                                  const Profile& profile,
                                                  const std::vector<registry::Municipality>& municipalities,
                                                  registry::IssuerId issuer);

// What making a generation takes; all of it outlives the call.
struct GenerationRequest {
  const Profile& profile;
  const KeyFolder& keys;
  const KeySource& make_key;
  // Put above every key file.
  const std::string& key_heading;
  registry::IssuerId id;
  pki::Time now;
  // Each call takes a serial number of the CA's name.
  std::function<pki::Result<pki::SerialNumber>()> next_serial;
  // Called with the name of each key that lies in the folder now; may be empty.
  std::function<void(const std::string& name)> on_key = {};
  // The generation before, for link certificates; null: none are made.
  const registry::SigningIssuer* predecessor = nullptr;
  // Of its certificate; absent: from `now`, as long as usual.
  std::optional<Validity> validity = {};
};

// A generation whose keys lie in the folder, and of which the store knows nothing yet.
struct NewGeneration {
  registry::SigningIssuer issuer;
  // Absent of the operations CA, which answers no OCSP.
  std::optional<registry::ResponderRecord> responder;
  std::shared_ptr<const pki::Signer> responder_signer;
};
// Makes the keys where the folder keeps them. Errc::internal when a fresh signature does not verify, errors
// of KeyFolder::make_signer(); throws when a file cannot be written.
[[nodiscard]] pki::Result<NewGeneration> make_generation(const GenerationRequest& request);
// The next serial number of the name is one of a holder afterwards.
void put_generation(store::WriteTransaction& transaction, const NewGeneration& generation,
                    const PointNames& points);

}  // namespace ca
