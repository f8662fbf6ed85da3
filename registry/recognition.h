// Who asks: evidence → verifier → standing. The one function that OCSP, CRLs and the verifier services use.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "pki/certificate_kind.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/environment.h"
#include "registry/verifiers.h"

namespace registry {

// What a request shows about its sender. Signatures and client certificates join with their issues.
struct Evidence {
  // IPv6, or IPv4 as ::ffff:a.b.c.d.
  std::array<std::uint8_t, 16> address{};
};

// Who it is and what it may do now.
struct Recognised {
  std::uint64_t verifier = 0;
  Standing standing;
};

// Keeps the parsed verifiers of the newest version seen; every call compares it with the snapshot's, so a
// change takes effect with its commit. Usable from any thread.
class Recognition final {
 public:
  Recognition();
  ~Recognition();
  Recognition(const Recognition&) = delete;
  Recognition& operator=(const Recognition&) = delete;

  // Errc::unauthorized when nobody is registered for the evidence. The result may still be barred: ask its
  // standing. Of overlapping networks the longest prefix alone decides, whatever its standing.
  [[nodiscard]] pki::Result<Recognised> recognise(const ReadTransaction& transaction,
                                                  const Evidence& evidence, pki::Time now) const;
  // The same, and Errc::unauthorized when the verifier may not ask about this CA now. Returns the verifier.
  [[nodiscard]] pki::Result<std::uint64_t> require(const ReadTransaction& transaction,
                                                   const Evidence& evidence, pki::CaName ca,
                                                   pki::Time now) const;

 private:
  struct Directory;
  [[nodiscard]] std::shared_ptr<const Directory> directory(const ReadTransaction& transaction) const;

  mutable std::atomic<std::shared_ptr<const Directory>> directory_;
};

}  // namespace registry
