// Serving the embedded files, with what keeps anything else from running in them.

#include "mock/page.h"

#include <array>
#include <memory>

#include "http/conditional.h"
#include "http/language.h"
#include "http/url.h"
#include "page.embedded.h"
#include "pki/bytes.h"

namespace mock {

namespace {

using Shared = std::shared_ptr<const pki::Bytes>;

constexpr std::string_view kIndex = "index.html";
// What index.html says of itself; the page's script goes by it.
constexpr std::string_view kEnglish = "<html lang=\"en\">", kJapanese = "<html lang=\"ja\">";

std::string_view content_type_of(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  return "text/javascript; charset=utf-8";
}

// One representation that is served.
struct Resource {
  std::string content_type;
  std::string etag;
  Shared body;
  std::vector<http::Header> headers = {};
};

http::Response serve(const http::Request& request, const Resource& resource) {
  http::Response response{.status = 200, .content_type = resource.content_type, .headers = resource.headers};
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Content-Security-Policy",
            "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
           {"Cross-Origin-Opener-Policy", "same-origin"},
           {"Cross-Origin-Resource-Policy", "same-origin"},
           {"Referrer-Policy", "no-referrer"},
           {"X-Content-Type-Options", "nosniff"},
           {"Cache-Control", "no-cache"}})
    response.headers.push_back({name, value});
  response.headers.push_back({"ETag", resource.etag});
  if (http::is_not_modified(request, {.etag = resource.etag, .last_modified = std::nullopt})) {
    response.status = 304;
    response.content_type.clear();
  } else {
    response.body = resource.body;
  }
  return response;
}

bool wants_japanese(const http::Request& request) {
  if (const auto named = http::query_value(request.query, "lang")) return *named == "ja";
  return http::preferred_language(request.header("Accept-Language").value_or("")) == pki::Language::ja;
}

Resource make_index(const embedded::EmbeddedFile& file, std::string_view language) {
  std::string text(file.text);
  if (language == "ja") text.replace(text.find(kEnglish), kEnglish.size(), kJapanese);
  return {.content_type = std::string(content_type_of(file.path)),
          .etag = "\"" + std::string(file.digest) + "-" + std::string(language) + "\"",
          .body = std::make_shared<const pki::Bytes>(pki::to_bytes(pki::as_bytes(text))),
          .headers = {{"Content-Language", std::string(language)}, {"Vary", "Accept-Language"}}};
}

}  // namespace

void mount_page(http::Router& router, const OriginGuard& guard) {
  const auto add = [&](std::string path, std::function<const Resource&(const http::Request&)> choose) {
    router.add(http::Method::get, std::move(path),
               [&guard, choose = std::move(choose)](const http::Request& request) {
                 if (auto refusal = guard.refusal(request)) return std::move(*refusal);
                 return serve(request, choose(request));
               });
  };
  for (const embedded::EmbeddedFile& file : embedded::page) {
    if (file.path == kIndex) {
      add("/",
          [english = make_index(file, "en"), japanese = make_index(file, "ja")](const http::Request& request)
              -> const Resource& { return wants_japanese(request) ? japanese : english; });
      continue;
    }
    add("/page/" + std::string(file.path),
        [resource =
             Resource{.content_type = std::string(content_type_of(file.path)),
                      .etag = "\"" + std::string(file.digest) + "\"",
                      .body = std::make_shared<const pki::Bytes>(pki::to_bytes(pki::as_bytes(file.text)))}](
            const http::Request&) -> const Resource& { return resource; });
  }
}

}  // namespace mock
