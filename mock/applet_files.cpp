// Certificates, CK_TOKEN_INFO and which certificates there are.

#include "mock/applet_files.h"

namespace mock {

namespace {

void put_text(pki::Bytes& out, std::string_view text, std::size_t width) {
  pki::append(out, pki::as_bytes(text.substr(0, width)));
  out.insert(out.end(), width - std::min(width, text.size()), ' ');
}

void put_number(pki::Bytes& out, std::uint32_t number) {
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    out.push_back(static_cast<std::uint8_t>(number >> shift));
}

// CK_TOKEN_INFO of PKCS#11 as the card has it: 160 bytes, numbers of four bytes, the highest first.
pki::Bytes token_info(const CardContents& contents) {
  constexpr std::uint32_t kLoginRequired = 0x4, kPinInitialised = 0x8, kTokenInitialised = 0x400;
  constexpr std::uint32_t kUnavailable = 0xFFFFFFFF;
  constexpr std::uint32_t kPinLongest = 16, kPinShortest = 4;
  pki::Bytes info;
  // By the label readers tell a card from a phone.
  put_text(info, "JPKIAPICCTOKEN2", 32);
  put_text(info, "jpki mock", 32);
  put_text(info, "simulated", 16);
  put_text(info, contents.serial_number, 16);
  put_number(info, kLoginRequired | kPinInitialised | kTokenInitialised);
  // Sessions: no limit, none open; both for all and for writing ones.
  for (int i = 0; i < 4; ++i)
    put_number(info, 0);
  put_number(info, kPinLongest);
  put_number(info, kPinShortest);
  for (int i = 0; i < 4; ++i)
    put_number(info, kUnavailable);
  // Versions of hardware and firmware, and the time, which the card does not know.
  put_text(info, "0301", 4);
  put_text(info, "", 16);
  return info;
}

// Three bytes: signing, authentication, and one whose meaning is not public.
pki::Bytes presence(const CardContents& contents) {
  constexpr std::uint8_t kThere = 0x8F;
  const auto flag = [](const CardCredential* credential) {
    return credential != nullptr ? kThere : std::uint8_t{0};
  };
  return {flag(contents.sign), flag(contents.auth), 0};
}

}  // namespace

bool has_applet_file(const CardContents& contents, std::uint16_t id) {
  switch (id) {
    case kTokenFile:
    case kPresenceFile:
    case kAuthPinFile:
    case kSignPinFile:
      return true;
    case kSignCertificateFile:
    case kSignCaFile:
    case kSignKeyFile:
      return contents.sign != nullptr;
    case kAuthCertificateFile:
    case kAuthCaFile:
    case kAuthKeyFile:
      return contents.auth != nullptr;
    default:
      return false;
  }
}

std::optional<pki::Bytes> applet_file(const CardContents& contents, std::uint16_t id) {
  switch (id) {
    case kTokenFile:
      return token_info(contents);
    case kPresenceFile:
      return presence(contents);
    case kSignCertificateFile:
      return contents.sign->certificate;
    case kSignCaFile:
      return contents.sign->ca_certificate;
    case kAuthCertificateFile:
      return contents.auth->certificate;
    case kAuthCaFile:
      return contents.auth->ca_certificate;
    default:
      return std::nullopt;
  }
}

}  // namespace mock
