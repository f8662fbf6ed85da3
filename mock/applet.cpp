// The commands of the application and its status words.

#include "mock/applet.h"

#include <algorithm>
#include <array>

#include "mock/applet_files.h"
#include "pki/plain_signature.h"

namespace mock {

namespace {

using pki::CertificateKind;

// Status words (ISO/IEC 7816-4 section 5.6, and JICSAP 1.1).
enum Status : std::uint16_t {
  kOk = 0x9000,
  kTriesLeft = 0x63C0,  // The last digit is their number.
  kWrongLength = 0x6700,
  kNotTransparent = 0x6981,  // The current file is no transparent one, or not of the command's kind.
  kNotPermitted = 0x6982,    // The security status is not satisfied.
  kBlocked = 0x6984,         // The PIN is locked.
  kNoCurrentFile = 0x6986,
  kNoSecureMessaging = 0x69FC,
  kWrongData = 0x6A80,
  kFileNotFound = 0x6A82,
  kWrongParameters = 0x6A86,
  kBeyondEnd = 0x6B00,
  kWrongLe = 0x6C00,  // 256 are there.
  kUnknownInstruction = 0x6D00,
  kUnknownClass = 0x6E00,
};

constexpr std::array<std::uint8_t, 10> kAid = {0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01};
constexpr std::array<std::uint8_t, 9> kAtr = {0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14};
constexpr std::size_t kPinMax = 16;
constexpr std::size_t kDigest = 32;

struct Command {
  std::uint8_t cla = 0, ins = 0, p1 = 0, p2 = 0;
  pki::ByteView data = {};
  std::optional<std::size_t> le = {};
};

// Nothing unless the length is that of one of the four cases of short APDUs.
std::optional<Command> take_apart(pki::ByteView bytes) {
  constexpr std::size_t kHead = 4;
  if (bytes.size() < kHead) return std::nullopt;
  Command command{.cla = bytes[0], .ins = bytes[1], .p1 = bytes[2], .p2 = bytes[3]};
  const auto length_of = [](std::uint8_t le) { return le == 0 ? std::size_t{256} : std::size_t{le}; };
  if (bytes.size() == kHead) return command;
  if (bytes.size() == kHead + 1) {
    command.le = length_of(bytes[kHead]);
    return command;
  }
  const std::size_t lc = bytes[kHead], whole = kHead + 1 + lc;
  if (lc == 0 || (bytes.size() != whole && bytes.size() != whole + 1)) return std::nullopt;
  command.data = bytes.subspan(kHead + 1, lc);
  if (bytes.size() == whole + 1) command.le = length_of(bytes.back());
  return command;
}

class Applet final {
 public:
  Applet(const CardContents& contents, Card& card)
      : contents_(contents), card_(card), session_(card.session) {}

  [[nodiscard]] std::uint16_t run(const Command& command) {
    struct Row {
      std::uint8_t cla, ins;
      std::uint16_t (Applet::*run)(const Command&);
    };
    static constexpr std::array kRows = {
        Row{0x00, 0xA4, &Applet::select}, Row{0x00, 0xB0, &Applet::read_binary},
        Row{0x00, 0x20, &Applet::verify}, Row{0x00, 0x24, &Applet::change_reference_data},
        Row{0x80, 0x2A, &Applet::compute_signature}};
    if (command.cla == 0x08 && command.ins == 0xB0) return kNoSecureMessaging;
    if (command.cla != 0x00 && command.cla != 0x80) return kUnknownClass;
    const auto* const row = std::ranges::find(kRows, command.ins, &Row::ins);
    if (row == kRows.end()) return kUnknownInstruction;
    return row->cla == command.cla ? (this->*row->run)(command) : std::uint16_t{kUnknownClass};
  }
  [[nodiscard]] pki::Bytes take_output() { return std::move(output_); }

 private:
  std::uint16_t select(const Command& command) {
    if (command.p1 == 0x04) return select_application(command);
    const bool is_master_file = command.p1 == 0x00;
    if (is_master_file && command.data.empty()) {
      // So the real card does: without an application it refuses, with one it changes nothing.
      return session_.is_selected && command.p2 == 0x00 && !command.le ? kOk : kWrongParameters;
    }
    if (!is_master_file && command.p1 != 0x02) return kWrongParameters;
    if (command.data.size() != 2 || command.le) return kWrongLength;
    if (is_master_file) return kFileNotFound;
    if (command.p2 != 0x0C) return kWrongParameters;
    return select_file(static_cast<std::uint16_t>(command.data[0] << 8U | command.data[1]));
  }

  std::uint16_t select_application(const Command& command) {
    if (command.data.empty() || command.data.size() > 16) return kWrongLength;
    if (!pki::equal(command.data, kAid)) return kFileNotFound;
    if (command.p2 != 0x0C) return kWrongParameters;
    if (command.le) return kWrongLength;
    // Selecting it is how readers log out.
    const bool has_terminal = session_.has_terminal;
    session_ = {};
    session_.is_selected = true;
    session_.has_terminal = has_terminal;
    return kOk;
  }

  std::uint16_t select_file(std::uint16_t id) {
    if (!session_.is_selected || !has_applet_file(contents_, id)) return kFileNotFound;
    session_.file = id;
    return kOk;
  }

  // P2 of VERIFY and the like: 80 is the current file, 80|id one that becomes current.
  std::uint16_t select_by_reference(std::uint8_t p2) {
    constexpr std::uint8_t kSpecific = 0x80, kShortIds = 0x1F;
    if ((p2 & ~kShortIds) != kSpecific || p2 == (kSpecific | kShortIds)) return kWrongParameters;
    if (p2 != kSpecific) return select_file(p2 & kShortIds);
    return session_.file ? kOk : kNoCurrentFile;
  }

