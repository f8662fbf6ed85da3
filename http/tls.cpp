// What TLS listeners and clients are set to, by OpenSSL.

#include "http/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <climits>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "http/tls_connection.h"
#include "pki/messages/http.h"
#include "pki/replaceable.h"
#include "pki/secret_memory.h"

namespace http {

namespace {

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Context = std::unique_ptr<SSL_CTX, ContextDeleter>;
using CertificatePointer = std::unique_ptr<X509, CertificateDeleter>;

// Only suites with forward secrecy and authenticated encryption (RFC 9325 section 4.2); TLS 1.3 has no
// others.
constexpr const char* kTls12Suites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";
// A path of ours is two certificates; a verifier's software may send more than it needs.
constexpr int kPathLengthMax = 3;

// Throws unless OpenSSL answered 1: only memory or a broken installation can be the reason.
void require(int answer, const char* what) {
  if (answer == 1) return;
  ERR_clear_error();
  throw pki::MessageError({messages::tls_setup_failed, what});
}

CertificatePointer decode(pki::ByteView der) {
  const std::uint8_t* at = der.data();
  CertificatePointer certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (at != der.data() + der.size()) certificate.reset();
  return certificate;
}

pki::Error not_a_certificate() {
  return pki::fail(pki::Errc::malformed, messages::tls_certificate_form);
}

// What both ends have in common.
Context make_context(const SSL_METHOD* method) {
  Context context(SSL_CTX_new(method));
  require(context ? 1 : 0, "no context");
  require(static_cast<int>(SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION)),
          "the lowest version");
  require(SSL_CTX_set_cipher_list(context.get(), kTls12Suites), "the suites");
  require(static_cast<int>(SSL_CTX_set1_groups_list(context.get(), kGroups)), "the groups");
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  require(SSL_CTX_set_num_tickets(context.get(), 0), "no tickets");
  // A write that was cut short is repeated from wherever the bytes lie then.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  // Head and content of a record by one call of the system, not by two.
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_verify_depth(context.get(), kPathLengthMax);
  // The files that OpenSSL was installed with must not add trust.
  SSL_CTX_set_cert_store(context.get(), X509_STORE_new());
  return context;
}

pki::Result<void> set_identity(SSL_CTX* context, const TlsIdentity& identity) {
  if (identity.certificates.empty()) return not_a_certificate();
  const CertificatePointer own = decode(identity.certificates.front());
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) return not_a_certificate();
  for (std::size_t i = 1; i < identity.certificates.size(); ++i) {
    const CertificatePointer next = decode(identity.certificates[i]);
    if (!next || SSL_CTX_add1_chain_cert(context, next.get()) != 1) return not_a_certificate();
  }
  pki::Bytes der = identity.key.to_der();
  const std::uint8_t* at = der.data();
  const std::unique_ptr<EVP_PKEY, KeyDeleter> key(
      d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
  pki::wipe(der);
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    ERR_clear_error();
    return pki::invalid("key", messages::tls_key_mismatch);
  }
  return {};
}

pki::Result<void> add_authorities(SSL_CTX* context, const std::vector<pki::Bytes>& authorities) {
  for (const pki::Bytes& der : authorities) {
    const CertificatePointer authority = decode(der);
    if (!authority) return not_a_certificate();
    require(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()), "an authority");
  }
  return {};
}

void set_time(X509_STORE_CTX* path, const pki::Clock& clock) {
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(path), pki::to_unix(clock.now()));
}

bool is_for_clients(X509* certificate) {
  const bool says = (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0;
  return says && (X509_get_extended_key_usage(certificate) & XKU_SSL_CLIENT) != 0;
}

int refuse(X509_STORE_CTX* path, int error) {
  X509_STORE_CTX_set_error(path, error);
  return 0;
}

// What the callbacks of a server's handshakes need; each connection keeps it.
struct ServerSettings {
  explicit ServerSettings(const pki::Clock& given_clock) : clock(given_clock) {}

  const pki::Clock& clock;
  ClientCheck check;
  Context context;
};

// Path, purpose and time are OpenSSL's to judge, at the time of our clock.
int verify_client(X509_STORE_CTX* path, void* argument) {
  const auto& settings = *static_cast<const ServerSettings*>(argument);
  try {
    set_time(path, settings.clock);
    if (X509_verify_cert(path) != 1) return 0;
    X509* const certificate = X509_STORE_CTX_get0_cert(path);
    if (!is_for_clients(certificate)) return refuse(path, X509_V_ERR_INVALID_PURPOSE);
    if (!settings.check) return 1;
    std::uint8_t* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    const std::unique_ptr<std::uint8_t, void (*)(std::uint8_t*)> owner(
        der, [](std::uint8_t* bytes) { OPENSSL_free(bytes); });
    if (size <= 0) return refuse(path, X509_V_ERR_OUT_OF_MEM);
    switch (settings.check({der, static_cast<std::size_t>(size)})) {
      case ClientVerdict::accepted:
        return 1;
      case ClientVerdict::revoked:
        return refuse(path, X509_V_ERR_CERT_REVOKED);
      case ClientVerdict::unknown:
        return refuse(path, X509_V_ERR_CERT_REJECTED);
    }
    return refuse(path, X509_V_ERR_UNSPECIFIED);
  } catch (const std::exception&) {
    // An exception must not pass through OpenSSL; the peer hears internal_error.
    return refuse(path, X509_V_ERR_UNSPECIFIED);
  }
}

int verify_server(X509_STORE_CTX* path, void* argument) {
  set_time(path, *static_cast<const pki::Clock*>(argument));
  return X509_verify_cert(path) == 1 ? 1 : 0;
}

pki::Result<std::shared_ptr<const ServerSettings>> make_settings(const TlsServerOptions& options,
                                                                 const pki::Clock& clock) {
  auto settings = std::make_shared<ServerSettings>(clock);
  settings->check = options.client_check;
  settings->context = make_context(TLS_server_method());
  SSL_CTX* const context = settings->context.get();
  TRY(set_identity(context, options.identity));
  TRY(add_authorities(context, options.client_authorities));
  for (const pki::Bytes& der : options.client_authorities)
    require(SSL_CTX_add_client_CA(context, decode(der).get()), "the name of an authority");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify_client, settings.get());
  // Without it OpenSSL ends the handshake of a client that offers to resume.
  constexpr unsigned char kSessionContext[] = {'j', 'p', 'k', 'i'};
  require(SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext), "sessions");
  return std::shared_ptr<const ServerSettings>(std::move(settings));
}

