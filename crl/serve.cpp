// From a path to a published file.

#include "crl/serve.h"

#include <algorithm>

#include "crl/list_bytes.h"
#include "crl/plan.h"
#include "crl/store.h"
#include "http/conditional.h"
#include "http/content_coding.h"
#include "http/url.h"
#include "pki/messages/crl.h"
#include "pki/number.h"
#include "registry/issuers.h"
#include "registry/municipalities.h"

namespace crl {

namespace {

constexpr std::string_view kPrefix = "/crl/";
constexpr std::string_view kContentType = "application/pkix-crl";
// Bytes of the digest in an entity tag: enough to distinguish any two lists.
constexpr std::size_t kTagBytes = 16;

pki::Error not_found(const pki::MessageText& why) {
  return pki::fail(pki::Errc::not_found, why);
}

// Titles of problems are in English: clients of lists are programs.
http::Response problem(unsigned status, const pki::Message& title) {
  return http::problem(status, title.in(pki::Language::en));
}

// A list has one name: no leading zeros.
std::optional<std::uint64_t> number_from(std::string_view digits) {
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return pki::parse_number<std::uint64_t>(digits);
}

// "full.crl", "delta.crl", "arl.crl", and with a number "full-N.crl" and its like.
pki::Result<ListPath> with_file(ListPath path, std::string_view name) {
  const pki::Error unknown = not_found(messages::no_such_file);
  if (!name.ends_with(".crl")) return unknown;
  name.remove_suffix(4);
  const std::string_view word = name.substr(0, name.find('-'));
  if (word == "full")
    path.kind = registry::CrlKind::complete;
  else if (word == "delta")
    path.kind = registry::CrlKind::delta;
  else if (word == "arl" && path.point.is_whole_generation())
    path.kind = registry::CrlKind::arl;
  else
    return unknown;
  if (word.size() == name.size()) return path;
  path.number = number_from(name.substr(word.size() + 1));
  if (!path.number) return unknown;
  return path;
}

pki::Result<pki::DistributionPoint> point_from(std::string_view code) {
  const auto number = code.size() == 6 ? pki::parse_number<std::uint32_t>(code) : std::nullopt;
  if (!number) return not_found(messages::point_form);
  const pki::DistributionPoint point{*number};
  if (point.is_whole_generation() || !has_valid_check_digit(point))
    return not_found(messages::point_check_digit);
  return point;
}

// "sign-1" or, for the current generation, "sign".
pki::Result<ListPath> issuer_from(std::string_view text) {
  ListPath path;
  if (const auto ca = pki::parse_ca_name(text)) {
    path.ca = *ca;
  } else if (const auto issuer = registry::parse_issuer_id(text)) {
    path.ca = issuer->ca;
    path.generation = issuer->generation;
  } else {
    return not_found(messages::no_such_ca);
  }
  if (path.ca == pki::CaName::operations) return not_found(messages::ca_without_lists);
  return path;
}

// Of the list as it was signed, or of its compressed copy: another representation, so another tag.
std::string entity_tag(const registry::CrlRecord& record, http::ContentCoding coding) {
  const std::string digest = pki::to_hex(pki::ByteView(record.sha256).first(kTagBytes));
  return "\"" + digest + (coding == http::ContentCoding::gzip ? "-gzip" : "") + "\"";
}

// Whether the compressed copy is the representation to be chosen. Not for parts, which are parts of the list;
// and not when the client names a representation by the tag of the list itself.
bool wants_copy(const http::Request& request, std::string_view tag_of_list) {
  if (http::preferred_coding(request) != http::ContentCoding::gzip) return false;
  if (request.header("Range") || request.header("If-Match")) return false;
  const auto known = request.header("If-None-Match");
  return !known || *known == "*" || !http::etag_list_matches(*known, tag_of_list);
}

verifier::Evidence evidence_of(const http::Request& request) {
  verifier::Evidence evidence{.address = request.peer.address};
  if (request.peer.client_certificate) evidence.client_certificate = *request.peer.client_certificate;
  return evidence;
}

// A cut list is none: the publisher makes a new one at its next turn.
std::shared_ptr<const http::File> require_all_of(std::shared_ptr<const http::File> file,
                                                 const registry::CrlRecord& record) {
  if (!holds_all_of(*file, record))
    throw store::StoreError(pki::Message{messages::publication_file_short, record.file});
  return file;
}

}  // namespace

bool has_valid_check_digit(pki::DistributionPoint point) {
  return point.code <= 999'999 && registry::municipality_check_digit(point.code / 10) == point.code % 10;
}

pki::Result<ListPath> parse_list_path(std::string_view path) {
  if (!path.starts_with(kPrefix)) return not_found(messages::lists_below);
  path.remove_prefix(kPrefix.size());
  // The issuer, the code of the point unless it is the whole, and the file.
  const auto segments = http::path_segments(path);
  if (segments.size() < 2) return not_found(messages::list_path_form);
  TRY_ASSIGN(ListPath list, issuer_from(segments.front()));
  if (segments.size() > 2) {
    TRY_ASSIGN(list.point, point_from(segments[1]));
  }
  if (segments.size() > 3) return not_found(messages::no_such_file);
  return with_file(list, segments.back());
}

CrlEndpoint::CrlEndpoint(const store::Environment& environment, const verifier::Recognition& recognition,
                         const pki::Clock& clock, CrlEndpointOptions options)
    : environment_(environment),
      recognition_(recognition),
      clock_(clock),
      options_(std::move(options)),
      gzip_(options_.folder, options_.gzip),
      worker_(1, pki::FirstInFirstOut<Waiting>(options_.waiting_for_gzip),
              pki::WorkerPool<Waiting>::one_by_one([this](Waiting one) { one.reply(answer(one.request)); }),
              pki::AtEnd::drop) {}

void CrlEndpoint::mount(http::Router& router) {
  router.add_prefix(http::Method::get, std::string(kPrefix),
                    http::TryThenAsync{[this](const http::Request& request) {
                                         return try_answer(request, MissingCopy::leave_to_worker);
                                       },
                                       [this](http::OwnedRequest request, http::Reply reply) {
                                         answer_later(std::move(request), std::move(reply));
                                       }});
}

http::Response CrlEndpoint::answer(const http::Request& request) {
  return *try_answer(request, MissingCopy::make);
}

std::optional<http::Response> CrlEndpoint::try_answer(const http::Request& request, MissingCopy missing) {
  std::optional<http::Response> response;
  try {
    response = serve(request, missing);
    if (response && options_.on_served) report_served(request, response->status);
  } catch (const std::exception&) {
    // An unreadable store or file. The publisher's and the store's own reports say which; a client need not
    // know. What the ledger cannot count is not given.
    response = problem(503, messages::lists_unreadable);
  }
  if (response) count(response->status);
  return response;
}

// Who asked is recognised again, whatever the standing, so that a refusal is known by name, too.
void CrlEndpoint::report_served(const http::Request& request, unsigned status) const {
  const auto path = parse_list_path(request.path);
  if (path.has_error() || request.method != http::Method::get) return;
  ServedList served{
      .requester = {}, .ca = path->ca, .kind = path->kind, .status = status, .worker = request.worker};
  if (options_.audience == Audience::verifiers) {
    const auto recognised = recognition_.recognise(environment_.read(), evidence_of(request), clock_.now());
    if (recognised.has_value()) served.requester = recognised->requester;
  }
  options_.on_served(served);
}

void CrlEndpoint::answer_later(http::OwnedRequest request, http::Reply reply) {
  auto rejected = worker_.push({std::move(request), std::move(reply)});
  if (rejected) rejected->reply(*try_answer(rejected->request, MissingCopy::do_without));
}

CrlEndpoint::Located CrlEndpoint::locate(const http::Request& request) const {
  const auto path = parse_list_path(request.path);
  if (path.has_error()) return problem(404, path.error().message);
  const store::ReadTransaction snapshot = environment_.read();
  if (options_.audience == Audience::verifiers) {
    if (recognition_.require(snapshot, evidence_of(request), path->ca, clock_.now()).has_error())
      return problem(403, messages::for_verifiers);
  }
  const auto issuer = path->generation ? registry::find_issuer(snapshot, {path->ca, *path->generation})
                                       : registry::current_issuer(snapshot, path->ca);
  if (!issuer) return problem(404, messages::no_such_generation);
  registry::CrlScope scope{issuer->id, path->point};
  const auto find = [&] {
    return path->number ? registry::find_crl(snapshot, scope, path->kind, *path->number)
                        : registry::current_crl(snapshot, scope, path->kind);
  };
  auto record = find();
  // A generation that has just begun has no lists yet; those of the ones before say the same.
  while (!record && !path->generation && scope.issuer.generation > 1) {
    --scope.issuer.generation;
    record = find();
  }
  if (record && is_from_future(*record, clock_.now())) return problem(503, messages::dated_in_future);
  if (record && shadows_the_living(snapshot, *record, clock_.now()))
    return problem(410, messages::none_follows);
  if (!record) {
    const bool known =
        path->point.is_whole_generation() || registry::find_point_names(snapshot, issuer->id, path->point);
    if (path->number) return problem(404, messages::no_such_number);
    return problem(404, known ? messages::nothing_here_yet : messages::no_such_point);
  }
  const auto former = registry::crl_below(snapshot, record->scope, record->kind, record->number);
  const bool same_second = former && former->this_update == record->this_update;
  return Found{*record, !path->number.has_value(),
               same_second ? http::FileResource::Date::shared : http::FileResource::Date::identifies};
}

pki::Time cached_until(const registry::CrlRecord& record, pki::Time now, const CrlEndpointOptions& options) {
  constexpr pki::Seconds kGrace{60};
  const bool is_delta = record.kind == registry::CrlKind::delta;
  const pki::Time mark =
      is_delta ? last_grid_mark(now, options.delta_grid) : last_daily_mark(now, options.complete_time_of_day);
  pki::Time until = mark + (is_delta ? options.delta_grid : pki::Seconds{std::chrono::hours{24}});
  // A delta of a scope without changes stays; a complete CRL is always replaced.
  const bool is_overdue = record.this_update < mark;
  if (is_overdue && (!is_delta || now < mark + kGrace)) until = now + kGrace;
  return std::max(now, std::min(until, record.next_update));
}

std::vector<http::Header> CrlEndpoint::headers_of(const Found& found) const {
  std::vector<http::Header> headers{{"Vary", "Accept-Encoding"}};
  if (found.is_current)
    headers.push_back({"Expires", pki::to_imf_fixdate(cached_until(found.record, clock_.now(), options_))});
  return headers;
}

std::string CrlEndpoint::cache_control_of(const Found& found) const {
  // Without an end a cache, a private one too, would choose its own (RFC 9111 section 4.2.2).
  const std::string audience = options_.audience == Audience::verifiers ? "private" : "public";
  if (!found.is_current) return audience;
  const pki::Time now = clock_.now();
  return audience + ", max-age=" + std::to_string((cached_until(found.record, now, options_) - now).count());
}

http::FileResource CrlEndpoint::resource_of(const Found& found) {
  return {.file = open(found.record),
          .offset = found.record.offset,
          .length = found.record.length,
          .etag = entity_tag(found.record, http::ContentCoding::identity),
          .last_modified = found.record.this_update,
          .date = found.date,
          .content_type = std::string(kContentType),
          .cache_control = cache_control_of(found),
          .headers = headers_of(found)};
}

std::optional<http::Response> CrlEndpoint::serve(const http::Request& request, MissingCopy missing) {
  Located located = locate(request);
  if (auto* refusal = std::get_if<http::Response>(&located)) return std::move(*refusal);
  const Found& found = std::get<Found>(located);
  if (options_.is_damaged && options_.is_damaged(found.record)) {
    close(found.record);
    return problem(503, messages::damaged_unserved);
  }
  if (!found.is_current && options_.on_past) options_.on_past(found.record);
  http::FileResource resource = resource_of(found);
  if (!wants_copy(request, resource.etag)) return http::serve_file(request, resource);
  http::FileResource coded = resource;
  coded.etag = entity_tag(found.record, http::ContentCoding::gzip);
  // Who has the copy need not wait for it to be made again.
  if (http::is_not_modified(request, {coded.etag, std::nullopt})) return http::serve_file(request, coded);
  std::optional<GzipCopy> copy = gzip_.find(found.record.sha256);
  if (!copy && missing == MissingCopy::leave_to_worker) return std::nullopt;
  if (!copy && missing == MissingCopy::make) copy = copy_of(found.record, resource);
  if (!copy || !copy->range) return http::serve_file(request, resource);
  coded.file = copy->range->file;
  coded.offset = copy->range->offset;
  coded.length = copy->range->length;
  http::Response response = http::serve_file(request, coded);
  if (response.status == 200) response.headers.push_back({"Content-Encoding", "gzip"});
  return response;
}

std::optional<GzipCopy> CrlEndpoint::copy_of(const registry::CrlRecord& record,
                                             const http::FileResource& resource) {
  // A copy outlives the damage of its list.
  const auto issuer = registry::find_issuer(environment_.read(), record.scope.issuer);
  const auto authority = registry::decode_issuer(issuer.value());
  if (authority.has_error() || check_bytes(*resource.file, record, *authority).has_error())
    throw store::StoreError(pki::Message{messages::file_damaged, record.file});
  try {
    return gzip_.make(record.sha256, {resource.file, resource.offset, resource.length});
  } catch (const std::exception&) {
    // No room for the copy: the list itself is as good.
    return std::nullopt;
  }
}

std::shared_ptr<const http::File> CrlEndpoint::open(const registry::CrlRecord& record) {
  const std::string path = path_of(options_.folder, record).string();
  const std::lock_guard lock(files_mutex_);
  if (const auto found = files_.find(path); found != files_.end())
    return require_all_of(found->second, record);
  auto file = http::File::open(path);
  if (file.has_error()) throw store::StoreError(file.error().message);
  // Responses in flight keep their files open themselves, so any may be dropped.
  if (files_.size() >= options_.open_files) files_.erase(files_.begin());
  const auto kept = files_.emplace(path, std::make_shared<const http::File>(std::move(*file))).first->second;
  return require_all_of(kept, record);
}

// A repair replaces the file under its name; the descriptor that is open is still the damaged one.
void CrlEndpoint::close(const registry::CrlRecord& record) {
  const std::lock_guard lock(files_mutex_);
  files_.erase(path_of(options_.folder, record).string());
}

void CrlEndpoint::count(unsigned status) {
  switch (status) {
    case 200:
    case 206:
      ++counters_.served;
      break;
    case 304:
      ++counters_.not_modified;
      break;
    case 403:
      ++counters_.refused;
      break;
    case 404:
    case 410:
      ++counters_.not_found;
      break;
    case 412:
    case 416:
      ++counters_.unsatisfied;
      break;
    default:
      ++counters_.unavailable;
      break;
  }
}

}  // namespace crl
