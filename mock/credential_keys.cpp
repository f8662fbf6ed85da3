// Keys made on a thread of their own.

#include "mock/credential_keys.h"

#include <utility>

#include "mock/people.h"
#include "pki/certification_request.h"
#include "pki/file.h"
#include "pki/pkcs12.h"
#include "pki/test_keys.h"

namespace mock {

std::future<CredentialKeys> begin_credential_keys(std::uint64_t seed, std::vector<std::string> purposes) {
  return std::async(std::launch::async, [seed, purposes = std::move(purposes)] {
    CredentialKeys keys;
    for (const std::string& purpose : purposes) {
      auto key = pki::make_test_key(pki::KeyAlgorithm::ecdsa_p256, seed, purpose);
      auto request = pki::make_certification_request(key);
      keys.emplace(purpose, CredentialKey{.key = std::move(key), .request = std::move(request)});
    }
    return keys;
  });
}

std::future<pki::Result<void>> begin_saving(std::filesystem::path file, const CredentialKey& key,
                                            pki::Bytes certificate, pki::Bytes issuer) {
  return std::async(std::launch::async, [file = std::move(file), &key, certificate = std::move(certificate),
                                         issuer = std::move(issuer)] {
    const pki::Pkcs12Content content{
        .friendly_name = file.stem().string(), .certificate = certificate, .chain = {issuer}};
    const auto container = pki::make_pkcs12(key.key, content, kPassword, pki::PasswordHashing::once);
    return pki::save_file(file, container, pki::FileSecrecy::owner_only);
  });
}

}  // namespace mock
