// The thread that counts, and those who wait for it.

#include "admin/statistics.h"

#include "pki/messages/admin.h"
#include "pki/number.h"

namespace admin {

namespace {

using namespace std::chrono_literals;

// Shorter than the deadline of an answer; most stores are counted in it.
constexpr auto kMaxWait = 5s;

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
    if (!day) return pki::invalid("on", {messages::field_error, "on", day.error().message});
    if (*day > question.on) return pki::invalid("on", messages::on_future);
    question.on = *day;
    question.until = std::min(now, pki::jst_end_of_day(*day));
  }
  const std::string tables = call.query("tables").value_or("all");
  if (tables != "all" && tables != "regions") return pki::invalid("tables", messages::tables_form);
  if (tables == "regions") question.depth = registry::StatisticsDepth::points;
  return question;
}

pki::Result<Answer> ask(StatisticsCounter& counter, const RequestContext& call) {
  TRY_ASSIGN(const auto question, read_question(call));
  return answer_of(counter.ask(question, kMaxWait));
}

pki::Result<Answer> follow(StatisticsCounter& counter, const RequestContext& call) {
  const auto number = pki::parse_number<std::uint64_t>(call.parameters.at(0));
  if (!number) return pki::invalid("count", messages::count_form);
  return answer_of(counter.follow(*number, kMaxWait));
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
  if (runs && !is_same) return pki::fail(pki::Errc::too_busy, messages::count_busy);
  if (!runs) start(question, count_.number + 1);
  return wait(lock, patience);
}

pki::Result<Count> StatisticsCounter::follow(std::uint64_t number, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (number == 0 || number != count_.number)
    return pki::fail(pki::Errc::not_found, messages::count_replaced);
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

std::vector<ApiEndpoint> statistics_endpoints(const ApiServices& services) {
  const auto counter = std::make_shared<StatisticsCounter>(services);
  return {{{http::Method::get, "/v1/statistics", Action::read_statistics, {"on", "tables"}},
           [counter](const RequestContext& call) { return ask(*counter, call); }},
          {{http::Method::get, "/v1/statistics/{count}", Action::read_statistics},
           [counter](const RequestContext& call) { return follow(*counter, call); }}};
}

}  // namespace admin