std::unique_ptr<ssl_st, SslDeleter> make_ssl(SSL_CTX* context, int socket) {
  std::unique_ptr<ssl_st, SslDeleter> ssl(SSL_new(context));
  require(ssl ? 1 : 0, "no memory for a connection");
  require(SSL_set_fd(ssl.get(), socket), "the socket");
  return ssl;
}

bool is_numeric(const std::string& host) {
  in6_addr ignored{};
  return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace

struct TlsServer::State {
  State(TlsServerOptions given, const pki::Clock& given_clock)
      : options(std::move(given)), clock(given_clock) {}

  // REQUIRES: replacing is held.
  pki::Result<void> replace(const TlsIdentity& identity, const std::vector<pki::Bytes>& client_authorities) {
    TRY_ASSIGN(auto made, make_settings({.identity = identity,
                                         .client_authorities = client_authorities,
                                         .client_check = options.client_check},
                                        clock));
    settings.store(std::move(made));
    return {};
  }

  std::mutex replacing;
  TlsServerOptions options;  // Guarded by replacing once the server is there.
  const pki::Clock& clock;
  pki::Replaceable<ServerSettings> settings;
};

TlsServer::TlsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsServer::~TlsServer() = default;

pki::Result<std::shared_ptr<TlsServer>> TlsServer::create(TlsServerOptions options, const pki::Clock& clock) {
  TRY_ASSIGN(auto settings, make_settings(options, clock));
  auto state = std::make_unique<State>(std::move(options), clock);
  state->settings.store(std::move(settings));
  return std::shared_ptr<TlsServer>(new TlsServer(std::move(state)));
}

pki::Result<void> TlsServer::replace_identity(const TlsIdentity& identity) {
  const std::lock_guard lock(state_->replacing);
  return state_->replace(identity, state_->options.client_authorities);
}

pki::Result<void> TlsServer::replace(const TlsIdentity& identity,
                                     std::vector<pki::Bytes> client_authorities) {
  const std::lock_guard lock(state_->replacing);
  TRY(state_->replace(identity, client_authorities));
  state_->options.client_authorities = std::move(client_authorities);
  return {};
}

std::unique_ptr<TlsConnection> TlsServer::accept(int socket) const {
  auto settings = state_->settings.load();
  auto ssl = make_ssl(settings->context.get(), socket);
  SSL_set_accept_state(ssl.get());
  return std::make_unique<TlsConnection>(std::move(ssl), std::move(settings));
}

struct TlsClient::State {
  explicit State(const pki::Clock& given_clock)
      : clock(given_clock), context(make_context(TLS_client_method())) {}

  const pki::Clock& clock;
  Context context;
};

TlsClient::TlsClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsClient::~TlsClient() = default;

pki::Result<std::shared_ptr<const TlsClient>> TlsClient::create(TlsClientOptions options,
                                                                const pki::Clock& clock) {
  auto state = std::make_unique<State>(clock);
  SSL_CTX* const context = state->context.get();
  TRY(add_authorities(context, options.authorities));
  if (options.identity) TRY(set_identity(context, *options.identity));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  // OpenSSL's signature has no const; the callback only reads the clock.
  SSL_CTX_set_cert_verify_callback(context, verify_server, const_cast<pki::Clock*>(&clock));
  return std::shared_ptr<const TlsClient>(new TlsClient(std::move(state)));
}

std::unique_ptr<TlsConnection> TlsClient::connect(int socket, const std::string& host) const {
  auto ssl = make_ssl(state_->context.get(), socket);
  SSL_set_connect_state(ssl.get());
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl.get());
  if (is_numeric(host)) {
    require(X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()), "the address of the server");
  } else {
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    require(X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size()), "the name of the server");
    require(static_cast<int>(SSL_set_tlsext_host_name(ssl.get(), host.c_str())), "the name of the server");
  }
  return std::make_unique<TlsConnection>(std::move(ssl), nullptr);
}

}  // namespace http
