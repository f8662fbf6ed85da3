// The members of each SingleResponse.

#include "cli/ocsp_answer.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "ocsp/query.h"
#include "ocsp/response.h"
#include "pki/crl_reason.h"
#include "pki/time.h"

namespace cli {

namespace {

namespace json = boost::json;

// From the best to the worst.
constexpr std::array<std::string_view, 4> kStatuses = {"good", "unknown", "held", "revoked"};

json::value moment(const std::optional<pki::Time>& time) {
  return time ? json::value(pki::to_rfc3339(*time)) : json::value(nullptr);
}

std::string_view status_of(const ocsp::CertStatus& status) {
  const auto* const revoked = std::get_if<ocsp::Revoked>(&status);
  const bool is_held = revoked != nullptr && revoked->revocation_reason == pki::CrlReason::certificate_hold;
  return is_held ? "held" : ocsp::to_string(status);
}

json::object to_json(const ocsp::SingleResponse& single) {
  json::object certificate{{"serial", ocsp::serial_text(single.cert_id.serial_content)},
                           {"status", status_of(single.cert_status)},
                           {"reason", nullptr},
                           {"revoked_at", nullptr},
                           {"this_update", moment(single.this_update)},
                           {"next_update", moment(single.next_update)},
                           {"archive_cutoff", moment(single.archive_cutoff)}};
  if (const auto* const revoked = std::get_if<ocsp::Revoked>(&single.cert_status)) {
    certificate["reason"] = pki::to_string(revoked->revocation_reason);
    certificate["revoked_at"] = moment(revoked->revocation_time);
  }
  return certificate;
}

}  // namespace

void add_answer(json::object& object, pki::ByteView answer, ocsp::QueryVerdict verdict) {
  object["status"] = nullptr;
  object["error"] = nullptr;
  object["produced_at"] = nullptr;
  json::array certificates;
  const auto response = ocsp::decode_response(answer);
  if (response && !response->basic) object["error"] = ocsp::to_string(response->status);
  if (response && response->basic && verdict != ocsp::QueryVerdict::not_verified) {
    object["produced_at"] = moment(response->basic->produced_at);
    std::size_t worst = 0;
    for (const ocsp::SingleResponse& single : response->basic->responses) {
      const auto place = std::ranges::find(kStatuses, status_of(single.cert_status));
      worst = std::max(worst, static_cast<std::size_t>(place - kStatuses.begin()));
      certificates.push_back(to_json(single));
    }
    object["status"] = kStatuses.at(worst);
  }
  object["certificates"] = std::move(certificates);
}

}  // namespace cli
