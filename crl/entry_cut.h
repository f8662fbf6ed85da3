// Where a list of millions of entries may be cut, so that several threads compare it.
//
// Said by the writer, who knows where its parts begin, and no more than a hint to the checker: parts that do
// not cover every entry of the list and of the registry once fail, so a wrong cut can fail a right list and
// never pass a wrong one.

#pragma once

#include <cstdint>

#include "pki/distribution_point.h"

namespace crl {

struct EntryCut {
  // The first distribution point behind the cut. A point's entries are never cut.
  pki::DistributionPoint first;
  // Where its entries begin, in bytes from the beginning of the content of revokedCertificates.
  std::uint64_t begin = 0;
};

}  // namespace crl
