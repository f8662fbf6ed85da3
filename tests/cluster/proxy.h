// Stands between a machine and PostgreSQL, and breaks the connection at a chosen moment.

#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace cluster::testing {

enum class Break {
  before_request,  // The request does not reach the server.
  after_answer,    // The server has answered, and the machine does not hear.
  at_request,      // The server has the request; both sides are cut before it answers.
};

// Forwards one connection after another from the socket of its own folder to that of `server`.
class Proxy final {
 public:
  Proxy(const std::string& folder, std::string server);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  [[nodiscard]] std::string connection() const;
  // Breaks at the n-th request from now on (1 is the next), once.
  void break_at(int n, Break how);
  [[nodiscard]] int requests() const { return requests_; }

 private:
  void serve();
  void forward(int client, int server);
  // False when the connection is to be broken.
  bool pass_request(int client, int server);

  std::string folder_, server_;
  int listener_;
  int wake_[2];
  std::atomic<int> requests_{0};
  std::atomic<int> break_at_{0};
  std::atomic<Break> how_{Break::before_request};
  std::thread thread_;
};

}  // namespace cluster::testing
