// A blocking HTTP client for the commands that speak to a running server, and for tests.

#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/address.h"
#include "http/message.h"
#include "http/tls.h"
#include "http/url.h"
#include "pki/bytes.h"
#include "pki/result.h"

namespace http {

struct ClientLimits {
  std::chrono::milliseconds connect_timeout{5'000};
  // Between sending a request and the end of its answer, renewed with every byte that arrives.
  std::chrono::milliseconds answer_timeout{60'000};
  // From sending a request to the end of its answer, however steadily bytes arrive.
  std::chrono::milliseconds whole_timeout = std::chrono::hours{24};
  std::size_t header_bytes = 64 * 1024;
  // A complete CRL of a million entries has 37 MB.
  std::size_t body_bytes = 512 * 1024 * 1024;
};

struct RemoteServer {
  Address address;
  ClientLimits limits = {};
  // Null: plain HTTP.
  std::shared_ptr<const TlsClient> tls = {};
};

// The address of a URL; its target goes into ClientRequest::target. Errc::unsupported for https:// without
// `tls`, which says whom to trust.
[[nodiscard]] pki::Result<RemoteServer> remote_server_of(const Url& url,
                                                         std::shared_ptr<const TlsClient> tls = {});

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";
  // Empty: no Content-Type is sent.
  std::string content_type = {};
  std::vector<Header> headers = {};
  pki::Bytes body = {};
};

struct ClientResponse {
  unsigned status = 0;
  std::vector<Header> headers;
  pki::Bytes body;

  // The first field of that name, compared without case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

// One connection, kept alive between requests and reopened when the server has closed it; a GET or HEAD that
// meets the closing is sent once more. One thread at a time.
class Client final {
 public:
  // Errc::unreachable when nothing answers there; the detail says what to do.
  [[nodiscard]] static pki::Result<Client> connect(RemoteServer remote);

  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // Any HTTP status is a success here. Errc::unreachable when the connection breaks or is too slow, or when
  // the answer is not HTTP or exceeds a limit, so that no server of ours is there; Errc::malformed for a
  // request that cannot be sent.
  [[nodiscard]] pki::Result<ClientResponse> send(const ClientRequest& request);

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// One GET by URL, http:// alone, on a connection of its own.
[[nodiscard]] pki::Result<ClientResponse> get(std::string_view url);

}  // namespace http
