// What is spoiled is never signed: every rule of the lint refuses its own kind of damage.

#include "ca/lint.h"

#include <doctest/doctest.h>

#include "ca/subject.h"
#include "tests/support/authority_world.h"

namespace ca {

namespace {

namespace tag = pki::der::tag;
using pki::CertificateKind;

struct Sample {
  explicit Sample(CertificateKind kind) : kind(kind) {
    const auto names = registry::find_point_names(world.read(), ca().id(), {support::kKiyose}).value();
    const auto place = registry::find_municipality(world.read(), support::kKiyose).value();
    pki::Rng rng = pki::Rng::seeded(3);
    request.kind = kind;
    request.serial = {100'000'001};
    request.validity = {support::kStart, support::kStart + std::chrono::hours{24 * 1500}};
    request.subject = kind == CertificateKind::sign ? signing_subject(place, support::kStart, request.serial)
                                                    : authentication_subject(place, rng);
    request.subject_public_key_info = support::authority_keys().at(5).public_key();
    if (kind == CertificateKind::sign) request.items = recorded_items(resident, {}, {}).value();
    request.point = {support::kKiyose};
    request.point_names = names;
    tbs = encode_end_entity_tbs(world.profile, ca(), request);
  }
  [[nodiscard]] const registry::SigningIssuer& ca() const {
    return world.authority->current(pki::ca_of(kind));
  }
  [[nodiscard]] pki::Result<void> lint(pki::ByteView bytes) const {
    return lint_end_entity(bytes, ca(), request, resident);
  }

  support::AuthorityWorld world;
  CertificateKind kind;
  registry::Resident resident = world.resident(world.add_resident());
  EndEntityRequest request;
  pki::Bytes tbs;
};

// The same TBSCertificate with another list of extensions.
pki::Bytes with_extensions(const pki::Bytes& tbs,
                           const std::function<void(std::vector<pki::Bytes>&)>& change) {
  pki::der::Reader outer(tbs);
  pki::der::Reader fields = outer.enter_sequence().value();
  pki::der::Writer writer;
  writer.sequence([&] {
    while (fields.peek() != tag::context_constructed(3))
      writer.raw(fields.read_any()->encoding);
    std::vector<pki::Bytes> extensions;
    pki::der::Reader list = fields.enter(tag::context_constructed(3))->enter_sequence().value();
    while (!list.at_end())
      extensions.push_back(pki::to_bytes(list.read_any()->encoding));
    change(extensions);
    writer.context(3, [&] {
      writer.sequence([&] {
        for (const pki::Bytes& extension : extensions)
          writer.raw(extension);
      });
    });
  });
  return writer.take();
}

// The extension without its critical flag, or with one.
pki::Bytes with_other_criticality(const pki::Bytes& extension) {
  pki::der::Reader outer(extension);
  pki::der::Reader fields = outer.enter_sequence().value();
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.raw(fields.read_any()->encoding);
    if (fields.peek() == tag::kBoolean)
      static_cast<void>(fields.read_any());
    else
      writer.boolean(true);
    writer.raw(fields.read_any()->encoding);
  });
  return writer.take();
}

void check_refused(const Sample& sample, const pki::Bytes& tbs) {
  REQUIRE(tbs != sample.tbs);
  const auto result = sample.lint(tbs);
  REQUIRE(result.has_error());
  CHECK(result.error().code == pki::Errc::internal);
}

}  // namespace

TEST_CASE("what the encoder makes passes the lint") {
  for (const auto kind : {CertificateKind::sign, CertificateKind::auth}) {
    const Sample sample(kind);
    const auto result = sample.lint(sample.tbs);
    INFO((result ? std::string() : result.error().text()));
    CHECK(result.has_value());
  }
}

TEST_CASE("a missing, doubled, moved or foreign extension and a wrong criticality are refused") {
  for (const auto kind : {CertificateKind::sign, CertificateKind::auth}) {
    const Sample sample(kind);
    std::size_t count = 0;
    const auto unchanged =
        with_extensions(sample.tbs, [&](std::vector<pki::Bytes>& extensions) { count = extensions.size(); });
    CHECK(unchanged == sample.tbs);
    CHECK(count == 8);
    for (std::size_t i = 0; i < count; ++i) {
      CAPTURE(i);
      // AIA is a switch in signing certificates: without it the profile is still one of ours.
      if (kind != CertificateKind::sign || i != 7)
        check_refused(sample, with_extensions(sample.tbs, [&](auto& extensions) {
                        extensions.erase(extensions.begin() + static_cast<std::ptrdiff_t>(i));
                      }));
      check_refused(sample, with_extensions(sample.tbs, [&](auto& extensions) {
                      extensions.at(i) = with_other_criticality(extensions.at(i));
                    }));
      check_refused(sample, with_extensions(sample.tbs, [&](auto& extensions) {
                      const pki::Bytes copy = extensions.at(i);
                      extensions.push_back(copy);
                    }));
      if (i + 1 < count)
        check_refused(sample, with_extensions(sample.tbs, [&](auto& extensions) {
                        std::swap(extensions.at(i), extensions.at(i + 1));
                      }));
    }
    check_refused(sample, with_extensions(sample.tbs, [&](auto& extensions) {
                    pki::der::Writer writer;
                    write_basic_constraints_of_ca(writer);
                    extensions.push_back(writer.take());
                  }));
  }
}

