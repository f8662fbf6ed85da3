// The JPKI application, command by command, without a reader.

#include "mock/applet.h"

#include <doctest/doctest.h>

#include "pki/hash.h"
#include "pki/public_key.h"
#include "pki/test_keys.h"

namespace mock::test {

namespace {

using enum pki::CertificateKind;

constexpr const char* kSelect = "00A4040C0AD392F000260100000001";

pki::Bytes bytes(std::string_view hex) {
  return pki::from_hex(hex).value();
}

std::string ascii(std::string_view text) {
  return pki::to_hex(pki::as_bytes(text));
}

// A card whose certificates are of lengths that tell.
class Slot final {
 public:
  explicit Slot(bool has_sign = true) {
    auth_ = {.certificate = object(700),
             .ca_certificate = object(30),
             .key = pki::make_test_key(pki::KeyAlgorithm::rsa_2048, 1, "auth")};
    sign_ = {.certificate = object(1900),
             .ca_certificate = object(31),
             .key = pki::make_test_key(pki::KeyAlgorithm::rsa_2048, 1, "sign")};
    contents_ = {.sign = has_sign ? &*sign_ : nullptr, .auth = &*auth_, .serial_number = "10000000006"};
  }

  // The response to a command, both in hexadecimal.
  std::string send(std::string_view command) {
    return pki::to_hex(answer_apdu(contents_, card, bytes(command)));
  }
  // Commands before the one that counts.
  std::string send(std::initializer_list<std::string_view> commands) {
    std::string last;
    for (const std::string_view command : commands)
      last = send(command);
    return last;
  }
  // A file as OpenSC reads it: 256 bytes at a time.
  pki::Bytes read(std::string_view id) {
    pki::Bytes content;
    if (send("00A4020C02" + std::string(id)) != "9000") return content;
    for (;;) {
      char head[9];
      std::snprintf(head, sizeof head, "00B0%04zX", content.size());
      pki::Bytes piece = answer_apdu(contents_, card, bytes(std::string(head) + "00"));
      const std::string status = pki::to_hex(pki::ByteView(piece).last(2));
      if (status != "9000") return status == "6B00" ? content : pki::Bytes{};
      piece.resize(piece.size() - 2);
      pki::append(content, piece);
    }
  }
  [[nodiscard]] const CardCredential& auth() const { return *auth_; }
  [[nodiscard]] const CardCredential& sign() const { return *sign_; }

  Card card;

 private:
  // SEQUENCE of so many bytes with its head.
  static pki::Bytes object(std::size_t size) {
    pki::Bytes made(size, static_cast<std::uint8_t>(size));
    made[0] = 0x30;
    return made;
  }

