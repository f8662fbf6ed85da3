// Conditional and partial GET: the order of evaluation is RFC 9110 section 13.2.2.

#include "http/conditional.h"

#include <algorithm>
#include <string>

#include "http/field_value.h"
#include "pki/number.h"

namespace http {

namespace {

constexpr bool is_weak(std::string_view etag) {
  return etag.starts_with("W/");
}

constexpr std::string_view opaque(std::string_view etag) {
  return is_weak(etag) ? etag.substr(2) : etag;
}

// Section 8.8.3.2.
bool weakly_equal(std::string_view a, std::string_view b) {
  return opaque(a) == opaque(b);
}
bool strongly_equal(std::string_view a, std::string_view b) {
  return a == b && !is_weak(a);
}

// Whether a list of entity tags has a member equal to `etag`. A comma may stand inside the quotes, so members
// are read by their quotes.
template <typename Equal>
bool list_has(std::string_view list, std::string_view etag, Equal equal) {
  list = without_whitespace(list);
  if (list == "*") return true;
  while (!list.empty()) {
    const auto open = list.find('"');
    if (open == std::string_view::npos) return false;
    const auto close = list.find('"', open + 1);
    if (close == std::string_view::npos) return false;
    const bool weak = open >= 2 && list.substr(open - 2, 2) == "W/";
    const auto start = weak ? open - 2 : open;
    if (equal(list.substr(start, close + 1 - start), etag)) return true;
    list.remove_prefix(close + 1);
  }
  return false;
}

std::optional<pki::Time> date_field(const Request& request, std::string_view name) {
  const auto value = request.header(name);
  if (!value) return std::nullopt;
  // A date that cannot be read is ignored (sections 13.1.3 and 13.1.4).
  auto time = pki::parse_imf_fixdate(*value);
  if (!time) return std::nullopt;
  return *time;
}

// Section 13.1.1 and 13.1.4: the client wants this representation or none.
bool precondition_fails(const Request& request, const FileResource& resource) {
  if (const auto list = request.header("If-Match")) return !list_has(*list, resource.etag, strongly_equal);
  const auto since = date_field(request, "If-Unmodified-Since");
  return since && resource.last_modified > *since;
}

// Section 13.1.5: a range is only of use to a client that holds the same representation.
bool range_applies(const Request& request, const FileResource& resource) {
  const auto condition = request.header("If-Range");
  if (!condition) return true;
  if (condition->starts_with('"') || is_weak(*condition)) return strongly_equal(*condition, resource.etag);
  const auto date = date_field(request, "If-Range");
  return date && *date == resource.last_modified && resource.date == FileResource::Date::identifies;
}

std::optional<std::uint64_t> parse_position(std::string_view text) {
  if (!pki::is_digits(text)) return std::nullopt;
  // More than 64 bits is beyond the end of any file.
  return pki::parse_number<std::uint64_t>(text).value_or(UINT64_MAX);
}

// The fields that describe the representation, on 200, 206 and 304 alike (section 15.4.5).
std::vector<Header> validators_of(const FileResource& resource) {
  std::vector<Header> headers;
  headers.reserve(4 + resource.headers.size());
  headers.push_back({"Last-Modified", pki::to_imf_fixdate(resource.last_modified)});
  if (!resource.etag.empty()) headers.push_back({"ETag", resource.etag});
  if (!resource.cache_control.empty()) headers.push_back({"Cache-Control", resource.cache_control});
  headers.insert(headers.end(), resource.headers.begin(), resource.headers.end());
  return headers;
}

Response whole(const FileResource& resource) {
  Response response;
  response.content_type = resource.content_type;
  response.headers = validators_of(resource);
  response.headers.push_back({"Accept-Ranges", "bytes"});
  response.body = FileRange{resource.file, resource.offset, resource.length};
  return response;
}

Response part(const FileResource& resource, ByteRange range) {
  Response response = whole(resource);
  response.status = 206;
  response.headers.push_back({"Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                   std::to_string(range.first + range.length - 1) + "/" +
                                                   std::to_string(resource.length)});
  response.body = FileRange{resource.file, resource.offset + range.first, range.length};
  return response;
}

}  // namespace

bool etag_list_matches(std::string_view list, std::string_view etag) {
  return list_has(list, etag, weakly_equal);
}

bool is_not_modified(const Request& request, const Validators& validators) {
  if (request.method != Method::get && request.method != Method::head) return false;
  // A list may be spread over several fields of the same name.
  bool has_list = false;
  for (const HeaderView& field : request.headers) {
    if (!equal_ignoring_case(field.name, "If-None-Match")) continue;
    has_list = true;
    if (etag_list_matches(field.value, validators.etag)) return true;
  }
  if (has_list || !validators.last_modified) return false;
  // Section 13.1.3 suggests "or later"; but a date later than the file's is one that the client did not get
  // with this file: it has another, of a clock that ran ahead or from before a restore.
  return date_field(request, "If-Modified-Since") == validators.last_modified;
}

RangeDecision parse_range(std::string_view value, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (value.size() < kUnit.size() || !equal_ignoring_case(value.substr(0, kUnit.size()), kUnit))
    return RangeIgnored{};
  const auto spec = without_whitespace(value.substr(kUnit.size()));
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos) return RangeIgnored{};
  const auto first_text = spec.substr(0, dash);
  const auto last_text = spec.substr(dash + 1);
  const auto last = parse_position(last_text);
  if (first_text.empty()) {
    if (!last) return RangeIgnored{};
    const auto length = std::min(*last, size);
    if (length == 0) return RangeUnsatisfiable{};
    return ByteRange{size - length, length};
  }
  const auto first = parse_position(first_text);
  if (!first || (!last && !last_text.empty()) || (last && *last < *first)) return RangeIgnored{};
  if (*first >= size) return RangeUnsatisfiable{};
  const auto final = last ? std::min(*last, size - 1) : size - 1;
  return ByteRange{*first, final - *first + 1};
}

Response serve_file(const Request& request, const FileResource& resource) {
  if (precondition_fails(request, resource)) return problem(412, "Precondition Failed");
  const bool by_date = resource.date == FileResource::Date::identifies;
  if (is_not_modified(request,
                      {resource.etag, by_date ? std::optional(resource.last_modified) : std::nullopt})) {
    Response response;
    response.status = 304;
    response.headers = validators_of(resource);
    return response;
  }
  const auto range_text = request.header("Range");
  if (request.method != Method::get || !range_text || !range_applies(request, resource))
    return whole(resource);
  const auto decision = parse_range(*range_text, resource.length);
  if (const auto* range = std::get_if<ByteRange>(&decision)) return part(resource, *range);
  if (std::holds_alternative<RangeIgnored>(decision)) return whole(resource);
  Response response = problem(416, "Range Not Satisfiable");
  response.headers.push_back({"Content-Range", "bytes */" + std::to_string(resource.length)});
  return response;
}

}  // namespace http
