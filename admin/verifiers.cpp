// /v1/verifiers: relying parties. The steps that make them active are in admin/verifier_steps.cpp.

#include <algorithm>
#include <array>
#include <cctype>

#include "admin/api.h"
#include "admin/problem.h"
#include "admin/requested_action.h"
#include "admin/verifier_agreement.h"
#include "admin/verifier_json.h"
#include "admin/verifier_lookup.h"
#include "pki/messages/admin.h"
#include "pki/number.h"
#include "pki/text.h"
#include "verifier/verifiers.h"

namespace admin {

namespace {

using verifier::Verifier;
using verifier::VerifierClass;

// All steps of the verifier's classes at once, for trials.
void make_ready(Verifier& verifier, pki::Date today) {
  for (auto& [verifier_class, steps] : verifier.classes) {
    steps.notified = steps.agreed = today;
    if (verifier::needs_certification(verifier_class, verifier.sector)) steps.certified = today;
    if (verifier_class == VerifierClass::specific_authentication) steps.approvals.assign(1, {.from = today});
  }
}

// Nothing but spaces, whatever their width.
bool is_blank(std::string_view name) {
  constexpr std::array kSpaces = {" ",      "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002",
                                  "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
                                  "\u2009", "\u200A", "\u202F", "\u205F", "\u3000"};
  return std::ranges::all_of(pki::characters_of(name), [&](std::string_view character) {
    return std::ranges::find(kSpaces, character) != kSpaces.end();
  });
}

pki::Result<Answer> add(const RequestContext& call) {
  FieldReader fields(call.body);
  Verifier verifier;
  TRY_ASSIGN(verifier.name, fields.required_text("name"));
  TRY(pki::check_line("name", verifier.name));
  if (is_blank(verifier.name)) return pki::invalid("name", messages::verifier_without_name);
  TRY_ASSIGN(const auto classes, read_classes(fields));
  if (classes.empty()) return pki::invalid("class", messages::verifier_without_class);
  for (const VerifierClass verifier_class : classes)
    verifier.classes[verifier_class] = {};
  TRY_ASSIGN(const bool is_private, fields.flag("private"));
  verifier.sector = is_private ? verifier::Sector::private_sector : verifier::Sector::public_body;
  TRY_ASSIGN(const bool ready, fields.flag("ready"));
  TRY_ASSIGN(const AgreementItems items, read_agreement(fields));
  TRY(fields.finish());
  TRY(call.require(action_of_new_verifier(classes, ready)));
  if (ready) make_ready(verifier, pki::jst_date(call.services.clock.now()));
  Answer answer{.status = 201, .body = {}};
  TRY(call.execute(call.actor(), "verifier add", answer,
                   [&](store::CommandContext& context) -> pki::Result<void> {
                     Verifier entry = verifier;
                     TRY(add_agreement(context.transaction, entry, items, context.now));
                     entry.id = verifier::put_verifier(context.transaction, entry);
                     context.subjects = {"verifier " + std::to_string(entry.id)};
                     answer.body = to_json(entry, context.now, language_of(call.request));
                     return {};
                   }));
  return answer;
}

pki::Result<Answer> list(const RequestContext& call) {
  const auto transaction = call.services.environment.read();
  json::array verifiers;
  for (const Verifier& verifier : verifier::all_verifiers(transaction))
    verifiers.push_back(to_json(verifier, call.services.clock.now(), language_of(call.request)));
  return Answer{.body = json::object{{"verifiers", std::move(verifiers)}}};
}

pki::Result<Answer> show(const RequestContext& call) {
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const Verifier verifier, verifier_named(transaction, call.parameters.at(0)));
  return Answer{.body = to_json(verifier, call.services.clock.now(), language_of(call.request))};
}

// The content bytes of an INTEGER from decimal digits, or hexadecimal ones after 0x. Certificates of other
// CAs have serial numbers of up to 20 bytes (RFC 5280 section 4.1.2.2).
pki::Result<pki::Bytes> parse_long_serial(std::string_view text) {
  constexpr std::size_t kMaxBytes = 20;
  const bool hexadecimal = text.size() > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const unsigned base = hexadecimal ? 16 : 10;
  const std::string_view digits = hexadecimal ? text.substr(2) : text;
  const pki::Error wrong = pki::invalid("serial", messages::serial_form);
  if (digits.empty()) return wrong;
  // The least significant byte first.
  pki::Bytes bytes;
  for (const char digit : digits) {
    const auto value = std::string_view("0123456789abcdef")
                           .find(static_cast<char>(std::tolower(static_cast<unsigned char>(digit))));
    if (value >= base) return wrong;
    unsigned carry = static_cast<unsigned>(value);
    for (std::uint8_t& byte : bytes) {
      carry += byte * base;
      byte = static_cast<std::uint8_t>(carry);
      carry >>= 8U;
    }
    if (carry != 0) bytes.push_back(static_cast<std::uint8_t>(carry));
    if (bytes.size() > kMaxBytes) return wrong;
  }
  if (bytes.empty()) bytes.push_back(0);
  if ((bytes.back() & 0x80U) != 0) bytes.push_back(0);
  std::ranges::reverse(bytes);
  return bytes;
}

pki::Result<Answer> refuse_signer(const RequestContext& call) {
  FieldReader fields(call.body);
  TRY_ASSIGN(const std::string text, fields.required_text("serial"));
  TRY_ASSIGN(const pki::Bytes serial, parse_long_serial(text));
  TRY(fields.finish());
  Answer answer;
  TRY(call.execute(
      call.actor(), "verifier refuse-signer", answer,
      [&](store::CommandContext& context) -> pki::Result<void> {
        TRY_ASSIGN(Verifier verifier, verifier_named(context.transaction, call.parameters.at(0)));
        if (verifier.request_cas.empty()) return pki::fail(pki::Errc::conflict, messages::verifier_has_no_ca);
        if (std::ranges::find(verifier.refused_signers, serial) != verifier.refused_signers.end())
          return pki::fail(pki::Errc::conflict, messages::serial_refused_already);
        verifier.refused_signers.push_back(serial);
        verifier::put_verifier(context.transaction, verifier);
        context.subjects = {"verifier " + std::to_string(verifier.id), "signer 0x" + pki::to_hex(serial)};
        answer.body = to_json(verifier, context.now, language_of(call.request));
        return {};
      }));
  return answer;
}

}  // namespace

pki::Result<Verifier> verifier_named(const store::ReadTransaction& transaction, const std::string& id) {
  const auto number = pki::parse_number<std::uint64_t>(id);
  auto verifier = number ? verifier::find_verifier(transaction, *number) : std::nullopt;
  if (!verifier) return pki::fail(pki::Errc::not_found, {messages::no_verifier, id});
  return std::move(*verifier);
}

std::vector<ApiEndpoint> verifier_endpoints() {
  return {
      {{http::Method::post, "/v1/verifiers", Action::change_verifiers}, add},
      {{http::Method::get, "/v1/verifiers", Action::read_verifiers}, list},
      {{http::Method::get, "/v1/verifiers/{id}", Action::read_verifiers}, show},
      {{http::Method::post, "/v1/verifiers/{id}/refused-signers", Action::change_verifiers}, refuse_signer}};
}

}  // namespace admin
