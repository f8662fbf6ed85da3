// Signed heads of the audit log: what they prove and what they do not.

#include "registry/signed_head.h"

#include "tests/registry/store.h"
#include "tests/support/test_keys.h"

namespace registry::testing {

namespace {

// A certificate's frame with a key in it: is_valid() looks at the key alone.
pki::Bytes certificate_with(const pki::Signer& signer) {
  pki::der::Writer writer;
  const pki::Bytes algorithm = pki::encode_algorithm_identifier(signer.algorithm());
  const pki::Bytes name = pki::Name({pki::common_name("ops")}).encode();
  pki::der::Writer tbs;
  tbs.sequence([&] {
    tbs.context(0, [&] { tbs.integer(2); });
    tbs.integer(1).raw(algorithm).raw(name);
    tbs.sequence([&] { tbs.time(pki::from_unix(0)).time(pki::from_unix(1)); });
    tbs.raw(name).raw(signer.public_key());
  });
  return pki::sign_structure(signer, tbs.view());
}

}  // namespace

TEST_CASE("a signed head is read back from its line and from a line of the log") {
  const auto signer = pki::make_openssl_signer(support::authority_keys()[0]);
  const store::AuditHead head{.sequence = 1455, .hash = pki::Bytes(32, 0x3F)};
  const SignedHead made = sign_head(*signer, "ABCD", head, support::kStart);
  const std::string line = to_line(made);
  for (const std::string& text : {line, "[2026-11-23] [info] " + line}) {
    const auto read = parse_signed_head(text);
    REQUIRE(read.has_value());
    CHECK(read->head == head);
    CHECK(read->signed_at == support::kStart);
    CHECK(to_line(*read) == line);
  }
  CHECK_FALSE(parse_signed_head("audit-head ABCD 1455"));
  CHECK_FALSE(parse_signed_head("nothing of the kind"));
}

TEST_CASE("a signed head is valid by the operations CA's certificate alone, and only as it was signed") {
  const auto signer = pki::make_openssl_signer(support::authority_keys()[0]);
  const auto other = pki::make_openssl_signer(support::authority_keys()[1]);
  const SignedHead made =
      sign_head(*signer, "ABCD", {.sequence = 7, .hash = pki::Bytes(32, 1)}, support::kStart);
  const pki::Bytes certificate = certificate_with(*signer);
  CHECK(is_valid(made, certificate));
  CHECK_FALSE(is_valid(made, certificate_with(*other)));
  SignedHead changed = made;
  changed.head.sequence = 8;
  CHECK_FALSE(is_valid(changed, certificate));
  changed = made;
  changed.head.hash[0] ^= 1;
  CHECK_FALSE(is_valid(changed, certificate));
  changed = made;
  changed.signed_at += pki::Seconds{1};
  CHECK_FALSE(is_valid(changed, certificate));
  changed = made;
  changed.authority = "ABCE";
  CHECK_FALSE(is_valid(changed, certificate));
}

TEST_CASE("a log that was cut and whose head was rewritten no longer has the signed head") {
  Store store;
  for (std::uint64_t serial = 1; serial <= 5; ++serial)
    store.issue(serial);
  const store::AuditHead then = store::read_audit_head(store.read());
  REQUIRE(then.sequence == 5);
  CHECK(store::audit_head_at(store.read(), 5) == then);
  const auto cut = store::audit_head_at(store.read(), 3).value();
  store.damage([&](store::WriteTransaction& transaction) {
    for (const std::uint64_t sequence : {4U, 5U})
      CHECK(transaction.erase(store::tables::audit, Key().u64(sequence)));
    pki::Bytes head;
    pki::append_big_endian(head, cut.sequence, 8);
    pki::append(head, cut.hash);
    transaction.put(store::tables::meta, pki::as_bytes("audit_head"), head);
  });
  // The chain alone does not show it.
  CHECK(store::verify_audit(store.read()).has_value());
  CHECK_FALSE(store::audit_head_at(store.read(), 5).has_value());
}

}  // namespace registry::testing