  std::uint16_t read_binary(const Command& command) {
    if (!command.data.empty() || !command.le) return kWrongLength;
    std::size_t offset = static_cast<std::size_t>(command.p1) << 8U | command.p2;
    if ((command.p1 & 0x80U) != 0) {
      if ((command.p1 & 0x60U) != 0 || command.p1 == 0x80) return kWrongParameters;
      if (const auto status = select_file(command.p1 & 0x1FU); status != kOk) return status;
      offset = command.p2;
    }
    if (!session_.file) return kNoCurrentFile;
    if (*session_.file == kSignCertificateFile && !session_.has_sign_pin) return kNotPermitted;
    const auto content = applet_file(contents_, *session_.file);
    if (!content) return kNotTransparent;
    if (offset >= content->size()) return kBeyondEnd;
    const std::size_t length = std::min(*command.le, content->size() - offset);
    output_ = pki::to_bytes(pki::ByteView(*content).subspan(offset, length));
    return kOk;
  }

  // The PIN that the current file is; nothing for any other file.
  [[nodiscard]] std::optional<CertificateKind> current_pin() const {
    if (session_.file == kAuthPinFile) return CertificateKind::auth;
    if (session_.file == kSignPinFile) return CertificateKind::sign;
    return std::nullopt;
  }
  [[nodiscard]] bool& has_pin(CertificateKind kind) {
    return kind == CertificateKind::auth ? session_.has_auth_pin : session_.has_sign_pin;
  }
  [[nodiscard]] static std::uint16_t tries_left(const CardPin& pin) {
    return static_cast<std::uint16_t>(kTriesLeft | pin.tries_left());
  }

  std::uint16_t verify(const Command& command) {
    if (command.p1 != 0x00) return kWrongParameters;
    if (command.le || command.data.size() > kPinMax) return kWrongLength;
    if (const auto status = select_by_reference(command.p2); status != kOk) return status;
    const auto kind = current_pin();
    if (!kind) return kNotTransparent;
    CardPin& pin = card_.pin(*kind);
    if (command.data.empty()) return tries_left(pin);
    const PinTry outcome = pin.try_out(pki::as_text(command.data));
    has_pin(*kind) = outcome == PinTry::right;
    if (outcome == PinTry::locked) return kBlocked;
    return outcome == PinTry::right ? std::uint16_t{kOk} : tries_left(pin);
  }

  // With the new PIN alone, after the old one was verified.
  std::uint16_t change_reference_data(const Command& command) {
    if (command.p1 != 0x01) return kWrongParameters;
    if (command.le || command.data.empty() || command.data.size() > kPinMax) return kWrongLength;
    if (const auto status = select_by_reference(command.p2); status != kOk) return status;
    const auto kind = current_pin();
    if (!kind) return kNotTransparent;
    if (!has_pin(*kind)) return kNotPermitted;
    if (!is_pin(*kind, pki::as_text(command.data))) return kWrongData;
    card_.pin(*kind).set(pki::as_text(command.data));
    return kOk;
  }

  [[nodiscard]] bool may_sign(CertificateKind kind) const {
    if (kind == CertificateKind::sign) return session_.has_sign_pin;
    return session_.has_auth_pin || session_.has_terminal;
  }

  std::uint16_t compute_signature(const Command& command) {
    if (command.p1 > 0x05) return kWrongParameters;
    if (command.data.empty() || !command.le) return kWrongLength;
    if (const auto status = select_by_reference(command.p2); status != kOk) return status;
    const bool is_auth = session_.file == kAuthKeyFile;
    if (!is_auth && session_.file != kSignKeyFile) return kNotTransparent;
    const CertificateKind kind = is_auth ? CertificateKind::auth : CertificateKind::sign;
    if (!may_sign(kind)) return kNotPermitted;
    return sign(contents_.of(kind)->key, command);
  }

  // P1: 0 what is given, 1 its SHA-256 without DigestInfo, 2 a SHA-256, 3 its SHA-256, 4 and 5 as 2 and 3 in
  // PSS.
  std::uint16_t sign(const pki::PrivateKey& key, const Command& command) {
    const bool is_digest = command.p1 == 0x02 || command.p1 == 0x04;
    const bool is_too_long = command.p1 == 0x00 && command.data.size() > pki::kPlainTextMax;
    if (is_too_long || (is_digest && command.data.size() != kDigest)) return kWrongLength;
    if (*command.le != 256) return kWrongLe;
    const pki::Bytes made = pki::digest(pki::HashAlgorithm::sha256, command.data);
    const pki::ByteView digest = is_digest ? command.data : pki::ByteView(made);
    if (command.p1 <= 0x01)
      output_ = pki::sign_plain_text(key, command.p1 == 0x00 ? command.data : digest);
    else if (command.p1 <= 0x03)
      output_ = pki::sign_digest(key, pki::HashAlgorithm::sha256, digest);
    else
      output_ = pki::sign_pss(key, digest);
    return kOk;
  }

  const CardContents& contents_;
  Card& card_;
  AppletSession& session_;
  pki::Bytes output_;
};

}  // namespace

pki::ByteView card_atr() {
  return kAtr;
}

pki::Bytes answer_apdu(const CardContents& contents, Card& card, pki::ByteView command) {
  std::uint16_t status = kWrongLength;
  pki::Bytes response;
  if (const auto understood = take_apart(command)) {
    Applet applet(contents, card);
    status = applet.run(*understood);
    response = applet.take_output();
  }
  response.push_back(static_cast<std::uint8_t>(status >> 8U));
  response.push_back(static_cast<std::uint8_t>(status & 0xFFU));
  return response;
}

void power_up(Card& card) {
  card.session = {};
}

}  // namespace mock
