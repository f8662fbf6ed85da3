// A stranger's opinion on what the authority issues: the openssl program.

#include <doctest/doctest.h>

#include "pki/private_key.h"
#include "tests/support/authority_world.h"

namespace ca {

namespace {

using support::run;

struct Files {
  explicit Files(support::AuthorityWorld& world) : world(world) {
    for (const auto name : {pki::CaName::sign, pki::CaName::auth})
      write("ca-" + std::string(pki::to_string(name)), world.authority->current(name).certificate());
  }
  std::string write(const std::string& name, const pki::Bytes& der) {
    std::string path = folder.file(name + ".pem");
    support::write_file(path, pki::as_bytes(pki::encode_pem("CERTIFICATE", der)));
    return path;
  }
  [[nodiscard]] support::CommandResult verify(const std::string& ca, const std::string& file) const {
    return run("openssl verify -x509_strict -attime " + std::to_string(pki::to_unix(world.clock.now()) + 60) +
               " -CAfile " + folder.file("ca-" + ca + ".pem") + " " + file);
  }
  support::AuthorityWorld& world;
  support::TemporaryFolder folder;
};

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("openssl verify, in its strict mode, accepts both certificates under their own CA alone") {
  support::AuthorityWorld world;
  Files files(world);
  const auto id = world.add_resident();
  const std::string sign = files.write("sign", world.issue(id, pki::CertificateKind::sign).der);
  const std::string auth = files.write("auth", world.issue(id, pki::CertificateKind::auth).der);
  for (const auto& [ca, file] : {std::pair{"sign", sign}, std::pair{"auth", auth}}) {
    const auto result = files.verify(ca, file);
    INFO(result.output);
    CHECK(result.exit_code == 0);
  }
  CHECK(files.verify("auth", sign).exit_code != 0);
  CHECK(files.verify("sign", auth).exit_code != 0);
}

TEST_CASE("openssl x509 reads every field as the profile means it") {
  support::AuthorityWorld world;
  Files files(world);
  const auto id = world.add_resident();
  const std::string options = " -noout -text -nameopt utf8,sep_comma_plus_space -certopt ext_dump";
  const auto sign = run("openssl x509 -in " +
                        files.write("sign", world.issue(id, pki::CertificateKind::sign).der) + options);
  INFO(sign.output);
  for (const char* part :
       {"Version: 3", "sha256WithRSAEncryption", "Public-Key: (2048 bit)",
        "O=JPKI-SIM, OU=JPKI for digital signature", "Not After : Feb 17 14:59:59 2031 GMT",
        "L=Tokyo-to, L=Kiyose-shi, CN=20261123140000", "X509v3 Key Usage: critical",
        "Digital Signature, Non Repudiation", "Policy: 1.2.392.200149.8.5.1.1.20",
        "CPS: http://127.0.0.1:8080/cps", "URI:http://127.0.0.1:8080/crl/sign-1/132217/full.crl",
        "OCSP - URI:http://127.0.0.1:8080/ocsp/sign", "CRL Distribution Points"})
    CHECK_MESSAGE(says(sign.output, part), part);
  const auto auth = run("openssl x509 -in " +
                        files.write("auth", world.issue(id, pki::CertificateKind::auth).der) + options);
  INFO(auth.output);
  for (const char* part : {"TLS Web Client Authentication", "Policy: 1.2.392.200149.8.5.1.3.30",
                           "OCSP - URI:http://127.0.0.1:8080/ocsp/auth"})
    CHECK_MESSAGE(says(auth.output, part), part);
}

TEST_CASE("openssl finds the recorded items in the order that JPKI writes them") {
  support::AuthorityWorld world;
  Files files(world);
  const auto issued = world.issue(world.add_resident(), pki::CertificateKind::sign);
  const auto dump =
      run("openssl x509 -in " + files.write("sign", issued.der) + " -noout -ext subjectAltName");
  INFO(dump.output);
  std::size_t position = 0;
  for (const char* item : {"1.2.392.200149.8.5.5.1", "1.2.392.200149.8.5.5.4", "1.2.392.200149.8.5.5.3",
                           "1.2.392.200149.8.5.5.5", "1.2.392.200149.8.5.5.2", "1.2.392.200149.8.5.5.6"}) {
    const std::size_t found = dump.output.find(item, position);
    CHECK_MESSAGE(found != std::string::npos, item);
    if (found != std::string::npos) position = found;
  }
}

TEST_CASE("a request made by openssl is accepted, DER and PEM, and its subject is ignored") {
  support::AuthorityWorld world;
  const support::TemporaryFolder folder;
  REQUIRE(run("openssl req -new -newkey rsa:2048 -nodes -subj '/CN=ignored' -keyout " + folder.file("k.pem") +
              " -out " + folder.file("r.pem") + " && openssl req -in " + folder.file("r.pem") +
              " -outform DER -out " + folder.file("r.der"))
              .exit_code == 0);
  for (const char* file : {"r.pem", "r.der"}) {
    CAPTURE(file);
    auto request = support::AuthorityWorld::issue_request(world.add_resident(), pki::CertificateKind::sign);
    request.certification_request = support::read_file(folder.path() / file);
    const auto issued = world.issuance->issue(request);
    REQUIRE(issued.has_value());
    CHECK(pki::as_text(issued->der).find("ignored") == std::string_view::npos);
  }
}

}  // namespace ca
