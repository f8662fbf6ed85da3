// The simulated card: a key pair, the request made with it, and the files that a person takes home.

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "pki/bytes.h"
#include "pki/certificate_kind.h"
#include "pki/pkcs12.h"
#include "pki/private_key.h"
#include "pki/result.h"

namespace pki {

struct CardFiles {
  std::filesystem::path certificate;         // KIND.cer, DER
  std::optional<std::filesystem::path> key;  // KIND.key, PEM, mode 0600
  std::optional<std::filesystem::path> p12;  // KIND.p12, mode 0600
};

struct CardContent {
  CertificateKind kind = CertificateKind::sign;
  Bytes certificate;
  Bytes ca_certificate;
  // Absent when the key stayed with the maker of the request.
  std::optional<PrivateKey> key;
  std::string p12_password;
  PasswordHashing p12_hashing = PasswordHashing::usual;
};

// Writes the files into a folder, which is made when it is missing. Errc::internal when it cannot be written.
[[nodiscard]] Result<CardFiles> write_card(const std::filesystem::path& folder, const CardContent& content);

}  // namespace pki
