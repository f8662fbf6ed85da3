// A record that does not open costs its holder nothing but itself.

#include "law/readable_certificates.h"

#include <utility>

#include "store/errors.h"

namespace law {

std::vector<registry::IssuedCertificate> readable_certificates(const store::ReadTransaction& transaction,
                                                               const store::Vault& vault,
                                                               registry::ResidentId holder) {
  std::vector<registry::IssuedCertificate> list;
  for (const registry::CertificateId& id : registry::certificates_of(transaction, holder)) {
    try {
      if (auto certificate = registry::find_certificate(transaction, vault, id))
        list.push_back(std::move(*certificate));
    } catch (const store::Corruption&) {
      // Left out.
    }
  }
  return list;
}

}  // namespace law
