// Errors as people see them.

#include "cli/failure.h"

#include "cli/explain_words.h"

namespace cli {

int exit_code(pki::Errc code) {
  switch (code) {
    case pki::Errc::already_exists:
    case pki::Errc::conflict:
    case pki::Errc::forbidden:
    case pki::Errc::not_found:
    case pki::Errc::refused_by_law:
    case pki::Errc::sig_required:
    case pki::Errc::unauthorized:
      return kRefused;
    case pki::Errc::invalid_value:
    case pki::Errc::malformed:
    case pki::Errc::unsupported:
      return kUsage;
    case pki::Errc::unreachable:
      return kNotReachable;
    case pki::Errc::internal:
    case pki::Errc::outcome_unknown:
    case pki::Errc::too_busy:
      return kInternal;
  }
  return kInternal;
}

namespace {

pki::Errc errc_of(int code) {
  if (code == kRefused) return pki::Errc::conflict;
  if (code == kUsage) return pki::Errc::invalid_value;
  return code == kNotReachable ? pki::Errc::unreachable : pki::Errc::internal;
}

std::string with_article(const pki::Error& error, pki::Language language) {
  const std::string text = error.text(language);
  if (error.article.empty()) return text;
  return language == pki::Language::ja ? text + "（" + article_in_japanese(error.article) + "）"
                                       : text + " (" + error.article + ")";
}

}  // namespace

Failure::Failure(int code, const pki::Message& message)
    : std::runtime_error(message.in(pki::Language::en)),
      code_(code),
      error_(pki::fail(errc_of(code), message)) {}

Failure::Failure(const pki::Error& error)
    : std::runtime_error(with_article(error, pki::Language::en)),
      code_(exit_code(error.code)),
      error_(error) {}

std::string Failure::text(pki::Language language) const {
  return with_article(error_, language);
}

}  // namespace cli
