"""python3-cryptography as a verifier's client:

    python3 cryptography_client.py ocsp CERT ISSUER URL [get] [sha256] [nonce]
    python3 cryptography_client.py crl CERT CA,CA,… LIST,LIST,…

Files are PEM. Prints good, revoked, unknown, or refused with the reason. The library reads and signs, and applies no
rules of RFC 5280 or 6960: what is checked is written here.
"""

import base64
import os
import sys
import urllib.parse
import urllib.request

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509 import ocsp


def certificate(file):
    with open(file, "rb") as content:
        return x509.load_pem_x509_certificate(content.read())


def ask_ocsp(subject, issuer, url, options):
    algorithm = hashes.SHA256() if "sha256" in options else hashes.SHA1()
    builder = ocsp.OCSPRequestBuilder().add_certificate(subject, issuer, algorithm)
    nonce = os.urandom(18) if "nonce" in options else None
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    request = builder.build().public_bytes(serialization.Encoding.DER)
    if "get" in options:
        answer = urllib.request.urlopen(f"{url}/{urllib.parse.quote(base64.b64encode(request), safe='')}")
    else:
        answer = urllib.request.urlopen(urllib.request.Request(
            url, data=request, headers={"Content-Type": "application/ocsp-request"}))
    read = ocsp.load_der_ocsp_response(answer.read())
    if read.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        return f"refused: {read.response_status.name}"
    responder = read.certificates[0]
    issuer.public_key().verify(responder.signature, responder.tbs_certificate_bytes, padding.PKCS1v15(),
                               responder.signature_hash_algorithm)
    responder.public_key().verify(read.signature, read.tbs_response_bytes, padding.PKCS1v15(),
                                  read.signature_hash_algorithm)
    if nonce and read.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce != nonce:
        return "refused: another nonce"
    if read.serial_number != subject.serial_number:
        return "refused: another certificate"
    return read.certificate_status.name.lower()


def ask_crl(subject, anchors, files):
    for file in files:
        with open(file, "rb") as content:
            read = x509.load_pem_x509_crl(content.read())
        # Both generations have one name: the list is found by the key that signed it.
        key = next((anchor.public_key() for anchor in anchors if signs(anchor.public_key(), subject)), None)
        # A delta is no list to judge by, and whatever else is critical and unknown here.
        if key and read.is_signature_valid(key) and not any(
                each.critical and not isinstance(each.value, x509.IssuingDistributionPoint) for each in read.extensions):
            return "good" if read.get_revoked_certificate_by_serial_number(subject.serial_number) is None else "revoked"
    return "refused: no list by the issuer's key"


def signs(key, subject):
    try:
        key.verify(subject.signature, subject.tbs_certificate_bytes, padding.PKCS1v15(), subject.signature_hash_algorithm)
        return True
    except InvalidSignature:
        return False


def main(mode, file, issuers, last, *options):
    subject, anchors = certificate(file), [certificate(each) for each in issuers.split(",")]
    # Reads what a program would look at: an extension that cannot be decoded is noticed here.
    subject.extensions.get_extension_for_class(x509.KeyUsage)
    print(ask_ocsp(subject, anchors[0], last, options) if mode == "ocsp" else ask_crl(subject, anchors, last.split(",")))


try:
    main(*sys.argv[1:])
except (ValueError, InvalidSignature, OSError) as error:
    print(f"refused: {error!r}")
