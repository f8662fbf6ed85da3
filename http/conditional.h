// Conditional and partial GET, RFC 9110 sections 13 and 14, for files that are served as they were published.
//
// Pure functions of the request and the file's facts; nothing is read here.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/file.h"
#include "http/message.h"
#include "pki/time.h"

namespace http {

// A part of an open file, and what is said about it.
struct FileResource {
  std::shared_ptr<const File> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  // With its quotes, e.g. "\"1763870400000\""; a strong validator. Empty: none is sent.
  std::string etag = {};
  pki::Time last_modified = {};
  // Whether the date distinguishes this representation from the one before it. When both are of one second,
  // it must not decide about a 304 or a range (RFC 9110 section 8.8.2.2); the entity tag does.
  enum class Date { identifies, shared };
  Date date = Date::identifies;
  std::string content_type = {};
  // Empty: none is sent.
  std::string cache_control = {};
  // Further fields of 200, 206 and 304, e.g. Expires.
  std::vector<Header> headers = {};
};

// What a client may hold already, for resources that are no files too (a kept OCSP answer).
struct Validators {
  // With its quotes; empty for none.
  std::string_view etag;
  std::optional<pki::Time> last_modified;
};

// 200, 206, 304, 412 or 416 for a GET or HEAD of the file.
[[nodiscard]] Response serve_file(const Request& request, const FileResource& resource);

// Whether a GET or HEAD may be answered with 304: If-None-Match, or If-Modified-Since when that is absent.
[[nodiscard]] bool is_not_modified(const Request& request, const Validators& validators);

// Whether a list of entity tags (If-None-Match) names `etag`, by weak comparison; "*" names every one.
[[nodiscard]] bool etag_list_matches(std::string_view list, std::string_view etag);

// Bytes [first, first + length) of a representation.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
};

// No Range, another unit, several ranges or broken syntax: answer with all.
struct RangeIgnored {};
// Begins after the end: 416.
struct RangeUnsatisfiable {};

using RangeDecision = std::variant<RangeIgnored, RangeUnsatisfiable, ByteRange>;

// Reads "bytes=a-b", "bytes=a-" or "bytes=-n" against a representation of `size` bytes.
[[nodiscard]] RangeDecision parse_range(std::string_view value, std::uint64_t size);

}  // namespace http
