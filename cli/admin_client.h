// The commands' side of the admin API: one connection, JSON in and out.

#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "http/client.h"
#include "pki/result.h"

namespace cli {

namespace json = boost::json;

struct AdminEndpoint {
  // The Unix socket, or https://… (http://…) when `url` is not empty.
  std::string socket;
  std::string url;
  // The value of --as; empty without one.
  std::string as;
  // For https://: whom to trust and what to show.
  std::shared_ptr<const http::TlsClient> tls = {};
  // Of the messages that the server sends.
  pki::Language language = pki::Language::en;
};

// One thread at a time; long work opens several.
class AdminClient final {
 public:
  // Errc::unreachable says where no server answers and how to start the server.
  static pki::Result<AdminClient> connect(const AdminEndpoint& endpoint);

  // A problem answer (RFC 9457) becomes the Error that the server had. Throws SecondPersonNeeded when the
  // server has noted the request for a second person.
  pki::Result<json::object> get(const std::string& target);
  pki::Result<json::object> post(const std::string& target, const json::object& body);
  pki::Result<json::object> put(const std::string& target, const json::object& body);
  // POST with a body that is JSON text already.
  pki::Result<json::object> post_text(const std::string& target, const std::string& text);
  // DELETE.
  pki::Result<json::object> remove(const std::string& target);

 private:
  AdminClient(http::Client client, const AdminEndpoint& endpoint)
      : client_(std::move(client)), as_(endpoint.as), language_(endpoint.language) {}
  pki::Result<json::object> send(http::ClientRequest request);

  http::Client client_;
  std::string as_;
  pki::Language language_;
};

}  // namespace cli
