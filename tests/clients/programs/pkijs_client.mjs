// The npm package pkijs as a verifier's client:
//
//   node pkijs_client.mjs ocsp CERT ISSUER URL
//   node pkijs_client.mjs crl CERT CA,CA,… LIST,LIST,…
//
// Files are PEM. Prints good, revoked, unknown, or refused with the reason. Needs node_modules in the current folder.

import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.cwd()}/`);
const pkijs = require('pkijs');
const asn1js = require('asn1js');
pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto }));

const der = (file) => {
  const text = readFileSync(file, 'utf8').replace(/-----[^-]*-----|\s/g, '');
  return new Uint8Array(Buffer.from(text, 'base64')).buffer;
};
const certificate = (file) => pkijs.Certificate.fromBER(der(file));
const list = (file) => pkijs.CertificateRevocationList.fromBER(der(file));

async function ocsp(subject, issuer, url) {
  const request = new pkijs.OCSPRequest();
  await request.createForCertificate(subject, { hashAlgorithm: 'SHA-256', issuerCertificate: issuer });
  const nonce = webcrypto.getRandomValues(new Uint8Array(32));
  request.tbsRequest.requestExtensions = [
    new pkijs.Extension({
      extnID: '1.3.6.1.5.5.7.48.1.2',
      extnValue: new asn1js.OctetString({ valueHex: nonce.buffer }).toBER(),
    }),
  ];
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/ocsp-request' },
    body: request.toSchema(true).toBER(),
  });
  const answer = pkijs.OCSPResponse.fromBER(await reply.arrayBuffer());
  const status = answer.responseStatus.valueBlock.valueDec;
  if (status !== 0) return `refused: OCSP status ${status}`;
  const basic = pkijs.BasicOCSPResponse.fromBER(answer.responseBytes.response.valueBlock.valueHex);
  if (!(await basic.verify({ trustedCerts: [issuer] }))) return 'refused: the answer does not verify';
  const found = await basic.getCertificateStatus(subject, issuer);
  return found.isForCertificate ? ['good', 'revoked', 'unknown'][found.status] : 'refused: another certificate';
}

async function crl(subject, anchors, lists) {
  const engine = new pkijs.CertificateChainValidationEngine({ trustedCerts: anchors, certs: [subject], crls: lists });
  const result = await engine.verify();
  if (result.result) return 'good';
  return /revoked/i.test(result.resultMessage) ? 'revoked' : `refused: ${result.resultMessage}`;
}

const [mode, subject, issuers, last] = process.argv.slice(2);
try {
  const anchors = issuers.split(',').map(certificate);
  console.log(
    mode === 'ocsp'
      ? await ocsp(certificate(subject), anchors[0], last)
      : await crl(certificate(subject), anchors, last.split(',').map(list)),
  );
} catch (error) {
  console.log(`refused: ${error.message}`);
}
