// Reading the document. Its content is JSON: purpose, certificate, given.

#include "admin/signed_notice.h"

#include "admin/holder_document.h"
#include "http/url.h"
#include "pki/messages/admin.h"
#include "pki/text.h"
#include "registry/certificates.h"

namespace admin {

namespace {

pki::Result<law::SignedNotice> read_notice_members(const json::object& object) {
  FieldReader fields(object);
  law::SignedNotice notice;
  TRY_ASSIGN(const std::string purpose, fields.required_text("purpose"));
  const auto event = law::parse_reported_event(purpose);
  if (event != law::Event::holder_application && event != law::Event::key_notice)
    return pki::invalid("purpose", messages::notice_purpose);
  notice.event = *event;
  TRY_ASSIGN(const std::string certificate, fields.required_text("certificate"));
  const auto parts = http::path_segments(certificate);
  const auto issuer = registry::parse_issuer_id(parts.front());
  const auto serial = parts.size() == 2 ? pki::parse_serial(parts.back()) : std::nullopt;
  if (!issuer || !serial) return pki::invalid("certificate", messages::notice_certificate_form);
  notice.certificate = {*issuer, *serial};
  TRY_ASSIGN(const std::string given, fields.required_text("given"));
  const auto time = pki::parse_rfc3339(given);
  if (!time) return pki::invalid("given", messages::moment_form);
  notice.given = *time;
  TRY(fields.finish());
  return notice;
}

pki::Result<law::SignedNotice> read_content(pki::ByteView content) {
  auto object = parse_object(content);
  if (object.has_error()) return fault_in_document("application", object.error());
  auto notice = read_notice_members(*object);
  if (notice.has_error()) return fault_in_document("application", notice.error());
  return notice;
}

}  // namespace

pki::Result<void> read_notice(FieldReader& fields, const store::ReadTransaction& transaction,
                              const store::Vault& vault, law::EventRequest& request) {
  TRY_ASSIGN(const auto der, fields.base64("application"));
  if (!der) return {};
  TRY_ASSIGN(const HolderDocument document,
             open_holder_document(transaction, vault, request.resident, *der, "application"));
  TRY_ASSIGN(law::SignedNotice notice, read_content(document.content));
  if (notice.given < document.signer_not_before)
    return pki::invalid("application.given", messages::notice_before_certificate);
  const auto about = registry::find_certificate(transaction, vault, notice.certificate);
  if (!about || about->resident != request.resident)
    return pki::invalid("application.certificate", messages::notice_names_no_certificate);
  notice.signed_with = document.signed_with;
  notice.sha256 = pki::to_hex(document.sha256);
  const auto complete = [&]<typename Details>(Details& details) -> pki::Result<void> {
    if constexpr (requires { details.application; }) {
      if (details.kind.value_or(about->kind) != about->kind)
        return pki::invalid("kind", {messages::notice_kind_given, pki::to_string(about->kind)});
      details.kind = about->kind;
      details.application = notice.sha256;
      return {};
    }
    return pki::invalid("application", {messages::notice_wrong_event, to_string(Details::kEvent)});
  };
  TRY(std::visit(complete, request.details));
  request.notice = std::move(notice);
  return {};
}

}  // namespace admin
