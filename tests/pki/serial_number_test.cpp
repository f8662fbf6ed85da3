// Serial numbers: ours fit 63 bits; anything else is simply not ours. And the small vocabulary beside them.

#include <doctest/doctest.h>

#include <string>

#include "pki/certificate_kind.h"
#include "pki/crl_reason.h"
#include "pki/result.h"
#include "pki/serial_number.h"

using namespace pki;

TEST_CASE("serials are read in decimal and in OpenSSL's hexadecimal") {
  CHECK(parse_serial("1") == SerialNumber{1});
  CHECK(parse_serial("0x0A") == SerialNumber{10});
  CHECK(parse_serial("0XfF") == SerialNumber{255});
  CHECK(parse_serial("9223372036854775807") == SerialNumber{INT64_MAX});
  CHECK(parse_serial("0x7FFFFFFFFFFFFFFF") == SerialNumber{INT64_MAX});
  CHECK(parse_serial("007") == SerialNumber{7});
}

TEST_CASE("texts that are no serial of ours are refused") {
  for (const char* wrong :
       {"", "0", "-1", "+1", " 1", "1 ", "0x", "0x-1", "0x0x1", "1A", "9223372036854775808",
        "18446744073709551616", "0x8000000000000000", "1.0", "１"}) {
    CAPTURE(std::string(wrong));
    CHECK(parse_serial(wrong) == std::nullopt);
  }
}

TEST_CASE("a serial in a request is ours only if positive and at most eight bytes") {
  CHECK(serial_from_content(Bytes{1}) == SerialNumber{1});
  CHECK(serial_from_content(Bytes{0, 0x80}) == SerialNumber{128});
  CHECK(serial_from_content(Bytes(8, 0x7F)) == SerialNumber{0x7F7F7F7F7F7F7F7F});
  CHECK(serial_from_content({}) == std::nullopt);
  CHECK(serial_from_content(Bytes{0}) == std::nullopt);
  CHECK(serial_from_content(Bytes{0x80}) == std::nullopt);
  CHECK(serial_from_content(Bytes(8, 0xFF)) == std::nullopt);
  CHECK(serial_from_content(Bytes(9, 0x01)) == std::nullopt);
  CHECK(serial_from_content(Bytes(20, 0x01)) == std::nullopt);
}

TEST_CASE("a serial survives encoding and text") {
  for (const std::uint64_t value : {1UL, 127UL, 128UL, 65535UL, 1UL << 40U, 0x7FFFFFFFFFFFFFFFUL}) {
    const SerialNumber serial{value};
    CHECK(serial_from_content(der::integer_content(value)) == serial);
    CHECK(parse_serial(to_string(serial)) == serial);
  }
}

TEST_CASE("CRLReason has the RFC's numbers and words, and 7 is unused") {
  for (std::uint64_t value = 0; value <= 10; ++value) {
    CAPTURE(value);
    const auto reason = crl_reason_from(value);
    CHECK(reason.has_value() == (value != 7));
    if (reason) CHECK(static_cast<std::uint64_t>(*reason) == value);
  }
  CHECK(crl_reason_from(11) == std::nullopt);
  CHECK(crl_reason_from(UINT64_MAX) == std::nullopt);
  CHECK(to_string(CrlReason::affiliation_changed) == "affiliationChanged");
  CHECK(to_string(CrlReason::ca_compromise) == "cACompromise");
  CHECK(to_string(CrlReason::remove_from_crl) == "removeFromCRL");
}

TEST_CASE("kinds and CA names have one word each") {
  for (const CertificateKind kind : kAllCertificateKinds)
    CHECK(parse_certificate_kind(to_string(kind)) == kind);
  for (const CaName ca : {CaName::sign, CaName::auth, CaName::operations})
    CHECK(parse_ca_name(to_string(ca)) == ca);
  CHECK(parse_certificate_kind("Sign") == std::nullopt);
  CHECK(parse_ca_name("") == std::nullopt);
  CHECK(ca_of(CertificateKind::mobile_sign) == CaName::sign);
  CHECK(ca_of(CertificateKind::mobile_auth) == CaName::auth);
  CHECK(is_mobile(CertificateKind::mobile_auth));
  CHECK_FALSE(is_mobile(CertificateKind::auth));
}

TEST_CASE("TRY leaves with the error and passes the value on") {
  const auto half = [](int n) -> Result<int> {
    if (n % 2 != 0) return invalid("n", "must be even");
    return n / 2;
  };
  const auto quarter = [&](int n) -> Result<int> {
    TRY(half(n));
    TRY_ASSIGN(const int once, half(n));
    TRY_ASSIGN(const int twice, half(once));
    return twice;
  };
  CHECK(quarter(8).value() == 2);
  const auto refused = quarter(6);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::invalid_value);
  CHECK(refused.error().field == "n");
  CHECK(std::string_view(to_string(refused.error().code)) == "invalid_value");
  CHECK_THROWS_AS((void)refused.value(), std::logic_error);
}
