// A mock in this process, with a client for its control and its verifiers' doors.

#pragma once

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <string>
#include <thread>

#include "http/client.h"
#include "http/url.h"
#include "mock/assembly.h"
#include "tests/support/clock.h"
#include "tests/support/command.h"

namespace mock::test {

namespace json = boost::json;

// A text, or the JSON of anything else.
inline std::string str(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

struct Reply {
  unsigned status = 0;
  json::object body;
};

class RunningMock final {
 public:
  explicit RunningMock(MockOptions options = {.residents = 1})
      : assembly_(options, wall, folder_.path(),
                  {.on_error = [this](std::string_view line) { note(line); }}) {
    assembly_.prepare();
    first_line = assembly_.simulation().describe();
    thread_ = std::thread([this] { assembly_.runtime().run(); });
  }
  RunningMock(const RunningMock&) = delete;
  RunningMock& operator=(const RunningMock&) = delete;
  ~RunningMock() { stop(); }

  // A request to any URL, or to a path of the control.
  [[nodiscard]] http::ClientResponse send(const std::string& method, const std::string& where,
                                          pki::ByteView body = {}, std::vector<http::Header> headers = {}) {
    const http::Url url = http::parse_url(where.starts_with('/') ? text("control") + where : where).value();
    auto client = http::Client::connect(http::remote_server_of(url).value()).value();
    return client
        .send({.method = method,
               .target = url.target,
               .headers = std::move(headers),
               .body = pki::to_bytes(body)})
        .value();
  }
  // The same with JSON in and out.
  [[nodiscard]] Reply call(const std::string& method, const std::string& path, std::string_view body = {}) {
    const http::ClientResponse response = send(method, path, pki::as_bytes(body));
    INFO(pki::as_text(response.body));
    const json::value value = json::parse(pki::as_text(response.body));
    return {.status = response.status, .body = value.as_object()};
  }

  // A member of the first line.
  [[nodiscard]] std::string text(std::string_view member) const {
    return std::string(first_line.at(member).as_string());
  }
  [[nodiscard]] const json::object& resident(std::size_t number = 0) const {
    return first_line.at("residents").as_array().at(number).as_object();
  }
  [[nodiscard]] Assembly& assembly() { return assembly_; }
  [[nodiscard]] std::vector<std::string> errors() {
    const std::lock_guard lock(mutex_);
    return errors_;
  }

  support::SettableClock wall;
  json::object first_line;

 private:
  void note(std::string_view line) {
    const std::lock_guard lock(mutex_);
    errors_.emplace_back(line);
  }
  void stop() {
    assembly_.runtime().stop();
    thread_.join();
  }

  std::mutex mutex_;
  std::vector<std::string> errors_;
  support::TemporaryFolder folder_;
  Assembly assembly_;
  std::thread thread_;
};

}  // namespace mock::test
