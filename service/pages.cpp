// Constant pages.

#include "service/pages.h"

#include <algorithm>
#include <boost/json.hpp>

#include "http/conditional.h"
#include "law/compromise.h"
#include "pki/hash.h"
#include "pki/number.h"
#include "registry/issuers.h"

namespace service {

namespace {

constexpr std::string_view kCps =
    "Certification practice statement of the simulator\n"
    "=================================================\n\n"
    "This is a simulator of the Japanese public personal authentication service (JPKI). It is not operated "
    "by\n"
    "J-LIS, its certificates prove nothing about anybody, and its residents are invented.\n\n"
    "It follows the Act (Act No. 153 of 2002), its Cabinet Order and its Ordinance in what it issues and "
    "revokes:\n"
    "see docs/law.md and docs/profiles.md of the program. Status is given to registered verifiers by OCSP\n"
    "(RFC 6960) and by complete and delta CRLs (RFC 5280).\n";

// A name that a rollover gives to another certificate is asked again each time: a compromised anchor must not
// come out of a cache as the present one.
enum class Naming : std::uint8_t { fixed, current };

http::Response certificate_response(const http::Request& request, const pki::Bytes& certificate,
                                    Naming naming) {
  http::Response response{.status = 200, .content_type = "application/pkix-cert"};
  const std::string etag =
      '"' + pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, certificate)).substr(0, 32) + '"';
  response.headers.push_back(
      {"Cache-Control", naming == Naming::fixed ? "public, max-age=3600" : "public, no-cache"});
  response.headers.push_back({"ETag", etag});
  if (http::is_not_modified(request, {.etag = etag, .last_modified = std::nullopt})) {
    response.status = 304;
    response.content_type = {};
    return response;
  }
  response.body = certificate;
  return response;
}

// "sign-2-with-1": the key of sign-2, certified with that of sign-1; the other way round "sign-1-with-2".
http::Response link_response(const store::ReadTransaction& transaction, const http::Request& request,
                             std::string_view name) {
  constexpr std::string_view kWith = "-with-";
  const std::size_t with = name.find(kWith);
  const auto subject = registry::parse_issuer_id(name.substr(0, with));
  const auto number = with == std::string_view::npos
                          ? std::nullopt
                          : pki::parse_number<std::uint8_t>(name.substr(with + kWith.size()));
  if (subject && number && *number > 0) {
    const registry::IssuerId other{subject->ca, *number};
    const auto newer = registry::find_issuer(transaction, std::max(*subject, other));
    if (newer && newer->links && newer->predecessor() == std::min(*subject, other)) {
      const auto older = registry::find_issuer(transaction, std::min(*subject, other));
      if (newer->compromise || older->compromise)
        return http::problem(410, "This link certificate is revoked: one of its two keys is compromised.");
      return certificate_response(
          request, *subject > other ? newer->links->new_with_old : newer->links->old_with_new, Naming::fixed);
    }
  }
  return http::problem(404,
                       "There is no such CA certificate: sign, auth and ops are, one generation such as "
                       "sign-1, and link certificates such as sign-2-with-1 where they were made.");
}

http::Response ca_certificate_response(const store::ReadTransaction& transaction,
                                       const http::Request& request) {
  constexpr std::string_view kPrefix = "/ca/", kSuffix = ".cer";
  std::string_view name = request.path.substr(kPrefix.size());
  if (!name.ends_with(kSuffix)) name = {};
  name = name.substr(0, name.size() - std::min(name.size(), kSuffix.size()));
  const auto ca = pki::parse_ca_name(name);
  const auto id = registry::parse_issuer_id(name);
  const auto issuer = ca   ? registry::current_issuer(transaction, *ca)
                      : id ? registry::find_issuer(transaction, *id)
                           : std::nullopt;
  if (!issuer) return link_response(transaction, request, name);
  return certificate_response(request, issuer->certificate, ca ? Naming::current : Naming::fixed);
}

// Act 15(3), 34(3): that the certificates lapsed, and why.
std::string notice_of(const registry::Issuer& issuer) {
  const std::string id = to_string(issuer.id), when = pki::to_rfc3339(issuer.compromise.value().recorded_at);
  return "* " + id +
         ": the key with which this CA generation signed certificates was compromised.\n  Recorded " + when +
         ". Every certificate of " + id +
         " that stood then has lapsed (cACompromise);\n  certificates that had been revoked keep their own "
         "date and reason. Do not trust " +
         id + ".\n  " + std::string(law::compromise_article(issuer.id.ca)) + ".\n  Published by " +
         std::string(law::compromise_publication_article(issuer.id.ca)) + ".\n  " + id +
         " の発行者署名符号の漏えい等により、この世代の電子証明書は " + when + " をもって失効しました。\n\n";
}

}  // namespace

void mount_ca_certificates(http::Router& router, const store::Environment& environment) {
  router.add_prefix(http::Method::get, "/ca/", [&environment](const http::Request& request) {
    try {
      return ca_certificate_response(environment.read(), request);
    } catch (const store::StoreError&) {
      return http::problem(503, "The CA certificates cannot be read at present; try again later.");
    }
  });
  router.add(http::Method::get, "/cps", [](const http::Request&) {
    http::Response response = http::text_response(200, "text/plain; charset=utf-8", kCps);
    response.headers.push_back({"Cache-Control", "public, max-age=3600"});
    return response;
  });
}

void mount_notices(http::Router& router, const store::Environment& environment) {
  router.add(http::Method::get, "/notices", [&environment](const http::Request&) {
    std::string text =
        "Notices of the simulated authority / 模擬認証局からのお知らせ\n"
        "============================================================\n\n";
    bool any = false;
    for (const registry::Issuer& issuer : registry::all_issuers(environment.read())) {
      if (!issuer.compromise) continue;
      any = true;
      text += notice_of(issuer);
    }
    if (!any) text += "There is none. / ありません。\n";
    http::Response response = http::text_response(200, "text/plain; charset=utf-8", text);
    response.headers.push_back({"Cache-Control", "no-cache"});
    return response;
  });
}

http::Response readiness_response(const std::vector<std::string>& faults, bool is_on_trial,
                                  std::string_view role) {
  boost::json::array list;
  for (const std::string& fault : faults)
    list.push_back(boost::json::value(fault));
  boost::json::object body{{"ready", faults.empty()}, {"faults", std::move(list)}};
  if (is_on_trial) body["on_trial"] = true;
  if (!role.empty()) body["role"] = role;
  http::Response response = http::text_response(faults.empty() ? 200 : 503, "application/json",
                                                boost::json::serialize(body) + "\n");
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace service
