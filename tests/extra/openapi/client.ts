// A client in TypeScript whose types openapi-typescript made from docs/openapi.yaml (api.ts), used as they are: this file
// compiles only while names and shapes are right, and runs only while the service agrees with them.
//
// usage: node client.js SOCKET

import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const socketPath = process.argv[2];

// fetch() of Node.js does not open Unix sockets; node:http does.
async function overSocket(request: Request): Promise<Response> {
  const body = Buffer.from(await request.arrayBuffer());
  return new Promise((resolve, reject) => {
    const { pathname, search } = new URL(request.url);
    const sent = httpRequest(
      { socketPath, path: pathname + search, method: request.method, headers: Object.fromEntries(request.headers) },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve(
            new Response(answer.statusCode === 204 ? null : Buffer.concat(parts), {
              status: answer.statusCode ?? 0,
              headers: { "Content-Type": answer.headers["content-type"] ?? "" },
            }),
          ),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

const client = createClient<paths>({ baseUrl: "http://jpki", fetch: overSocket });

const { data: page } = await client.GET("/v1/residents", { params: { query: { limit: 1000 } } });
assert.ok(page && page.residents.length > 0);
const readable = page.residents.filter((one): one is components["schemas"]["Resident"] => !("unreadable" in one));
assert.equal(readable[0].state, "resident");

const { data: added, response } = await client.POST("/v1/residents", {
  params: { header: { "Idempotency-Key": "client-1" } },
  body: { name: "模擬　花子", birth: "1990-05-05", sex: "female", municipality: "132217", address: "東京都清瀬市模擬町３番" },
});
assert.equal(response.status, 201);
assert.ok(added);

const { data: event } = await client.POST("/v1/events", {
  body: { resident: readable[0].id, event: "death", dry_run: true },
});
assert.ok(event && "certificates" in event);
assert.deepEqual(event.certificates.map((one) => [one.kind, one.outcome]), [
  ["sign", "revoke"],
  ["auth", "revoke"],
]);

const { data: certificates } = await client.GET("/v1/certificates", { params: { query: { resident: readable[0].id } } });
assert.deepEqual(certificates?.certificates.map((one) => one.state), ["good", "good"]);

const { data: verifier } = await client.POST("/v1/verifiers/{id}/{step}", {
  params: { path: { id: "1", step: "suspend" } },
  body: { until: "2099-03-31" },
});
assert.ok(verifier && "suspended_until" in verifier);
assert.equal(verifier.suspended_until, "2099-03-31");

const { error } = await client.GET("/v1/residents/{id}", { params: { path: { id: "10000000022" } } });
assert.equal(error?.status, 404);
assert.equal(error?.code, "not_found");

console.log("the generated client works");
