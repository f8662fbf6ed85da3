// By prometheus-cpp. The values are read when they are asked for; nothing on a hot path touches a metrics
// library.

#include "service/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>

namespace service {

namespace {

struct Sample {
  std::map<std::string, std::string> labels;
  double value;
};

void add_counter(prometheus::Registry& registry, const char* name, const char* help,
                 const std::vector<Sample>& samples) {
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  for (const Sample& sample : samples)
    family.Add(sample.labels).Increment(sample.value);
}

void add_gauge(prometheus::Registry& registry, const char* name, const char* help,
               const std::vector<Sample>& samples) {
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  for (const Sample& sample : samples)
    family.Add(sample.labels).Set(sample.value);
}

void add_durations(prometheus::Registry& registry, const std::vector<const http::Server*>& servers) {
  auto& family = prometheus::BuildHistogram()
                     .Name("jpki_http_answer_seconds")
                     .Help("From a request that has arrived whole to its answer, before that is sent.")
                     .Register(registry);
  prometheus::Histogram::BucketBoundaries bounds;
  for (const auto bound : http::kDurationBounds)
    bounds.push_back(std::chrono::duration<double>(bound).count());
  for (const http::Server* server : servers) {
    const http::Durations durations = server->counters().answers;
    family.Add({{"listener", server->name()}}, bounds)
        .ObserveMultiple({durations.counts.begin(), durations.counts.end()},
                         std::chrono::duration<double>(durations.sum).count());
  }
}

void add_http(prometheus::Registry& registry, const std::vector<const http::Server*>& servers) {
  std::vector<Sample> requests, responses, connections, refused, displaced, handshakes;
  for (const http::Server* server : servers) {
    const http::ServerCounters counters = server->counters();
    const std::map<std::string, std::string> listener{{"listener", server->name()}};
    requests.push_back({listener, static_cast<double>(counters.requests)});
    connections.push_back({listener, static_cast<double>(counters.connections_open)});
    refused.push_back({listener, static_cast<double>(counters.connections_refused)});
    displaced.push_back({listener, static_cast<double>(counters.connections_displaced)});
    handshakes.push_back({listener, static_cast<double>(counters.handshakes_failed)});
    for (std::size_t i = 0; i < counters.responses.size(); ++i)
      responses.push_back({{{"listener", server->name()}, {"class", std::to_string(i + 1) + "xx"}},
                           static_cast<double>(counters.responses[i])});
  }
  add_counter(registry, "jpki_http_requests_total", "Requests received.", requests);
  add_counter(registry, "jpki_http_responses_total", "Responses sent, by class of status.", responses);
  add_gauge(registry, "jpki_http_connections", "Open connections.", connections);
  add_counter(registry, "jpki_http_connections_refused_total", "Connections over the limit or not allowed.",
              refused);
  add_counter(registry, "jpki_http_connections_displaced_total",
              "Connections that waited for a request and were closed to make room.", displaced);
  add_counter(registry, "jpki_http_handshakes_failed_total", "TLS handshakes that did not succeed.",
              handshakes);
}

void add_ocsp(prometheus::Registry& registry, const ocsp::ServiceCounters& counters) {
  std::vector<Sample> answers;
  for (std::size_t ca = 0; ca < counters.answers.size(); ++ca)
    for (std::size_t answer = 0; answer < ocsp::kAnswerKindCount; ++answer)
      answers.push_back({{{"ca", ca == 0 ? "sign" : "auth"},
                          {"answer", std::string(ocsp::to_string(static_cast<ocsp::AnswerKind>(answer)))}},
                         static_cast<double>(counters.answers[ca][answer])});
  add_counter(registry, "jpki_ocsp_answers_total", "OCSP answers: certificates by status, requests by error.",
              answers);
  add_counter(registry, "jpki_ocsp_kept_answers_used_total", "Answers given without a new signature.",
              {{{}, static_cast<double>(counters.cache_hits)}});
  add_counter(registry, "jpki_ocsp_signatures_total", "OCSP answers signed.",
              {{{}, static_cast<double>(counters.signatures)}});
  add_gauge(registry, "jpki_ocsp_kept_bytes", "Memory of kept answers.",
            {{{}, static_cast<double>(counters.cached_bytes)}});
  add_gauge(registry, "jpki_ocsp_waiting", "Requests waiting for a signature.",
            {{{}, static_cast<double>(counters.waiting)}});
  add_counter(registry, "jpki_ocsp_verifications_total", "Signatures of requests verified.",
              {{{}, static_cast<double>(counters.verifications)}});
  add_gauge(registry, "jpki_ocsp_waiting_verifications",
            "Requests waiting for their signature to be verified.",
            {{{}, static_cast<double>(counters.waiting_verifications)}});
}

void add_crl(prometheus::Registry& registry, const crl::CrlEndpointCounters& lists,
             const crl::PublisherStatus& status, const crl::ListHealth& health) {
  const auto sample = [](const char* result, std::uint64_t count) {
    return Sample{{{"result", result}}, static_cast<double>(count)};
  };
  add_counter(registry, "jpki_crl_requests_total", "Requests for CRLs.",
              {sample("served", lists.served), sample("not_modified", lists.not_modified),
               sample("refused", lists.refused), sample("not_found", lists.not_found),
               sample("unsatisfied", lists.unsatisfied), sample("unavailable", lists.unavailable)});
  add_counter(registry, "jpki_crl_released_total", "CRLs released.",
              {{{}, static_cast<double>(status.released)}});
  add_counter(registry, "jpki_crl_failed_total", "CRLs that failed their check or could not be written.",
              {{{}, static_cast<double>(status.failed)}});
  add_gauge(registry, "jpki_crl_lists_faulty", "Current CRLs that are missing, cut, damaged or overdue.",
            {{{}, static_cast<double>(health.fault_count())}});
  add_gauge(registry, "jpki_crl_last_success_seconds",
            "When the last publication succeeded, seconds since 1970.",
            {{{}, status.last_success ? static_cast<double>(pki::to_unix(*status.last_success)) : 0.0}});
}

}  // namespace

std::string metrics_text(const Services& services, const store::Writer& writer, const AuditHeads* heads,
                         const std::vector<const http::Server*>& servers) {
  prometheus::Registry registry;
  add_http(registry, servers);
  add_durations(registry, servers);
  add_ocsp(registry, services.ocsp().counters());
  add_crl(registry, services.lists().counters(), services.publisher().status(), services.list_health());
  add_gauge(registry, "jpki_writer_backlog", "Changes waiting to be written.",
            {{{}, static_cast<double>(writer.backlog())}});
  if (heads != nullptr)
    add_gauge(registry, "jpki_audit_head_overdue_seconds",
              "How long a head of the audit log has been due that could not be signed and kept; 0: none.",
              {{{}, static_cast<double>(heads->overdue().count())}});
  add_gauge(registry, "jpki_writer_fault", "1 while the store cannot be written, or must not be.",
            {{{}, writer.fault() ? 1.0 : 0.0}});
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

}  // namespace service
