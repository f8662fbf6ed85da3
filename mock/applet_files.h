// The elementary files of the JPKI application.

#pragma once

#include <cstdint>
#include <optional>

#include "mock/card.h"

namespace mock {

inline constexpr std::uint16_t kSignCertificateFile = 0x0001, kSignCaFile = 0x0002, kTokenFile = 0x0006,
                               kPresenceFile = 0x0008, kAuthCertificateFile = 0x000A, kAuthCaFile = 0x000B,
                               kAuthKeyFile = 0x0017, kAuthPinFile = 0x0018, kSignKeyFile = 0x001A,
                               kSignPinFile = 0x001B;

// Whether the file is on the card: what belongs to a certificate that it does not carry is not.
[[nodiscard]] bool has_applet_file(const CardContents& contents, std::uint16_t id);
// The content of a file that can be read; nothing for keys and PINs. REQUIRES: has_applet_file().
[[nodiscard]] std::optional<pki::Bytes> applet_file(const CardContents& contents, std::uint16_t id);

}  // namespace mock
