// Reading PKCS#12 and PEM.

#include "cli/key_files.h"

#include <algorithm>

#include "cli/command.h"
#include "pki/messages/cli.h"
#include "pki/pkcs12.h"

namespace cli {

KeyFiles read_key_files(const std::string& file, const std::string& key_file,
                        const std::string& password_file) {
  const std::string text = read_text_file(file);
  // Text in front of the first block is openssl's, "Bag Attributes" or the certificate in words.
  if (text.find("-----BEGIN ") == std::string::npos) {
    std::string password;
    if (!password_file.empty()) password = read_text_file(password_file);
    password.resize(std::min(password.size(), password.find_first_of("\r\n")));
    auto content = value_or_fail(pki::read_pkcs12(pki::as_bytes(text), password));
    return {value_or_fail(pki::read_pkcs12_key(pki::as_bytes(text), password)),
            std::move(content.certificate), std::move(content.chain)};
  }
  auto certificates = value_or_fail(pki::decode_pem_blocks(text, "CERTIFICATE"));
  if (certificates.empty()) throw Failure(kUsage, {messages::file_without_certificate, file});
  KeyFiles files{value_or_fail(pki::PrivateKey::from_pem(key_file.empty() ? text : read_text_file(key_file))),
                 std::move(certificates.front()),
                 {}};
  files.others.assign(certificates.begin() + 1, certificates.end());
  return files;
}

std::vector<pki::Bytes> read_certificates(const std::string& file) {
  const std::string text = read_text_file(file);
  if (text.find("-----BEGIN ") == std::string::npos) return {pki::to_bytes(pki::as_bytes(text))};
  auto blocks = value_or_fail(pki::decode_pem_blocks(text, "CERTIFICATE"));
  if (blocks.empty()) throw Failure(kUsage, {messages::file_without_certificate, file});
  return blocks;
}

}  // namespace cli
