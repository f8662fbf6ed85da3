// TLS 1.2 and 1.3 (RFC 5246, RFC 8446) for listeners and clients: certificates, trust and what is allowed.
//
// There is no renegotiation, no compression and no resumption: a resumed session would carry the client's
// certificate past the check of its validity. Nothing of OpenSSL shows in this header.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/private_key.h"
#include "pki/result.h"
#include "pki/time.h"

namespace http {

class TlsConnection;

// What one end shows of itself.
struct TlsIdentity {
  // DER: its own certificate, then those between it and the anchor, if any.
  std::vector<pki::Bytes> certificates;
  pki::PrivateKey key;
};

// What is known of a client certificate that has a path to an authority and is in its time.
enum class ClientVerdict : std::uint8_t { accepted, revoked, unknown };

// Asked once per handshake, on the serving thread, with the certificate's DER; must not wait for anything.
using ClientCheck = std::function<ClientVerdict(pki::ByteView certificate)>;

struct TlsServerOptions {
  TlsIdentity identity;
  // DER of the CA certificates that client certificates may come from.
  std::vector<pki::Bytes> client_authorities;
  // Empty: a path, validity and the extended key usage clientAuth are enough.
  ClientCheck client_check = {};
};

// The TLS side of listeners, and shared by them. A client may show no certificate; one that it does show must
// have a path to a client authority, be valid now, be for clientAuth and pass the check, or the handshake is
// refused with the alert of RFC 8446 section 6.2 that says why. Usable from any thread.
class TlsServer final {
 public:
  // `clock` must outlive every connection. Errc::malformed for a certificate that does not decode,
  // Errc::invalid_value for a key that is not the certificate's.
  [[nodiscard]] static pki::Result<std::shared_ptr<TlsServer>> create(TlsServerOptions options,
                                                                      const pki::Clock& clock);
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer();

  // New handshakes show another certificate; connections that are open go on. Errors as above.
  [[nodiscard]] pki::Result<void> replace_identity(const TlsIdentity& identity);

  // The same, and client certificates come from these authorities from now on.
  [[nodiscard]] pki::Result<void> replace(const TlsIdentity& identity,
                                          std::vector<pki::Bytes> client_authorities);

  // For the sessions of this module: a connection on an accepted, non-blocking socket, which it does not own.
  [[nodiscard]] std::unique_ptr<TlsConnection> accept(int socket) const;

 private:
  struct State;
  explicit TlsServer(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

struct TlsClientOptions {
  // DER of the CA certificates that the server's may come from.
  std::vector<pki::Bytes> authorities;
  // Shown to a server that asks for it.
  std::optional<TlsIdentity> identity = {};
};

// The same for clients: the server's certificate must have a path to an authority, be valid now and name the
// host that was asked for (RFC 9525). Usable from any thread.
class TlsClient final {
 public:
  // `clock` must outlive every connection. Errors as for TlsServer.
  [[nodiscard]] static pki::Result<std::shared_ptr<const TlsClient>> create(TlsClientOptions options,
                                                                            const pki::Clock& clock);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient();

  // For the client of this module. `host` is a DNS name or a numeric address.
  [[nodiscard]] std::unique_ptr<TlsConnection> connect(int socket, const std::string& host) const;

 private:
  struct State;
  explicit TlsClient(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace http
