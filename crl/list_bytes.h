// Whether the bytes of a published list are those that were released: its digest and its signature, read in
// pieces. A file that is cut meanwhile is an error, not a fault in mapped memory.

#pragma once

#include "http/file.h"
#include "pki/result.h"
#include "registry/crls.h"
#include "registry/decoded_issuer.h"

namespace crl {

// Whether the whole of the list lies in the file as it is now.
[[nodiscard]] bool holds_all_of(const http::File& file, const registry::CrlRecord& record);

// Errc::internal, with what is wrong, unless the file has the list of the record, signed by the authority's
// key (RFC 5280 section 5.1.1). What the list says was checked at its release and is not read.
[[nodiscard]] pki::Result<void> check_bytes(const http::File& file, const registry::CrlRecord& record,
                                            const registry::DecodedIssuer& authority);

}  // namespace crl
