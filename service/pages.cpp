// Constant pages.

#include "service/pages.h"

#include <boost/json.hpp>
#include <memory>

#include "law/compromise.h"
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

void add_certificate(http::Router& router, const std::string& name, const pki::Bytes& certificate) {
  const auto body = std::make_shared<const pki::Bytes>(certificate);
  router.add(http::Method::get, "/ca/" + name + ".cer", [body](const http::Request&) {
    http::Response response{.status = 200, .content_type = "application/pkix-cert"};
    response.headers.push_back({"Cache-Control", "public, max-age=3600"});
    response.body = body;
    return response;
  });
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

void mount_ca_certificates(http::Router& router, const ca::Authority& authority) {
  for (const registry::SigningIssuer& ca : authority.generations())
    add_certificate(router, to_string(ca.id()), ca.certificate());
  for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth, pki::CaName::operations})
    add_certificate(router, std::string(pki::to_string(ca)), authority.current(ca).certificate());
  router.add(http::Method::get, "/cps", [](const http::Request&) {
    return http::text_response(200, "text/plain; charset=utf-8", kCps);
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

http::Response readiness_response(const std::vector<std::string>& faults, bool is_on_trial) {
  boost::json::array list;
  for (const std::string& fault : faults)
    list.push_back(boost::json::value(fault));
  boost::json::object body{{"ready", faults.empty()}, {"faults", std::move(list)}};
  if (is_on_trial) body["on_trial"] = true;
  return http::text_response(faults.empty() ? 200 : 503, "application/json",
                             boost::json::serialize(body) + "\n");
}

}  // namespace service
