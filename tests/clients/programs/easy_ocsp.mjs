// The npm package easy-ocsp as a verifier's client: node easy_ocsp.mjs CERT ISSUER URL [without-nonce]
// Files are PEM. Prints good, revoked, unknown, or refused with the reason. Needs NODE_PATH or a node_modules beside it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { getCertStatus } = createRequire(`${process.cwd()}/`)('easy-ocsp');

const [certificate, issuer, ocspUrl, ...options] = process.argv.slice(2);
try {
  const answer = await getCertStatus(readFileSync(certificate, 'utf8'), {
    ca: readFileSync(issuer, 'utf8'),
    // Given both, it does not look for an issuer URL, which these certificates have none of.
    ocspUrl,
    enableNonce: !options.includes('without-nonce'),
  });
  console.log(answer.status);
} catch (error) {
  console.log(`refused: ${error.message}`);
}
