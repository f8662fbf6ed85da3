// Lists in publication files that no record names: what is left on the disk when the store that recorded them
// is gone. They are found by trying, and believed because a CA's key has signed them.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "crl/reader.h"
#include "pki/bytes.h"
#include "registry/crls.h"
#include "registry/decoded_issuer.h"
#include "store/environment.h"

namespace crl {

// A generation and what recognises the points of its lists.
struct FindingContext {
  registry::DecodedIssuer issuer;
  // The encoding of each point's directoryName (RFC 5280 section 5.2.5).
  std::map<pki::Bytes, pki::DistributionPoint> points;
};

// Errc::malformed or Errc::unsupported as make_authority().
[[nodiscard]] pki::Result<FindingContext> finding_context(const store::ReadTransaction& snapshot,
                                                          const registry::Issuer& issuer);

// A list whose signature verifies. The views are valid during the visit alone.
struct FoundList {
  registry::CrlScope scope;
  registry::CrlKind kind = registry::CrlKind::complete;
  std::uint64_t number = 0;
  const DecodedCrl& crl;
  pki::ByteView der;
};

// Whether a publication file is as it was released, as far as it shows.
enum class FileCondition : std::uint8_t {
  // Lists with nothing between them but the room that is left free around each (crl/stream).
  whole,
  // It holds no list, or bytes that belong to none: a list that was there was altered, cut or overwritten.
  damaged,
};

// Calls `visit` for every list of the generation in the content of one publication file, in the order in
// which they lie there. Anything else in it is passed over, and shows in the condition that is given back.
FileCondition visit_found_lists(const FindingContext& context, pki::ByteView content,
                                const std::function<void(const FoundList&)>& visit);

}  // namespace crl
