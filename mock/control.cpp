// Dispatch of the control, and the paths that are not JSON of its own.

#include "mock/control.h"

#include <algorithm>

#include "admin/problem.h"
#include "http/file.h"
#include "http/url.h"
#include "mock/page.h"
#include "pki/messages/mock.h"

namespace mock {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kFiles = "/mock/files/";

std::string_view content_type_of(const fs::path& file) {
  const std::string extension = file.extension().string();
  if (extension == ".cer") return "application/pkix-cert";
  if (extension == ".p12") return "application/x-pkcs12";
  return extension == ".pem" || extension == ".key" ? "application/x-pem-file" : "application/octet-stream";
}

// What is passed on to the operators' API, and where to.
struct Passage {
  admin::Endpoint endpoint;
  std::string_view target;
};
const std::vector<Passage>& passages() {
  static const std::vector<Passage> list = {
      {{http::Method::post, "/mock/events"}, "/v1/events"},
      {{http::Method::post, "/mock/publish"}, "/v1/crls"},
      {{http::Method::get, "/mock/crls", {}, {"issuer", "point", "kind", "date", "current", "limit"}},
       "/v1/crls"}};
  return list;
}

}  // namespace

Control::Control(Simulation& simulation, Journal& journal, Faults& faults, Front& front, OriginGuard guard,
                 http::ErrorHandler on_error)
    : simulation_(simulation), guard_(std::move(guard)), on_error_(std::move(on_error)) {
  for (auto rows : {world_rows(simulation), card_rows(simulation), clock_rows(simulation, front.clock()),
                    request_rows(journal, front), fault_rows(faults), page_rows(simulation, front)})
    std::ranges::move(rows, std::back_inserter(rows_));
  std::vector<admin::Endpoint> table;
  for (const ControlRow& row : rows_)
    table.push_back(row.endpoint);
  server_.emplace(
      std::move(table),
      [this](const admin::FoundEndpoint& found, const http::Request& request) { return run(found, request); },
      workers_, on_error_);
}

std::vector<admin::Endpoint> Control::endpoints() const {
  std::vector<admin::Endpoint> all = server_->table();
  for (const Passage& passage : passages())
    all.push_back(passage.endpoint);
  all.push_back({http::Method::get, "/mock/files/{name}"});
  return all;
}

http::AsyncHandler Control::later(admin::Workers& workers,
                                  std::function<http::Response(const http::Request&)> work) {
  return [this, &workers, work = std::move(work)](http::OwnedRequest request, http::Reply reply) {
    if (auto refusal = guard_.refusal(request)) return reply(std::move(*refusal));
    auto shared = std::make_shared<http::Reply>(std::move(reply));
    const bool queued = workers.submit([this, work, request, shared] {
      try {
        (*shared)(work(request));
      } catch (const std::exception& error) {
        if (on_error_) on_error_(error.what());
        (*shared)(admin::problem_response(pki::fail(pki::Errc::internal, {}), admin::language_of(*request)));
      }
    });
    if (!queued)
      (*shared)(admin::problem_response(pki::fail(pki::Errc::too_busy, messages::requests_many),
                                        admin::language_of(*request)));
  };
}

void Control::mount(http::Router& router) {
  const auto dispatch = [this](const http::Request& request) { return server_->answer(request); };
  for (const http::Method method :
       {http::Method::get, http::Method::head, http::Method::post, http::Method::put, http::Method::patch,
        http::Method::delete_, http::Method::options})
    router.add_prefix(method, "/mock", later(workers_, dispatch));
  router.add_async(http::Method::post, "/mock/ask", later(askers_, dispatch));
  for (const Passage& passage : passages())
    router.add_async(passage.endpoint.method, std::string(passage.endpoint.path),
                     later(workers_, [this, target = passage.target](const http::Request& request) {
                       return pass(request, target);
                     }));
  router.add_prefix(http::Method::get, std::string(kFiles),
                    later(workers_, [this](const http::Request& request) { return file(request); }));
  mount_page(router, guard_);
}

pki::Result<admin::Answer> Control::run(const admin::FoundEndpoint& found,
                                        const http::Request& request) const {
  TRY_ASSIGN(json::object body, admin::parse_object(request.body));
  return rows_.at(found.row).operation(
      {.request = request, .parameters = found.parameters, .body = std::move(body)});
}

http::Response Control::pass(const http::Request& request, std::string_view target) const {
  std::vector<http::Header> headers;
  for (const http::HeaderView& header : request.headers)
    if (http::equal_ignoring_case(header.name, "Jpki-As") ||
        http::equal_ignoring_case(header.name, "Idempotency-Key"))
      headers.push_back({std::string(header.name), std::string(header.value)});
  std::string whole(target);
  if (!request.query.empty()) whole += "?" + std::string(request.query);
  return simulation_.administer(request.method, whole, headers, request.body);
}

http::Response Control::file(const http::Request& request) const {
  const auto missing = [&request] {
    return admin::problem_response(pki::fail(pki::Errc::not_found, messages::file_unknown),
                                   admin::language_of(request));
  };
  const auto name = http::percent_decode(request.path.substr(kFiles.size()));
  if (!name || name->empty() || name->find('\0') != std::string::npos) return missing();
  const fs::path folder = fs::canonical(simulation_.files());
  const fs::path file = fs::weakly_canonical(folder / *name);
  const bool is_inside = std::ranges::mismatch(folder, file).in1 == folder.end();
  if (!is_inside || !fs::is_regular_file(file)) return missing();
  auto opened = http::File::open(file.string());
  if (!opened) return missing();
  const auto shared = std::make_shared<const http::File>(std::move(*opened));
  return {.content_type = std::string(content_type_of(file)),
          .headers = {{"Cache-Control", "no-store"}},
          .body = http::FileRange{.file = shared, .offset = 0, .length = shared->size()}};
}

}  // namespace mock
