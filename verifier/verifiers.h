// Verifiers (relying parties) and what makes them active: docs/law.md section 2, Act 17, 36,
// 38-2.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/bytes.h"
#include "pki/certificate_kind.h"
#include "pki/network.h"
#include "pki/result.h"
#include "pki/time.h"
#include "store/environment.h"
#include "verifier/class_steps.h"

namespace verifier {

// signature, group-signature, authentication, specific-authentication.
[[nodiscard]] std::string_view to_string(VerifierClass verifier_class);
[[nodiscard]] std::optional<VerifierClass> parse_verifier_class(std::string_view text);

struct Suspension {
  pki::Date from;
  std::optional<pki::Date> until;  // The last day; absent: until resumed.
};

struct Verifier {
  std::uint64_t id = 0;
  std::string name;
  Sector sector = Sector::public_body;
  std::map<VerifierClass, ClassSteps> classes;
  // How the agreements say that it may be recognised. An empty list means no way.
  std::vector<pki::Network> networks;
  bool by_signature = false;
  bool by_tls = false;
  // CA certificates of its own (DER) whose certificates may sign its requests.
  std::vector<pki::Bytes> request_cas;
  // Serial numbers (content bytes) of certificates of those CAs that it asked to be refused.
  std::vector<pki::Bytes> refused_signers;
  std::optional<Suspension> suspension;  // Act 18⑥⑦, 37④
  std::optional<pki::Date> cancelled;
  // The day on which the record came back with a restored store: what was suspended, cancelled or withdrawn
  // after the backup is not in it, so the verifier may ask nothing until an officer confirms the record.
  std::optional<pki::Date> restored;
};

// What a verifier asks for: by path or parameter, never guessed. Stored in records: never change a value.
enum class Purpose : std::uint8_t {
  normal = 1,
  pinless = 2,  // 特定利用者証明検証者, Act 38-2: the PIN-less path.
  kazashi = 3,  // かざし利用, Act 38-4: a certificate that the verifier has met before.
};
// normal, pinless, kazashi.
[[nodiscard]] std::string_view to_string(Purpose purpose);

// A set of classes without allocation: standing is worked out at every request.
class VerifierClassSet final {
 public:
  void insert(VerifierClass verifier_class) {
    bits_ = static_cast<std::uint8_t>(bits_ | bit(verifier_class));
  }
  [[nodiscard]] bool contains(VerifierClass verifier_class) const {
    return (bits_ & bit(verifier_class)) != 0;
  }
  [[nodiscard]] bool empty() const { return bits_ == 0; }

 private:
  static std::uint8_t bit(VerifierClass verifier_class) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(verifier_class));
  }

  std::uint8_t bits_ = 0;
};

// What a verifier may do at a moment.
struct Standing {
  // specific_authentication here is its ordinary check (Act 36, 37); the approval opens `pinless`.
  VerifierClassSet active;
  // Whether the PIN-less path is open: specific_authentication is active and its approval in force (Act
  // 38-2).
  bool pinless = false;

  // For any purpose but the two below.
  [[nodiscard]] bool may_ask(pki::CaName ca) const;
  [[nodiscard]] bool may_ask(pki::CaName ca, Purpose purpose) const;
  // Why nothing or not everything is active or open, for `verifier show`; no personal items.
  pki::Message explanation;
};

[[nodiscard]] Standing standing_of(const Verifier& verifier, pki::Time now);
// Whether a suspension (Act 18⑥⑦, 37④) is in force.
[[nodiscard]] bool is_suspended(const Verifier& verifier, pki::Time now);

[[nodiscard]] std::optional<Verifier> find_verifier(const store::ReadTransaction& transaction,
                                                    std::uint64_t id);
[[nodiscard]] std::vector<Verifier> all_verifiers(const store::ReadTransaction& transaction);
// Writes and raises the version that recognition compares. An id of 0 is replaced by a new one, returned.
std::uint64_t put_verifier(store::WriteTransaction& transaction, Verifier verifier);
// Rises with every change of a verifier.
[[nodiscard]] std::uint64_t verifiers_version(const store::ReadTransaction& transaction);

}  // namespace verifier
