// How often readiness is judged, and that everybody gets what was found.

#include "service/readiness.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "http/message.h"

namespace service {

namespace {

using namespace std::chrono_literals;

// Readiness whose faults name the judging that found them.
class Asked {
 public:
  std::future<http::Response> ask(ReadinessForm form = ReadinessForm::whole) {
    auto promise = std::make_shared<std::promise<http::Response>>();
    auto answer = promise->get_future();
    readiness.answer(
        form, http::Reply([promise](http::Response response) { promise->set_value(std::move(response)); }));
    return answer;
  }
  std::string said(ReadinessForm form = ReadinessForm::whole) { return text_of(ask(form).get()); }
  static std::string text_of(const http::Response& response) {
    return std::string(pki::as_text(std::get<pki::Bytes>(response.body)));
  }

  std::atomic<int> judged = 0;
  std::function<void()> during = [] {};
  std::chrono::steady_clock::time_point now;
  Readiness readiness{[this] {
                        const int number = ++judged;
                        during();
                        const std::string fault = "judging " + std::to_string(number);
                        return Judgement{.answer_faults = {}, .faults = {fault}, .is_on_trial = false};
                      },
                      "", [this] { return now; }};
};

}  // namespace

TEST_CASE("readiness is judged once a second, for both forms of the question") {
  Asked asked;
  CHECK(asked.said() == "{\"ready\":false,\"faults\":[\"judging 1\"]}\n");
  CHECK(asked.ask(ReadinessForm::for_answers).get().status == 200);
  asked.now += 999ms;
  CHECK(asked.said().find("judging 1") != std::string::npos);
  CHECK(asked.judged == 1);
  asked.now += 1ms;
  CHECK(asked.said().find("judging 2") != std::string::npos);
  CHECK(asked.ask(ReadinessForm::for_answers).get().status == 200);
  CHECK(asked.judged == 2);
}

TEST_CASE("who asks while readiness is judged shares what is found, however many they are") {
  Asked asked;
  std::promise<void> begun, gate;
  asked.during = [&] {
    begun.set_value();
    gate.get_future().wait();
  };
  std::vector<std::future<http::Response>> answers;
  answers.push_back(asked.ask());
  begun.get_future().wait();
  // Nobody waits to ask.
  for (int i = 0; i < 500; ++i)
    answers.push_back(asked.ask(i % 2 == 0 ? ReadinessForm::whole : ReadinessForm::for_answers));
  gate.set_value();
  int ready = 0;
  for (auto& answer : answers)
    ready += answer.get().status == 200 ? 1 : 0;
  CHECK(ready == 250);
  CHECK(asked.judged == 1);
}

TEST_CASE(
    "what took longer than a second to judge is given to those who waited, and judged again for others") {
  Asked asked;
  asked.during = [&] { asked.now += 2s; };
  CHECK(asked.said().find("judging 1") != std::string::npos);
  asked.during = [] {};
  CHECK(asked.said().find("judging 2") != std::string::npos);
}

TEST_CASE("readiness that cannot be judged is a fault of both forms, and is judged again a second later") {
  Asked asked;
  asked.during = [] { throw std::runtime_error("no memory"); };
  CHECK(asked.said(ReadinessForm::for_answers) == "{\"ready\":false,\"faults\":[\"service: no memory\"]}\n");
  CHECK(asked.ask().get().status == 503);
  asked.during = [] {};
  asked.now += 1s;
  CHECK(asked.ask(ReadinessForm::for_answers).get().status == 200);
}

TEST_CASE("of more than a thousand who wait the last are told so at once") {
  Asked asked;
  std::promise<void> begun, gate;
  asked.during = [&] {
    begun.set_value();
    gate.get_future().wait();
  };
  std::vector<std::future<http::Response>> answers;
  for (int i = 0; i < 1'000; ++i)
    answers.push_back(asked.ask(ReadinessForm::for_answers));
  begun.get_future().wait();
  CHECK(asked.said().find("too many requests are waiting") != std::string::npos);
  gate.set_value();
  for (auto& answer : answers)
    CHECK(answer.get().status == 200);
}

}  // namespace service
