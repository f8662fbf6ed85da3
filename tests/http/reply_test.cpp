// Answers handed over together: each once, to its own connection, and not before.

#include "http/reply.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/http/running_server.h"

namespace http::test {

namespace {

constexpr std::size_t kClients = 24;

// A server that answers nothing by itself: the requests wait here for the test.
class Waiting final {
 public:
  struct Job {
    OwnedRequest request;
    Reply reply;
  };

  Waiting() {
    auto router = std::make_shared<Router>();
    router->add_async(Method::post, "/wait", [this](OwnedRequest request, Reply reply) {
      put({std::move(request), std::move(reply)});
    });
    server_.emplace(router);
  }

  // Nothing when no request comes for five seconds.
  std::optional<Job> take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 5s, [this] { return !jobs_.empty(); })) return std::nullopt;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

  RunningServer& server() { return *server_; }

 private:
  void put(Job job) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::optional<RunningServer> server_;
};

Response echo(const OwnedRequest& request) {
  return text_response(200, "text/plain", "for " + std::string(pki::as_text(request->body)));
}

std::string question(std::size_t number) {
  const std::string body = std::to_string(number);
  return "POST /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::vector<std::unique_ptr<RawConnection>> connect_all(const RunningServer& server) {
  std::vector<std::unique_ptr<RawConnection>> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<RawConnection>(server.port()));
    clients.back()->send(question(i));
  }
  return clients;
}

void answer_all(Waiting& waiting, ReplyBatch& batch) {
  for (std::size_t i = 0; i < kClients; ++i) {
    auto job = waiting.take();
    REQUIRE(job.has_value());
    batch.add(std::move(job->reply), echo(job->request));
  }
}

// Whether every client has got its own answer.
void check_answers(const std::vector<std::unique_ptr<RawConnection>>& clients) {
  for (std::size_t i = 0; i < clients.size(); ++i)
    CHECK(clients.at(i)->read_to_end().ends_with("\r\n\r\nfor " + std::to_string(i)));
}

}  // namespace

TEST_CASE("a batch gives every client of every serving thread its own answer, when it is handed over") {
  Waiting waiting;
  const auto clients = connect_all(waiting.server());
  ReplyBatch batch;
  answer_all(waiting, batch);
  CHECK(batch.size() == kClients);
  CHECK(waiting.server().server().counters().responses[2] == 0);
  batch.hand_over();
  CHECK(batch.size() == 0);
  check_answers(clients);
}

TEST_CASE("what was not handed over is when the batch ends") {
  Waiting waiting;
  const auto clients = connect_all(waiting.server());
  {
    ReplyBatch batch;
    answer_all(waiting, batch);
  }
  check_answers(clients);
}

TEST_CASE("a batch may be handed over after the clients and after the server have gone") {
  auto waiting = std::make_unique<Waiting>();
  auto clients = connect_all(waiting->server());
  ReplyBatch early;
  ReplyBatch late;
  for (std::size_t i = 0; i < kClients; ++i) {
    auto job = waiting->take();
    REQUIRE(job.has_value());
    (i % 2 == 0 ? early : late).add(std::move(job->reply), echo(job->request));
  }
  clients.clear();
  early.hand_over();
  waiting.reset();
  late.hand_over();
  CHECK(late.size() == 0);
}

TEST_CASE("a reply inside the program is answered at once, and once") {
  int calls = 0;
  ReplyBatch batch;
  batch.add(Reply([&](const Response&) { ++calls; }), Response{});
  CHECK(calls == 1);
  batch.hand_over();
  CHECK(calls == 1);

  Reply used([&](const Response&) { ++calls; });
  used(Response{});
  CHECK_THROWS_AS(batch.add(std::move(used), Response{}), std::logic_error);
  CHECK(calls == 2);
}

}  // namespace http::test
