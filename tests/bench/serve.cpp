// The product's OCSP service over a store of the benchmark, on the product's HTTP server.

#include <csignal>
#include <cstdio>

#include "http/server.h"
#include "ocsp/service.h"
#include "tests/bench/options.h"
#include "tests/bench/store.h"

namespace bench {

// --data DIR [--workers N] [--signers N]: prints the port, serves until SIGTERM.
int serve(const Options& options) {
  const cli::SystemClock clock;
  const Folder folder{options.text("data")};
  const auto environment = open_store(folder, registry::Durability::temporary);
  const registry::Recognition recognition;
  const ca::KeyFolder keys = folder.keys();
  std::vector<ocsp::ResponderMaterial> material;
  for (auto& responder : ca::load_responders(environment->read(), keys).value())
    material.push_back({.issuer = responder.issuer,
                        .ca_certificate = std::move(responder.ca_certificate),
                        .responder_certificate = std::move(responder.certificate),
                        .signer = std::move(responder.signer)});
  ocsp::ServiceOptions how;
  how.signer_threads = options.number("signers", 0);
  const auto print = [](std::string_view fault) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(fault.size()), fault.data());
  };
  how.on_error = print;
  const auto service =
      ocsp::Service::create({*environment, recognition, clock}, std::move(material), how).value();
  const auto router = std::make_shared<http::Router>();
  service->mount(*router);
  http::Runtime runtime(clock, {.workers = options.number("workers", 0), .on_error = print});
  const http::Server server(runtime,
                            {.name = "bench", .address = http::TcpAddress{"127.0.0.1", 0}, .router = router});
  runtime.on_signal({SIGTERM, SIGINT}, [&](int) { runtime.stop(); });
  report("port", server.bound_port());
  runtime.run();
  return 0;
}

}  // namespace bench
