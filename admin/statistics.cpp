// The thread that counts, and those who wait for it.

#include "admin/statistics.h"

#include <charconv>

namespace admin {

namespace {

using namespace std::chrono_literals;

// Shorter than the deadline of an answer; most stores are counted in it.
constexpr auto kPatience = 5s;

json::object to_json(const Count& count) {
  if (count.finished) return count.answer;
  return {{"state", "counting"},
          {"count", std::to_string(count.number)},
          {"done", count.done},
          {"total", count.total}};
}

pki::Result<Answer> answer_of(const pki::Result<Count>& count) {
  if (count.has_error()) return count.error();
  if (count->error) return *count->error;
  return Answer{.status = count->finished ? 200U : 202U, .body = to_json(*count)};
}

pki::Result<registry::StatisticsQuestion> read_question(const RequestContext& call) {
  const pki::Time now = call.services.clock.now();
  registry::StatisticsQuestion question{.on = pki::jst_date(now), .until = now};
  if (const auto on = call.query("on")) {
    const auto day = pki::parse_date(*on);
    if (!day) return pki::invalid("on", "on: " + day.error().detail);
    if (*day > question.on) return pki::invalid("on", "nobody knows the figures of a day to come");
    question.on = *day;
    question.until = std::min(now, pki::jst_end_of_day(*day));
  }
  const std::string tables = call.query("tables").value_or("all");
  if (tables != "all" && tables != "regions")
    return pki::invalid("tables", "tables must be all, or regions (without sex and age)");
  if (tables == "regions") question.depth = registry::StatisticsDepth::points;
  return question;
}

pki::Result<Answer> ask(StatisticsCounter& counter, const RequestContext& call) {
  TRY_ASSIGN(const auto question, read_question(call));
  return answer_of(counter.ask(question, kPatience));
}

pki::Result<Answer> follow(StatisticsCounter& counter, const RequestContext& call) {
  const std::string& text = call.parameters.at(0);
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size())
    return pki::invalid("count", "a count has a number");
  return answer_of(counter.follow(number, kPatience));
}

}  // namespace

StatisticsCounter::~StatisticsCounter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

pki::Result<Count> StatisticsCounter::ask(const registry::StatisticsQuestion& question,
                                          std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const bool runs = count_.number > 0 && !count_.finished;
  // Two who ask about today within a count mean the same.
  const bool is_same = count_.question.on == question.on && count_.question.depth == question.depth;
  if (runs && !is_same)
    return pki::fail(pki::Errc::too_busy, "other tables are being counted: ask again when they are done");
  if (!runs) start(question, count_.number + 1);
  return wait(lock, patience);
}

pki::Result<Count> StatisticsCounter::follow(std::uint64_t number, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (number == 0 || number != count_.number)
    return pki::fail(pki::Errc::not_found, "a later count has taken the place of this one: ask anew");
  return wait(lock, patience);
}

Count StatisticsCounter::wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds patience) {
  const std::uint64_t number = count_.number;
  changed_.wait_for(lock, patience, [&] { return count_.finished || count_.number != number; });
  return count_;
}

// The lock is held; the thread before has finished, or there was none.
void StatisticsCounter::start(const registry::StatisticsQuestion& question, std::uint64_t number) {
  if (thread_.joinable()) thread_.join();
  count_ = {.number = number, .question = question, .counted_at = services_.clock.now()};
  thread_ = std::thread([this, question] { run(question); });
}

void StatisticsCounter::run(const registry::StatisticsQuestion& question) {
  json::object answer;
  std::optional<pki::Error> error;
  try {
    const auto transaction = services_.environment.read();
    const std::uint64_t total = registry::count_work(transaction, question.depth);
    const auto sums =
        registry::count_certificates(transaction, services_.vault, question, [&](std::uint64_t done) {
          const std::lock_guard lock(mutex_);
          count_.done = done;
          count_.total = total;
          return !stopping_;
        });
    if (sums) answer = tables_of(transaction, *sums, question.depth);
  } catch (const std::exception& fault) {
    error = pki::fail(pki::Errc::internal, fault.what());
  }
  const std::lock_guard lock(mutex_);
  answer["on"] = pki::to_string(question.on);
  answer["counted_at"] = pki::to_rfc3339(count_.counted_at);
  count_.answer = std::move(answer);
  count_.error = std::move(error);
  count_.finished = true;
  changed_.notify_all();
}

std::vector<ApiEndpoint> statistics_endpoints(const Services& services) {
  const auto counter = std::make_shared<StatisticsCounter>(services);
  return {{{http::Method::get, "/v1/statistics", Access::operators, {"on", "tables"}},
           [counter](const RequestContext& call) { return ask(*counter, call); }},
          {{http::Method::get, "/v1/statistics/{count}", Access::operators},
           [counter](const RequestContext& call) { return follow(*counter, call); }}};
}

}  // namespace admin
