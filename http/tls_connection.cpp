// One TLS connection, by OpenSSL.

#include "http/tls_connection.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "pki/der.h"

namespace http {

namespace {

// What OpenSSL has to say about the last failure, and its queue emptied for the next one.
std::string take_reason(const ssl_st* ssl) {
  const long verified = SSL_get_verify_result(ssl);
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
  const char* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason != nullptr ? reason : "the connection was closed";
}

void empty(STACK_OF(X509) * certificates) {
  while (X509* const certificate = sk_X509_pop(certificates))
    X509_free(certificate);
}

// The encoding of a session without the field that holds the peer's certificate: SSL_SESSION's
// `peer [3] EXPLICIT`. Empty when it does not read.
pki::Bytes without_peer(pki::ByteView session) {
  pki::der::Reader reader(session);
  auto fields = reader.enter_sequence();
  if (!fields) return {};
  // One allocation, so that no copy of the session's secret is left behind.
  pki::der::Writer writer(session.size() + 8);
  bool is_whole = true;
  writer.sequence([&] {
    while (is_whole && !fields->at_end()) {
      const auto field = fields->read_any();
      is_whole = field.has_value();
      if (is_whole && field->tag != pki::der::tag::context_constructed(3)) writer.raw(field->encoding);
    }
  });
  pki::Bytes rest = writer.take();
  if (!is_whole) OPENSSL_cleanse(rest.data(), rest.size());
  return is_whole ? std::move(rest) : pki::Bytes();
}

// What was sent with the certificate and the path that was found are stacks that this connection owns. The
// certificate itself belongs to the session, which no function takes it from; but reading a session again,
// into its own place, replaces it by what is read (OpenSSL's d2i functions reuse what they are given).
// Nothing else changes by that: sessions are never resumed (http/tls.h), and the keys in use are not in them.
void let_certificates_go(ssl_st* ssl) {
  empty(SSL_get_peer_cert_chain(ssl));
  empty(SSL_get0_verified_chain(ssl));
  SSL_SESSION* session = SSL_get_session(ssl);
  pki::Bytes whole(static_cast<std::size_t>(std::max(0, i2d_SSL_SESSION(session, nullptr))));
  std::uint8_t* out = whole.data();
  i2d_SSL_SESSION(session, &out);
  pki::Bytes rest = without_peer(whole);
  const std::uint8_t* in = rest.data();
  if (!rest.empty()) d2i_SSL_SESSION(&session, &in, static_cast<long>(rest.size()));
  OPENSSL_cleanse(whole.data(), whole.size());
  OPENSSL_cleanse(rest.data(), rest.size());
  ERR_clear_error();
}

}  // namespace

void SslDeleter::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

TlsConnection::TlsConnection(std::unique_ptr<ssl_st, SslDeleter> ssl, std::shared_ptr<const void> settings)
    : settings_(std::move(settings)), ssl_(std::move(ssl)) {}

TlsStep TlsConnection::step_after(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return TlsStep::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return TlsStep::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return TlsStep::ended;
    default:
      // After such an error OpenSSL forbids every further call but the end.
      is_broken_ = true;
      met_plain_http_ = ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_HTTP_REQUEST;
      failure_ = take_reason(ssl_.get());
      return TlsStep::failed;
  }
}

TlsStep TlsConnection::handshake() {
  if (is_broken_) return TlsStep::failed;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) {
    const TlsStep step = step_after(result);
    return step == TlsStep::ended ? TlsStep::failed : step;
  }
  is_established_ = true;
  return TlsStep::done;
}

TlsMove TlsConnection::read(std::span<std::uint8_t> space) {
  if (is_broken_) return {};
  ERR_clear_error();
  const int size = static_cast<int>(std::min<std::size_t>(space.size(), INT_MAX));
  const int result = SSL_read(ssl_.get(), space.data(), size);
  if (result > 0) return {TlsStep::done, static_cast<std::size_t>(result)};
  return {step_after(result), 0};
}

TlsMove TlsConnection::write(pki::ByteView bytes) {
  if (is_broken_) return {};
  ERR_clear_error();
  const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
  const int result = SSL_write(ssl_.get(), bytes.data(), size);
  if (result > 0) return {TlsStep::done, static_cast<std::size_t>(result)};
  return {step_after(result), 0};
}

void TlsConnection::close() {
  if (!is_established_ || is_broken_ || std::exchange(is_closed_, true)) return;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

bool TlsConnection::has_pending() const {
  return !is_broken_ && SSL_has_pending(ssl_.get()) == 1;
}

std::shared_ptr<const pki::Bytes> TlsConnection::take_peer_certificate() {
  const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return nullptr;
  pki::Bytes der(static_cast<std::size_t>(std::max(0, i2d_X509(certificate, nullptr))));
  std::uint8_t* at = der.data();
  i2d_X509(certificate, &at);
  let_certificates_go(ssl_.get());
  return std::make_shared<const pki::Bytes>(std::move(der));
}

}  // namespace http
