// Lanes: a connection, a thread and a queue of shares each.

#include "cli/feed_sender.h"

#include <array>
#include <optional>
#include <stdexcept>

#include "pki/messages/cli.h"
#include "pki/random.h"
#include "pki/work_queue.h"

namespace cli {

namespace {

// The server takes 1,000 events and 1 MiB in a request.
constexpr std::size_t kBatchEvents = 1'000;
constexpr std::size_t kBatchBytes = std::size_t{768} * 1024;
constexpr std::size_t kConnections = 4;
Failure lost(pki::Error error) {
  error.message = {messages::import_can_be_repeated, error.message};
  return Failure(error);
}

// What the server could not do is no fault of the line: the import ends, and can be repeated.
void check_server_fault(const LineResult& outcome) {
  if (outcome.answer.contains("code") && outcome.answer.at("status").as_int64() >= 500)
    throw Failure(kInternal, {messages::import_can_be_repeated,
                              pki::Message(messages::in_line, std::to_string(outcome.record.line),
                                           text_field(outcome.answer, "detail"))});
}

}  // namespace

struct FeedSender::Lane {
  using Task = std::packaged_task<void()>;
  using Pool = pki::WorkerPool<Task>;

  explicit Lane(AdminClient connected) : client(std::move(connected)) {
    pool.emplace(1, pki::FirstInFirstOut<Task>(kTasksMax), Pool::one_by_one([](Task task) { task(); }));
  }

  // Ends the thread behind what is queued.
  void finish() { pool.reset(); }

  std::future<void> add(Task share) {
    auto done = share.get_future();
    if (pool->push(std::move(share)))
      throw std::logic_error("more rounds are under way than the importer has");
    return done;
  }

  // More than the rounds that are under way at a time.
  static constexpr std::size_t kTasksMax = 64;

  AdminClient client;
  // Last: its thread uses the client.
  std::optional<Pool> pool;
};

FeedSender::FeedSender(const CommonOptions& common, FeedRun run) : run_(run) {
  if (run_ == FeedRun::dry_run) rehearsal_ = pki::to_hex(pki::Rng::system().bytes(16));
  for (std::size_t i = 0; i < kConnections; ++i)
    lanes_.push_back(std::make_unique<Lane>(common.connect()));
}

FeedSender::~FeedSender() {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::make_exception_ptr(Failure(kInternal, messages::import_broken_off));
  }
  for (const auto& lane : lanes_)
    lane->finish();
  // One that is not ended here ends by itself.
  if (!rehearsal_.empty())
    static_cast<void>(lanes_.front()->client.remove("/v1/events/rehearsals/" + rehearsal_));
}

// Once something has failed nothing more is sent: what comes later must not overtake it.
void FeedSender::guard(const std::function<void()>& work) {
  try {
    {
      const std::lock_guard lock(mutex_);
      if (failure_) return;
    }
    work();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
  }
}

void FeedSender::send(Round& round) {
  std::array<std::vector<LineResult*>, kConnections> shares;
  for (LineResult& outcome : round.outcomes)
    if (outcome.record.event.has_value())
      shares.at(std::hash<std::string>{}(text_field(*outcome.record.event, "resident")) % kConnections)
          .push_back(&outcome);
  for (std::size_t i = 0; i < kConnections; ++i) {
    Lane& lane = *lanes_.at(i);
    round.shares.push_back(
        lane.add(std::packaged_task<void()>([this, &lane, share = std::move(shares.at(i))] {
          if (!share.empty()) guard([&] { send_share(lane.client, share); });
        })));
  }
}

void FeedSender::wait(Round& round) {
  for (std::future<void>& share : round.shares)
    share.get();
  round.shares.clear();
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
}

std::string FeedSender::take_body(const std::vector<LineResult*>& events, std::size_t& next) const {
  std::string body = R"({"brief":true,"dry_run":)";
  body += run_ == FeedRun::dry_run ? R"(true,"rehearsal":")" + rehearsal_ + '"' : "false";
  body += R"(,"events":[)";
  const std::size_t begin = next;
  while (next < events.size() && next - begin < kBatchEvents && body.size() < kBatchBytes) {
    if (next > begin) body += ',';
    body += json::serialize(*events[next++]->record.event);
  }
  return body += "]}";
}

// Sends the given outcomes in their order and takes the answers.
void FeedSender::send_share(AdminClient& client, const std::vector<LineResult*>& events) {
  for (std::size_t next = 0; next < events.size();) {
    const std::size_t begin = next;
    auto answer = client.post_text("/v1/events/batch", take_body(events, next));
    if (answer.has_error()) throw lost(answer.error());
    json::array& results = answer->at("results").as_array();
    for (std::size_t i = begin; i < next; ++i) {
      events[i]->answer = std::move(results.at(i - begin).as_object());
      check_server_fault(*events[i]);
    }
  }
}

}  // namespace cli
