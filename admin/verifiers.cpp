// /v1/verifiers: relying parties and the steps that make them active.

#include <algorithm>
#include <cctype>
#include <charconv>

#include "admin/api.h"
#include "admin/approvals.h"
#include "admin/verifier_lookup.h"
#include "ca/credential.h"
#include "ca/permission.h"
#include "pki/certificate.h"
#include "pki/certification_path.h"
#include "registry/issuers.h"
#include "registry/verifiers.h"

namespace admin {

namespace {

using registry::Verifier;
using registry::VerifierClass;

json::value optional_date(const std::optional<pki::Date>& date) {
  if (!date) return nullptr;
  return json::value(pki::to_string(*date));
}

json::object to_json(const Verifier& verifier, pki::Time now) {
  const registry::Standing standing = registry::standing_of(verifier, now);
  json::object classes;
  for (const auto& [verifier_class, steps] : verifier.classes) {
    json::object entry{{"active", standing.active.contains(verifier_class)},
                       {"notified", optional_date(steps.notified)},
                       {"agreed", optional_date(steps.agreed)},
                       {"certified", optional_date(steps.certified)}};
    add_approvals(entry, steps, pki::jst_date(now));
    classes[registry::to_string(verifier_class)] = std::move(entry);
  }
  json::array networks;
  for (const registry::Network& network : verifier.networks)
    networks.push_back(json::value(registry::to_string(network)));
  json::array request_cas;
  for (const pki::Bytes& der : verifier.request_cas)
    request_cas.push_back(json::value(pki::to_base64(der)));
  json::array refused_signers;
  for (const pki::Bytes& serial : verifier.refused_signers)
    refused_signers.push_back(json::value(pki::to_hex(serial)));
  return {{"id", std::to_string(verifier.id)},
          {"name", verifier.name},
          {"private", verifier.sector == registry::Sector::private_sector},
          {"classes", std::move(classes)},
          {"networks", std::move(networks)},
          {"signature", verifier.by_signature},
          {"ca", std::move(request_cas)},
          {"refused_signers", std::move(refused_signers)},
          {"tls", verifier.by_tls},
          {"suspended_from", verifier.suspension ? optional_date(verifier.suspension->from) : nullptr},
          {"suspended_until", verifier.suspension ? optional_date(verifier.suspension->until) : nullptr},
          {"cancelled", optional_date(verifier.cancelled)},
          {"explanation", standing.explanation}};
}

pki::Result<std::vector<VerifierClass>> read_classes(FieldReader& fields) {
  TRY_ASSIGN(const auto texts, fields.texts("class"));
  std::vector<VerifierClass> classes;
  for (const std::string& text : texts) {
    const auto parsed = registry::parse_verifier_class(text);
    if (!parsed)
      return pki::invalid(
          "class", "the classes are signature, group-signature, authentication and specific-authentication");
    classes.push_back(*parsed);
  }
  return classes;
}

struct AgreementItems {
  std::vector<registry::Network> networks;
  bool signature = false;
  bool tls = false;
  // The verifier's own CA for request signatures, DER.
  std::optional<pki::Bytes> ca;
};

pki::Result<AgreementItems> read_agreement(FieldReader& fields) {
  AgreementItems items;
  TRY_ASSIGN(const auto networks, fields.texts("network"));
  for (const std::string& text : networks) {
    TRY_ASSIGN(const registry::Network network, registry::parse_network(text));
    items.networks.push_back(network);
  }
  TRY_ASSIGN(items.signature, fields.flag("signature"));
  TRY_ASSIGN(items.tls, fields.flag("tls"));
  TRY_ASSIGN(items.ca, fields.base64("ca"));
  if (items.ca && !items.signature)
    return pki::invalid("ca",
                        "a CA of the verifier's own is for request signatures: agree on signature, too");
  return items;
}

// A CA that two verifiers share, or one of our own, would not say who asks.
pki::Result<void> add_request_ca(const registry::ReadTransaction& transaction, Verifier& verifier,
                                 const pki::Bytes& der, pki::Time now) {
  auto certificate = pki::Certificate::decode(der);
  if (!certificate) return pki::invalid("ca", "the CA certificate: " + certificate.error().detail);
  TRY(pki::check_request_ca(*certificate, now));
  const auto same_key = [&](const pki::Bytes& other) {
    const auto decoded = pki::Certificate::decode(other);
    return decoded && pki::equal(decoded->subject_public_key_info(), certificate->subject_public_key_info());
  };
  for (const registry::Issuer& issuer : registry::all_issuers(transaction))
    if (same_key(issuer.certificate))
      return pki::invalid("ca", "this is a CA of this authority: register one of the verifier's own");
  for (const Verifier& other : registry::all_verifiers(transaction))
    if (other.id != verifier.id && !other.cancelled && std::ranges::any_of(other.request_cas, same_key))
      return pki::fail(pki::Errc::conflict,
                       "this CA is registered for verifier " + std::to_string(other.id) + " already");
  if (std::ranges::find(verifier.request_cas, der) == verifier.request_cas.end())
    verifier.request_cas.push_back(der);
  return {};
}

// The same network for a second verifier is refused: nobody could say who asks.
pki::Result<void> add_agreement(const registry::ReadTransaction& transaction, Verifier& verifier,
                                const AgreementItems& items, pki::Time now) {
  if (items.ca) {
    TRY(add_request_ca(transaction, verifier, *items.ca, now));
  }
  for (const registry::Network& network : items.networks) {
    for (const Verifier& other : registry::all_verifiers(transaction))
      if (other.id != verifier.id && !other.cancelled &&
          std::ranges::find(other.networks, network) != other.networks.end())
        return pki::fail(pki::Errc::conflict, "network " + registry::to_string(network) +
                                                  " is registered for verifier " + std::to_string(other.id) +
                                                  " already");
    if (std::ranges::find(verifier.networks, network) == verifier.networks.end())
      verifier.networks.push_back(network);
  }
  verifier.by_signature = verifier.by_signature || items.signature;
  verifier.by_tls = verifier.by_tls || items.tls;
  return {};
}

// All steps of the verifier's classes at once, for trials.
void make_ready(Verifier& verifier, pki::Date today) {
  for (auto& [verifier_class, steps] : verifier.classes) {
    steps.notified = steps.agreed = today;
    if (verifier.sector == registry::Sector::private_sector) steps.certified = today;
    if (verifier_class == VerifierClass::specific_authentication) steps.approvals = {{.from = today}};
  }
}

pki::Result<Answer> add(const Call& call) {
  FieldReader fields(call.body);
  Verifier verifier;
  TRY_ASSIGN(verifier.name, fields.required_text("name"));
  if (verifier.name.empty()) return pki::invalid("name", "a verifier needs a name");
  TRY_ASSIGN(const auto classes, read_classes(fields));
  if (classes.empty()) return pki::invalid("class", "a verifier needs at least one class");
  for (const VerifierClass verifier_class : classes)
    verifier.classes[verifier_class] = {};
  TRY_ASSIGN(const bool is_private, fields.flag("private"));
  verifier.sector = is_private ? registry::Sector::private_sector : registry::Sector::public_body;
  TRY_ASSIGN(const bool ready, fields.flag("ready"));
  TRY_ASSIGN(const AgreementItems items, read_agreement(fields));
  TRY(fields.finish());
  TRY(ca::may_administer(call.actor()));
  if (ready) make_ready(verifier, pki::jst_date(call.services.clock.now()));
  Answer answer{.status = 201, .body = {}};
  TRY(call.execute(call.actor(), "verifier add", answer,
                   [&](registry::CommandContext& context) -> pki::Result<void> {
                     Verifier entry = verifier;
                     TRY(add_agreement(context.transaction, entry, items, context.now));
                     entry.id = registry::put_verifier(context.transaction, entry);
                     context.subjects = {"verifier " + std::to_string(entry.id)};
                     answer.body = to_json(entry, context.now);
                     return {};
                   }));
  return answer;
}

pki::Result<Answer> list(const Call& call) {
  const auto transaction = call.services.environment.read();
  json::array verifiers;
  for (const Verifier& verifier : registry::all_verifiers(transaction))
    verifiers.push_back(to_json(verifier, call.services.clock.now()));
  return Answer{.body = json::object{{"verifiers", std::move(verifiers)}}};
}

pki::Result<Answer> show(const Call& call) {
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const Verifier verifier, verifier_named(transaction, call.parameters.at(0)));
  return Answer{.body = to_json(verifier, call.services.clock.now())};
}

struct Step {
  std::string name;
  pki::Date date;
  std::optional<pki::Date> until;
  // Empty: every class of the verifier that the step concerns.
  std::vector<VerifierClass> classes;
  AgreementItems agreement;
  registry::ApprovalItems approval;
};

// What ends or changes the approval alone concerns the PIN-less class alone.
bool is_about_approval(const Step& step) {
  return step.name == "approve" || step.name == "cancel-approval";
}

pki::Result<void> apply_to_classes(Verifier& verifier, const Step& step, pki::Date today) {
  bool applied = false;
  for (auto& [verifier_class, steps] : verifier.classes) {
    if (!step.classes.empty() && std::ranges::find(step.classes, verifier_class) == step.classes.end())
      continue;
    if (is_about_approval(step) && verifier_class != VerifierClass::specific_authentication) continue;
    applied = true;
    if (step.name == "notify") steps.notified = step.date;
    if (step.name == "agree") steps.agreed = step.date;
    if (step.name == "certify") steps.certified = step.date;
    if (step.name == "approve") {
      TRY(registry::record_approval(steps.approvals, step.approval, today));
    }
    if (step.name == "cancel-approval") {
      TRY(registry::cancel_approval(steps.approvals, step.date, today));
    }
  }
  if (!applied) return pki::invalid("class", "the verifier has no class that this step concerns");
  return {};
}

pki::Result<void> apply_step(const registry::ReadTransaction& transaction, Verifier& verifier,
                             const Step& step, pki::Time now) {
  const pki::Date today = pki::jst_date(now);
  if (verifier.cancelled)
    return pki::fail(pki::Errc::conflict, "the verifier is cancelled: register it anew");
  if (step.name == "suspend") {
    const bool in_force =
        verifier.suspension && (!verifier.suspension->until || today <= *verifier.suspension->until);
    if (in_force)
      return pki::fail(pki::Errc::conflict, "the verifier is suspended, or will be: resume it first");
    verifier.suspension = registry::Suspension{step.date, step.until};
  } else if (step.name == "resume") {
    if (!verifier.suspension) return pki::fail(pki::Errc::conflict, "the verifier is not suspended");
    verifier.suspension.reset();
  } else if (step.name == "cancel") {
    if (step.date > today)
      return pki::invalid("date", "a cancellation takes effect at once: give today or an earlier day");
    verifier.cancelled = step.date;
  } else {
    TRY(apply_to_classes(verifier, step, today));
    if (step.name == "agree") return add_agreement(transaction, verifier, step.agreement, now);
  }
  return {};
}

// On the verifier's end its credentials end, too, and with the approval those of the PIN-less path; what it
// still has to erase is told (Order 25-6).
void end_credentials(registry::CommandContext& context, std::uint64_t verifier, const Step& step,
                     json::object& body) {
  std::optional<registry::CredentialUse> use;
  if (step.name == "cancel-approval")
    use = registry::CredentialUse::pinless;
  else if (step.name != "cancel")
    return;
  json::array serials;
  for (const pki::SerialNumber serial : ca::revoke_all_credentials(context, verifier, use))
    serials.push_back(json::value(pki::to_string(serial)));
  body["to_erase"] = std::move(serials);
}

pki::Result<Answer> take_step(const Call& call, std::string_view name) {
  FieldReader fields(call.body);
  Step step{.name = std::string(name),
            .date = pki::jst_date(call.services.clock.now()),
            .until = {},
            .classes = {},
            .agreement = {},
            .approval = {}};
  TRY_ASSIGN(const auto date, fields.date("date"));
  step.date = date.value_or(step.date);
  TRY_ASSIGN(step.until, fields.date("until"));
  if (step.until && *step.until < step.date)
    return pki::invalid("until", "the last day lies before the first");
  TRY_ASSIGN(step.classes, read_classes(fields));
  TRY_ASSIGN(step.agreement, read_agreement(fields));
  if (step.name == "approve") {
    TRY_ASSIGN(step.approval, read_approval(fields));
    step.approval.from = step.date;
    step.approval.until = step.until;
  }
  TRY(fields.finish());
  TRY(ca::may_administer(call.actor()));
  Answer answer;
  TRY(call.execute(call.actor(), "verifier " + step.name, answer,
                   [&](registry::CommandContext& context) -> pki::Result<void> {
                     TRY_ASSIGN(Verifier verifier,
                                verifier_named(context.transaction, call.parameters.at(0)));
                     TRY(apply_step(context.transaction, verifier, step, context.now));
                     registry::put_verifier(context.transaction, verifier);
                     context.subjects = {"verifier " + std::to_string(verifier.id)};
                     json::object body = to_json(verifier, context.now);
                     end_credentials(context, verifier.id, step, body);
                     answer.body = std::move(body);
                     return {};
                   }));
  return answer;
}

// The content octets of an INTEGER from decimal digits, or hexadecimal ones after 0x. Certificates of other
// CAs have serial numbers of up to 20 octets (RFC 5280 section 4.1.2.2).
pki::Result<pki::Bytes> parse_long_serial(std::string_view text) {
  constexpr std::size_t kMaxOctets = 20;
  const bool hexadecimal = text.size() > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const unsigned base = hexadecimal ? 16 : 10;
  const std::string_view digits = hexadecimal ? text.substr(2) : text;
  const pki::Error wrong = pki::invalid("serial", "a serial number is decimal, or hexadecimal after 0x");
  if (digits.empty()) return wrong;
  // The least significant octet first.
  pki::Bytes octets;
  for (const char digit : digits) {
    const auto value = std::string_view("0123456789abcdef")
                           .find(static_cast<char>(std::tolower(static_cast<unsigned char>(digit))));
    if (value >= base) return wrong;
    unsigned carry = static_cast<unsigned>(value);
    for (std::uint8_t& octet : octets) {
      carry += octet * base;
      octet = static_cast<std::uint8_t>(carry);
      carry >>= 8U;
    }
    if (carry != 0) octets.push_back(static_cast<std::uint8_t>(carry));
    if (octets.size() > kMaxOctets) return wrong;
  }
  if (octets.empty()) octets.push_back(0);
  if ((octets.back() & 0x80U) != 0) octets.push_back(0);
  std::ranges::reverse(octets);
  return octets;
}

pki::Result<Answer> refuse_signer(const Call& call) {
  FieldReader fields(call.body);
  TRY_ASSIGN(const std::string text, fields.required_text("serial"));
  TRY_ASSIGN(const pki::Bytes serial, parse_long_serial(text));
  TRY(fields.finish());
  TRY(ca::may_administer(call.actor()));
  Answer answer;
  TRY(call.execute(
      call.actor(), "verifier refuse-signer", answer,
      [&](registry::CommandContext& context) -> pki::Result<void> {
        TRY_ASSIGN(Verifier verifier, verifier_named(context.transaction, call.parameters.at(0)));
        if (verifier.request_cas.empty())
          return pki::fail(pki::Errc::conflict,
                           "the verifier has no CA of its own: revoke a credential instead");
        if (std::ranges::find(verifier.refused_signers, serial) != verifier.refused_signers.end())
          return pki::fail(pki::Errc::conflict, "that certificate is refused already");
        verifier.refused_signers.push_back(serial);
        registry::put_verifier(context.transaction, verifier);
        context.subjects = {"verifier " + std::to_string(verifier.id), "signer 0x" + pki::to_hex(serial)};
        answer.body = to_json(verifier, context.now);
        return {};
      }));
  return answer;
}

}  // namespace

