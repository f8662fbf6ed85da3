// From a path to a published file.

#include "crl/serve.h"

#include <algorithm>
#include <charconv>

#include "crl/store.h"
#include "http/conditional.h"
#include "registry/issuers.h"
#include "registry/municipalities.h"

namespace crl {

namespace {

constexpr std::string_view kPrefix = "/crl/";
constexpr std::string_view kContentType = "application/pkix-crl";
// Octets of the digest in an entity tag: enough to tell any two lists apart.
constexpr std::size_t kTagOctets = 16;

pki::Error not_found(const char* why) {
  return pki::fail(pki::Errc::not_found, why);
}

std::optional<std::uint64_t> number_from(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool canonical = !digits.empty() && (digits.size() == 1 || digits.front() != '0');
  if (error != std::errc() || end != digits.data() + digits.size() || !canonical) return std::nullopt;
  return value;
}

// "full.crl", "delta.crl", "full-N.crl" or "delta-N.crl".
pki::Result<ListPath> with_file(ListPath path, std::string_view name) {
  const pki::Error unknown =
      not_found("There is no such file here: full.crl and delta.crl are, and past ones by number.");
  if (!name.ends_with(".crl")) return unknown;
  name.remove_suffix(4);
  const std::string_view word = name.substr(0, name.find('-'));
  if (word != "full" && word != "delta") return unknown;
  path.kind = word == "full" ? registry::CrlKind::complete : registry::CrlKind::delta;
  if (word.size() == name.size()) return path;
  path.number = number_from(name.substr(word.size() + 1));
  if (!path.number) return unknown;
  return path;
}

pki::Result<pki::DistributionPoint> point_from(std::string_view code) {
  const bool digits =
      code.size() == 6 && std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return not_found("A distribution point is named by the six digits of its municipality code.");
  pki::DistributionPoint point;
  for (const char digit : code)
    point.code = point.code * 10 + static_cast<std::uint32_t>(digit - '0');
  if (point.is_whole_generation() || !has_valid_check_digit(point))
    return not_found(
        "The municipality code has a wrong check digit: the sixth digit does not belong to the first five.");
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
    return not_found("There is no such CA: sign and auth are, or one generation such as sign-1.");
  }
  if (path.ca == pki::CaName::operations) return not_found("This CA publishes no CRLs here.");
  return path;
}

}  // namespace

bool has_valid_check_digit(pki::DistributionPoint point) {
  return point.code <= 999'999 && registry::municipality_check_digit(point.code / 10) == point.code % 10;
}

pki::Result<ListPath> parse_list_path(std::string_view path) {
  if (!path.starts_with(kPrefix)) return not_found("CRLs lie below /crl/.");
  path.remove_prefix(kPrefix.size());
  const std::size_t issuer_end = path.find('/');
  if (issuer_end == std::string_view::npos) return not_found("A CRL is named by its CA and its file.");
  TRY_ASSIGN(ListPath list, issuer_from(path.substr(0, issuer_end)));
  path.remove_prefix(issuer_end + 1);
  const std::size_t code_end = path.find('/');
  if (code_end != std::string_view::npos) {
    TRY_ASSIGN(list.point, point_from(path.substr(0, code_end)));
    path.remove_prefix(code_end + 1);
  }
  return with_file(list, path);
}

Lists::Lists(const registry::Environment& environment, const registry::Recognition& recognition,
             const pki::Clock& clock, ListsOptions options)
    : environment_(environment), recognition_(recognition), clock_(clock), options_(std::move(options)) {}

void Lists::mount(http::Router& router) {
  router.add_prefix(http::Method::get, std::string(kPrefix),
                    http::Handler([this](const http::Request& request) { return answer(request); }));
}

http::Response Lists::answer(const http::Request& request) {
  http::Response response;
  try {
    response = find_and_serve(request);
  } catch (const std::exception&) {
    // An unreadable store or file. The publisher's and the store's own reports say which; a client need not
    // know.
    response = http::problem(503, "The CRLs cannot be read at present; try again later.");
  }
  count(response.status);
  return response;
}

http::Response Lists::find_and_serve(const http::Request& request) {
  const auto path = parse_list_path(request.path);
  if (path.has_error()) return http::problem(404, path.error().detail);
  const registry::ReadTransaction snapshot = environment_.read();
  if (options_.audience == Audience::verifiers) {
    const registry::Evidence evidence{.address = request.peer.address};
    if (recognition_.require(snapshot, evidence, path->ca, clock_.now()).has_error())
      return http::problem(403,
                           "The CRLs of this CA are for registered verifiers in good standing of its class.");
  }
  const auto issuer = path->generation ? registry::find_issuer(snapshot, {path->ca, *path->generation})
                                       : registry::current_issuer(snapshot, path->ca);
  if (!issuer) return http::problem(404, "There is no such generation of this CA.");
  const registry::CrlScope scope{issuer->id, path->point};
  const auto record = path->number ? registry::find_crl(snapshot, scope, path->kind, *path->number)
                                   : registry::current_crl(snapshot, scope, path->kind);
  if (!record) {
    const bool known =
        path->point.is_whole_generation() || registry::find_point_names(snapshot, issuer->id, path->point);
    if (path->number) return http::problem(404, "There is no CRL of this number.");
    return http::problem(
        404, known ? "Nothing has been published here yet." : "There is no such distribution point.");
  }
  const std::string tag = "\"" + pki::to_hex(pki::ByteView(record->sha256).first(kTagOctets)) + "\"";
  const auto former = registry::crl_below(snapshot, record->scope, record->kind, record->number);
  const bool same_second = former && former->this_update == record->this_update;
  return http::serve_file(
      request, {.file = open(*record),
                .offset = record->offset,
                .length = record->length,
                .etag = tag,
                .last_modified = record->this_update,
                .date = same_second ? http::FileResource::Date::shared : http::FileResource::Date::identifies,
                .content_type = std::string(kContentType),
                .cache_control = options_.audience == Audience::everyone ? "public" : "private"});
}

std::shared_ptr<const http::File> Lists::open(const registry::CrlRecord& record) {
  const std::string path = path_of(options_.folder, record).string();
  const std::lock_guard lock(files_mutex_);
  if (const auto found = files_.find(path); found != files_.end()) return found->second;
  auto file = http::File::open(path);
  if (file.has_error()) throw registry::StoreError(file.error().detail);
  // Responses in flight keep their files open themselves, so any may be dropped.
  if (files_.size() >= options_.open_files) files_.erase(files_.begin());
  return files_.emplace(path, std::make_shared<const http::File>(std::move(*file))).first->second;
}

void Lists::count(unsigned status) {
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