  std::optional<CardCredential> auth_, sign_;
  CardContents contents_;
};

const std::string kAuthPinRight = "0020008004" + ascii("1234"), kAuthPinWrong = "0020008004" + ascii("4321");
const std::string kSignPinRight = "0020008008" + ascii("JPKI1234");

// The DigestInfo of a SHA-256.
std::string digest_info(pki::ByteView digest) {
  return "3031300D060960864801650304020105000420" + pki::to_hex(digest);
}

}  // namespace

TEST_CASE("the application is selected by its whole name, and nothing else is there") {
  Slot slot;
  CHECK(pki::to_hex(card_atr()) == "3BE000FF8131FE4514");
  CHECK(slot.send("00A4020C02000A") == "6A82");
  CHECK(slot.send("00A4040C09D392F0002601000000") == "6A82");
  CHECK(slot.send("00A404000BA000000308000010000100"
                  "00") == "6A82");
  CHECK(slot.send("00A4000C023F00") == "6A82");
  CHECK(slot.send("00A40000") == "6A86");
  CHECK(slot.send("00A404000AD392F000260100000001") == "6A86");
  CHECK(slot.send(kSelect) == "9000");
  CHECK(slot.send("00A40000") == "9000");
  CHECK(slot.send("00A4020C02000A") == "9000");
  CHECK(slot.send("00A4020002000A") == "6A86");
  CHECK(slot.send("00A4010C02000A") == "6A86");
  CHECK(slot.send("00A4020C02FFFF") == "6A82");
}

TEST_CASE("certificates are read as the driver does, the signing one after its password") {
  Slot slot;
  CHECK(slot.send(kSelect) == "9000");
  CHECK(slot.read("000A") == slot.auth().certificate);
  CHECK(slot.read("000B") == slot.auth().ca_certificate);
  CHECK(slot.read("0002") == slot.sign().ca_certificate);
  CHECK(slot.send({"00A4020C020001", "00B0000004"}) == "6982");
  CHECK(slot.send({"00A4020C02001B", kSignPinRight}) == "9000");
  CHECK(slot.read("0001") == slot.sign().certificate);
  // By a short identifier, which selects; the last piece is shorter than what was asked for.
  CHECK(slot.send("00B08A0002") == pki::to_hex(pki::ByteView(slot.auth().certificate).first(2)) + "9000");
  CHECK(slot.send("00B002B900").size() == 2 * (700 - 0x2B9 + 2));
  CHECK(slot.send("00B002BC01") == "6B00");
  CHECK(slot.send("00B0800001") == "6A86");
  CHECK(slot.send("00B0000001AA") == "6700");
  CHECK(slot.send("00B00000") == "6700");
  // Keys and PINs are no transparent files.
  CHECK(slot.send({"00A4020C020017", "00B0000004"}) == "6981");
  CHECK(slot.send({"00A4020C020018", "00B0000004"}) == "6981");
  CHECK(slot.send("08B0000004") == "69FC");
  // Selecting the application is logging out.
  CHECK(slot.send({kSelect, "00B0000004"}) == "6986");
  CHECK(slot.send({"00A4020C020001", "00B0000004"}) == "6982");
}

TEST_CASE("token information and the presence of certificates can be read by all") {
  Slot slot;
  CHECK(slot.send(kSelect) == "9000");
  const pki::Bytes info = slot.read("0006");
  REQUIRE(info.size() == 160);
  CHECK(pki::as_text(info).starts_with("JPKIAPICCTOKEN2   "));
  CHECK(pki::as_text(pki::ByteView(info).subspan(80, 16)) == "10000000006     ");
  CHECK(slot.read("0008") == bytes("8F8F00"));

  Slot child(false);
  CHECK(child.send(kSelect) == "9000");
  CHECK(child.read("0008") == bytes("008F00"));
  CHECK(child.send("00A4020C020001") == "6A82");
  CHECK(child.send("00A4020C02001A") == "6A82");
  // OpenSC asks both PINs before it goes on.
  CHECK(child.send({"00A4020C02001B", "00200080"}) == "63C5");
}

TEST_CASE("three wrong PINs lock, five wrong passwords do, and the right one sets the counter back") {
  Slot slot;
  CHECK(slot.send({kSelect, "00A4020C020018", "00200080"}) == "63C3");
  CHECK(slot.send(kAuthPinWrong) == "63C2");
  CHECK(slot.send(kAuthPinWrong) == "63C1");
  CHECK(slot.send(kAuthPinRight) == "9000");
  // Asking costs nothing, and answers with the number also after the right one.
  CHECK(slot.send("00200080") == "63C3");
  for (const char* left : {"63C2", "63C1", "63C0"})
    CHECK(slot.send(kAuthPinWrong) == left);
  CHECK(slot.send(kAuthPinRight) == "6984");
  CHECK(slot.send("00200080") == "63C0");
  CHECK(slot.card.auth_pin.is_locked());
  // The other one has its own counter, and lower case is another password.
  const std::string lower = "0020008008" + ascii("jpki1234");
  CHECK(slot.send({"00A4020C02001B", lower}) == "63C4");
  for (const char* left : {"63C3", "63C2", "63C1", "63C0"})
    CHECK(slot.send(lower) == left);
  CHECK(slot.send(kSignPinRight) == "6984");
  // A counter outlasts the power.
  power_up(slot.card);
  CHECK(slot.send({kSelect, "00200098"}) == "63C0");
}

TEST_CASE("VERIFY is strict about its length, parameters and file") {
  Slot slot;
  CHECK(slot.send({kSelect, "00200080"}) == "6986");
  CHECK(slot.send({"00A4020C02000A", "00200080"}) == "6981");
  CHECK(slot.send("0020008000") == "6700");
  CHECK(slot.send("00200080051234") == "6700");
  CHECK(slot.send("0020009811" + ascii("12345678901234567")) == "6700");
  CHECK(slot.send("00200198"
                  "04" +
                  ascii("1234")) == "6A86");
  CHECK(slot.send("0020001804" + ascii("1234")) == "6A86");
  CHECK(slot.send("0020009F04" + ascii("1234")) == "6A86");
  CHECK(slot.send("0020009904" + ascii("1234")) == "6A82");
  CHECK(slot.card.auth_pin.tries_left() == 3);
  // The short identifier selects and verifies.
  CHECK(slot.send("0020009804" + ascii("1234")) == "9000");
}

TEST_CASE("a PIN is changed after it was verified, to one that the card takes") {
  Slot slot;
  const std::string change = "0024018004" + ascii("0000");
  CHECK(slot.send({kSelect, "00A4020C020018", change}) == "6982");
  CHECK(slot.send(kAuthPinRight) == "9000");
  CHECK(slot.send("0024018004" + ascii("12A4")) == "6A80");
  CHECK(slot.send("0024018005" + ascii("12345")) == "6A80");
  CHECK(slot.send("00240180") == "6700");
  CHECK(slot.send("0024008004" + ascii("0000")) == "6A86");
  CHECK(slot.send(change) == "9000");
  CHECK(slot.send(kAuthPinRight) == "63C2");
  CHECK(slot.send("0020008004" + ascii("0000")) == "9000");
  CHECK(slot.send({"00A4020C02001B", kSignPinRight}) == "9000");
  for (const char* wrong : {"ABC12", "ABCDEF", "123456", "abc123"})
    CHECK(slot.send("0024018"
                    "00" +
                    std::string(1, static_cast<char>('0' + std::string_view(wrong).size())) + ascii(wrong)) ==
          "6A80");
  CHECK(slot.send("0024018006" + ascii("ABC123")) == "9000");
}

TEST_CASE("a key signs after its own PIN, in every scheme that readers know") {
  Slot slot;
  const pki::Bytes digest = pki::digest(pki::HashAlgorithm::sha256, pki::as_bytes("message"));
  const std::string info = digest_info(digest);
  const std::string sign = "802A008033" + info + "00";
  CHECK(slot.send({kSelect, "00A4020C020017", sign}) == "6982");
  CHECK(slot.send({"00A4020C02001B", kSignPinRight, "00A4020C020017", sign}) == "6982");
  CHECK(slot.send({"00A4020C020018", kAuthPinRight, "00A4020C020017"}) == "9000");
  const auto verifies = [&](const std::string& response, const pki::PrivateKey& key) {
    if (response.size() != 2 * 258 || !response.ends_with("9000")) return false;
    const pki::Bytes signature = bytes(std::string_view(response).substr(0, 512));
    return pki::verify_digest(key.public_key(), pki::SignatureAlgorithm::rsa_sha256, digest, signature);
  };
  CHECK(verifies(slot.send(sign), slot.auth().key));
  // The card makes the DigestInfo, and the digest too; the key by its short identifier.
  CHECK(verifies(slot.send("802A029720" + pki::to_hex(digest) + "00"), slot.auth().key));
  CHECK(verifies(slot.send("802A039A07" + ascii("message") + "00"), slot.sign().key));
  CHECK(slot.send("802A019707" + ascii("message") + "00").size() == 2 * 258);
  CHECK(slot.send("802A049720" + pki::to_hex(digest) + "00") !=
        slot.send("802A049720" + pki::to_hex(digest) + "00"));
  CHECK(slot.send("802A059707" + ascii("message") + "00").ends_with("9000"));

  CHECK(slot.send("802A069720" + pki::to_hex(digest) + "00") == "6A86");
  CHECK(slot.send("802A001733" + info + "00") == "6A86");
  CHECK(slot.send("802A009833" + info + "00") == "6981");
  CHECK(slot.send("802A029721" + pki::to_hex(digest) + "0000") == "6700");
  CHECK(slot.send("802A0097F6" + pki::to_hex(pki::Bytes(246, 1)) + "00") == "6700");
  CHECK(slot.send("802A009733" + info) == "6700");
  CHECK(slot.send("802A00970000") == "6700");
  CHECK(slot.send("802A009733" + info + "80") == "6C00");
}

TEST_CASE("before a terminal with approval the authentication key needs no PIN, until the power goes") {
  Slot slot;
  const std::string sign = "802A029720" + pki::to_hex(pki::Bytes(32, 1)) + "00";
  const std::string by_sign_key = "802A029A20" + pki::to_hex(pki::Bytes(32, 1)) + "00";
  slot.card.session.has_terminal = true;
  CHECK(slot.send({kSelect, sign}).ends_with("9000"));
  CHECK(slot.send(by_sign_key) == "6982");
  power_up(slot.card);
  CHECK(slot.send({kSelect, sign}) == "6982");
}

TEST_CASE("commands of another class, instruction or length are refused") {
  Slot slot;
  CHECK(slot.send(kSelect) == "9000");
  CHECK(slot.send("") == "6700");
  CHECK(slot.send("00A4") == "6700");
  CHECK(slot.send("00A4020C03000A") == "6700");
  CHECK(slot.send("00A4020C02000A0000") == "6700");
  CHECK(slot.send("00A4020C000002000A") == "6700");
  CHECK(slot.send("00A4020C02000A00") == "6700");
  CHECK(slot.send("00CA006600") == "6D00");
  CHECK(slot.send("0084000008") == "6D00");
  CHECK(slot.send("80A4020C02000A") == "6E00");
  CHECK(slot.send("002A0097020102"
                  "00") == "6E00");
  CHECK(slot.send("A0A4000002") == "6E00");
}

}  // namespace mock::test