TEST_CASE("a certificate that is not the one asked for is refused") {
  const Sample sample(CertificateKind::sign);
  const auto refused = [&](const std::function<void(EndEntityRequest&)>& change) {
    EndEntityRequest other = sample.request;
    change(other);
    check_refused(sample, encode_end_entity_tbs(sample.world.profile, sample.ca(), other));
  };
  refused([](EndEntityRequest& other) { other.serial.value += 1; });
  refused([](EndEntityRequest& other) { other.validity.not_after += std::chrono::seconds{1}; });
  refused([](EndEntityRequest& other) { other.validity.not_before -= std::chrono::seconds{1}; });
  refused([](EndEntityRequest& other) {
    other.subject_public_key_info = support::authority_keys().at(6).public_key();
  });
  refused([](EndEntityRequest& other) { other.subject = pki::Name({pki::country("JP")}); });
}

TEST_CASE("a certificate that outlives its CA or ends before it begins is refused") {
  Sample sample(CertificateKind::auth);
  const auto lint_until = [&sample](pki::Time end) {
    sample.request.validity.not_after = end;
    return sample.lint(encode_end_entity_tbs(sample.world.profile, sample.ca(), sample.request));
  };
  CHECK(lint_until(sample.ca().not_after() + std::chrono::seconds{1}).has_error());
  CHECK(lint_until(support::kStart - std::chrono::seconds{1}).has_error());
  // The first and the last second of a validity belong to it.
  CHECK(lint_until(support::kStart).has_value());
}

TEST_CASE("a certificate under another CA's name is refused") {
  const Sample sample(CertificateKind::auth);
  const registry::SigningIssuer& other = sample.world.authority->current(pki::CaName::sign);
  check_refused(sample, encode_end_entity_tbs(sample.world.profile, other, sample.request));
}

// An authentication certificate of a resident of whom `change` makes another, and whose request it spoils.
std::string refusal_of(const std::function<void(Sample&)>& spoil) {
  Sample sample(CertificateKind::auth);
  spoil(sample);
  const auto result = sample.lint(encode_end_entity_tbs(sample.world.profile, sample.ca(), sample.request));
  return result ? "passed" : result.error().text();
}

TEST_CASE(
    "an authentication certificate that holds an item of its holder is refused, whatever it stands in") {
  const std::string start =
      "the certificate to be signed fails the lint: an authentication certificate holds the holder's ";
  const auto in_point_name = [](const std::string& text) {
    return refusal_of([&](Sample& sample) {
      auto& resident = sample.resident;
      // Without the part of the name that the sample's address has, too.
      resident.address = "東京都清瀬市架空町１番";
      resident.furigana = "モギ　タロウ";
      resident.former_name = "旧姓";
      resident.alias = "ＬＩ　ＭＩＮＧ";
      auto attributes = sample.request.point_names.directory_name.attributes();
      attributes.push_back(pki::common_name(text));
      sample.request.point_names.directory_name = pki::Name(attributes);
    });
  };
  CHECK(in_point_name("nothing of the holder") == "passed");
  CHECK(in_point_name("模擬　太郎") == start + "name");
  CHECK(in_point_name("to 太郎!") == start + "name");
  CHECK(in_point_name("東京都清瀬市架空町１番") == start + "address");
  CHECK(in_point_name("319800217") == start + "date of birth");
  CHECK(in_point_name("born 1980-02-17") == start + "date of birth");
  CHECK(in_point_name("1") == start + "sex");
  CHECK(in_point_name("male") == start + "sex");
  CHECK(in_point_name("男") == start + "sex");
  CHECK(in_point_name("モギ　タロウ") == start + "furigana");
  CHECK(in_point_name("旧姓") == start + "former name");
  CHECK(in_point_name("ＭＩＮＧ") == start + "alias");
}

TEST_CASE("an item in the subject or in a URI of an authentication certificate is refused") {
  // 23 characters, as the rule about the subject wants them.
  CHECK(refusal_of([](Sample& sample) {
          sample.request.subject =
              pki::Name({pki::country("JP"), pki::common_name("ABC19800217DEF13221001A")});
        }).find("date of birth") != std::string::npos);
  CHECK(refusal_of([](Sample& sample) {
          sample.request.subject = pki::Name(
              {pki::country("JP"), pki::common_name(to_string(sample.resident.id) + "DEF13221001A")});
        }).find("id") != std::string::npos);
  CHECK(refusal_of([](Sample& sample) {
          sample.request.point_names.uri = "http://127.0.0.1:8080/crl/" + to_string(sample.resident.id);
        }).find("resident id") != std::string::npos);
}

TEST_CASE("short names and names that the CA itself has do not stop an issue") {
  for (const std::string name : {"Au", "LI", "Kiyose", "模擬", "機構"})
    CHECK(refusal_of([&](Sample& sample) { sample.resident.name = name; }) == "passed");
  CHECK(refusal_of([](Sample& sample) {
          sample.resident.birth = pki::Date{std::chrono::year{0}, std::chrono::month{0}, std::chrono::day{0}};
        }) == "passed");
}

TEST_CASE("what was signed must be what the intent names") {
  const Sample sample(CertificateKind::sign);
  const pki::Bytes der = sample.ca().sign(sample.tbs).value();
  const pki::Bytes hash = pki::digest(pki::HashAlgorithm::sha256, sample.tbs);
  CHECK(lint_signed(der, hash).has_value());
  CHECK(lint_signed(der, pki::Bytes(32, 1)).error().code == pki::Errc::internal);
  CHECK(lint_signed({}, hash).error().code == pki::Errc::internal);
}

TEST_CASE("bytes that are no certificate, or are cut or followed by more, are refused") {
  const Sample sample(CertificateKind::auth);
  CHECK(sample.lint({}).has_error());
  for (const std::size_t length : {std::size_t{1}, sample.tbs.size() / 2, sample.tbs.size() - 1})
    check_refused(sample, pki::to_bytes(pki::ByteView(sample.tbs).first(length)));
  pki::Bytes longer = sample.tbs;
  longer.push_back(0);
  check_refused(sample, longer);
}

}  // namespace ca
