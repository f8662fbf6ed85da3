// A web site that lets people in with the authentication certificate of their card, and keeps the CA's list of revoked
// ones. Node.js alone.

import { X509Certificate } from 'node:crypto';
import https from 'node:https';

const pem = (label, der) => `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;

export class Site {
  #options;
  #server;

  // `ca`: DER of the CA for authentication; `list`: the URL of its complete list (the whole one: OpenSSL in Node.js does
  // not know the scopes of the others); `identity`: { key, cert } of the site, PEM.
  constructor({ ca, list, identity }) {
    this.list = list;
    this.#options = { ...identity, ca: new X509Certificate(ca).toString(), requestCert: true, rejectUnauthorized: true };
  }

  // Fetches the list; what was fetched before stays in use when that fails.
  async refresh() {
    const answer = await fetch(this.list, { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(`the list cannot be had: HTTP ${answer.status}`);
    this.#options.crl = pem('X509 CRL', Buffer.from(await answer.arrayBuffer()));
    this.#server?.setSecureContext(this.#options);
  }

  async open(port = 0) {
    await this.refresh();
    this.#server = https.createServer(this.#options, (request, response) => response.end('welcome'));
    await new Promise((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return this.#server.address().port;
  }

  close() {
    this.#server.close();
  }
}
