// The load command: asks an OCSP responder about many serials, or any server for one file.

#include "cli/command.h"
#include "ocsp/query.h"
#include "pki/der.h"
#include "pki/random.h"
#include "tests/bench/load_client.h"
#include "tests/bench/options.h"
#include "tests/bench/store.h"

namespace bench {

namespace {

std::string http_post(const std::string& path, pki::ByteView body) {
  return "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/ocsp-request\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(pki::as_text(body));
}

// The request with a signature that nobody made: random bytes, and eight copies of a certificate that is
// nobody's, as many as may come along (RFC 6960 section 4.1.1).
pki::Bytes forge(pki::ByteView request, pki::ByteView certificate, pki::Rng& rng) {
  constexpr int kCertificates = 8;
  constexpr std::size_t kSignatureBytes = 512;
  pki::der::Reader outer(request);
  auto fields = outer.enter_sequence().value();
  const auto tbs = fields.read(pki::der::tag::kSequence).value();
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.raw(tbs.encoding);
    writer.context(0, [&] {
      writer.sequence([&] {
        writer.raw(pki::encode_algorithm_identifier(pki::SignatureAlgorithm::rsa_sha256));
        writer.bit_string(rng.bytes(kSignatureBytes));
        writer.context(0, [&] {
          writer.sequence([&] {
            for (int i = 0; i < kCertificates; ++i)
              writer.raw(certificate);
          });
        });
      });
    });
  });
  return writer.take();
}

// Questions about `count` serials spread over [first, first + range), the same in every run but for nonces.
std::vector<std::string> ocsp_requests(const Options& options) {
  const auto ca = pki::Certificate::decode(pki::as_bytes(pki::read_file(options.text("ca")).value())).value();
  const std::uint64_t first = options.number("serial", 1), range = options.number("range", 1);
  const std::uint64_t nonce_bytes = options.number("nonce", 0);
  const std::uint64_t count = options.number("requests", nonce_bytes > 0 || range > 1 ? 20'000 : 1);
  pki::Rng rng = pki::Rng::system();
  const std::string forged_with = options.text("forged-with", "");
  const pki::Bytes certificate =
      forged_with.empty() ? pki::Bytes{} : pki::to_bytes(pki::as_bytes(pki::read_file(forged_with).value()));
  std::vector<std::string> requests;
  for (std::uint64_t i = 0; i < count; ++i) {
    const pki::Bytes serial = pki::der::integer_content(first + mix(i) % range);
    const std::vector<pki::Bytes> ids = {ocsp::make_cert_id(ca, serial, pki::HashAlgorithm::sha1).value()};
    std::optional<pki::ByteView> nonce;
    const pki::Bytes bytes = rng.bytes(nonce_bytes);
    if (nonce_bytes > 0) nonce = bytes;
    pki::Bytes request = ocsp::make_request(ids, nonce).value();
    if (!certificate.empty()) request = forge(request, certificate, rng);
    requests.push_back(http_post(options.text("path"), request));
  }
  return requests;
}

}  // namespace

// --port P --path /… [--ca FILE --serial N --range N --nonce BYTES --requests N] [--connections N]
// [--forged-with CERTIFICATE] [--threads N] [--seconds S] [--rate N] [--reuse as-served|never] [--save FILE:
// one request's DER, and no load]
int load(const Options& options) {
  Load plan;
  plan.port = static_cast<std::uint16_t>(options.number("port", 0));
  if (options.text("ca", "").empty()) {
    plan.requests = {"GET " + options.text("path") + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"};
  } else {
    plan.requests = ocsp_requests(options);
    // A forged request is refused, which is what is wanted.
    plan.expect = options.text("forged-with", "").empty() ? Expect::ocsp_successful : Expect::any_body;
  }
  if (const std::string file = options.text("save", ""); !file.empty()) {
    const std::string& request = plan.requests.front();
    pki::save_file(file, pki::as_bytes(std::string_view(request).substr(request.find("\r\n\r\n") + 4)),
                   pki::FileSecrecy::open)
        .value();
    return 0;
  }
  plan.connections = options.number("connections", plan.connections);
  plan.threads = options.number("threads", plan.threads);
  plan.seconds = options.decimal("seconds", plan.seconds);
  plan.warm_up_seconds = options.decimal("warm-up", plan.warm_up_seconds);
  plan.rate = options.decimal("rate", plan.rate);
  plan.reuse = options.text("reuse", "as-served") == "never" ? Reuse::never : Reuse::as_served;
  const LoadResult result = run_load(plan);
  report("rate", result.rate);
  report("p50_ms", result.p50_ms);
  report("p99_ms", result.p99_ms);
  report("try_later", static_cast<double>(result.try_later));
  report("wrong", static_cast<double>(result.wrong));
  report("connects", static_cast<double>(result.connects));
  return 0;
}

}  // namespace bench