pki::Result<Verifier> verifier_named(const registry::ReadTransaction& transaction, const std::string& id) {
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  const bool is_number = error == std::errc{} && stop == id.data() + id.size();
  auto verifier = is_number ? registry::find_verifier(transaction, number) : std::nullopt;
  if (!verifier) return pki::fail(pki::Errc::not_found, "there is no verifier " + id);
  return std::move(*verifier);
}

std::vector<OperationRow> verifier_operations() {
  std::vector<OperationRow> rows = {{http::Method::post, "/v1/verifiers", add},
                                    {http::Method::get, "/v1/verifiers", list},
                                    {http::Method::get, "/v1/verifiers/{}", show},
                                    {http::Method::post, "/v1/verifiers/{}/refused-signers", refuse_signer}};
  const auto add_step = [&](std::string_view pattern, std::string_view name) {
    rows.push_back({http::Method::post, pattern, [name](const Call& call) { return take_step(call, name); }});
  };
  add_step("/v1/verifiers/{}/notify", "notify");
  add_step("/v1/verifiers/{}/agree", "agree");
  add_step("/v1/verifiers/{}/certify", "certify");
  add_step("/v1/verifiers/{}/approve", "approve");
  add_step("/v1/verifiers/{}/cancel-approval", "cancel-approval");
  add_step("/v1/verifiers/{}/suspend", "suspend");
  add_step("/v1/verifiers/{}/resume", "resume");
  add_step("/v1/verifiers/{}/cancel", "cancel");
  return rows;
}

}  // namespace admin
