"""Whether a certificate is good, by OCSP (RFC 6960). Needs python3-cryptography."""

import urllib.error
import urllib.request
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

CLOCKS_DIFFER = timedelta(minutes=5)


class NotKnown(Exception):
    """The status is not known: do not accept the certificate."""


def read(file):
    with open(file, "rb") as stream:
        return x509.load_der_x509_certificate(stream.read())


def check(certificate, issuer, now=None):
    """Gives "good", "revoked" or "unknown"; raises NotKnown without an answer that can be trusted."""
    now = now or datetime.utcnow()
    check_signature(certificate, issuer)
    if not certificate.not_valid_before <= now <= certificate.not_valid_after:
        raise NotKnown("the certificate is not in force")
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()
    answer = ask(responder_of(certificate), request)
    if answer.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise NotKnown(answer.response_status.name)
    check_signer(answer, issuer, now)
    if answer.serial_number != certificate.serial_number:
        raise NotKnown("the answer is about another certificate")
    if answer.this_update > now + CLOCKS_DIFFER or answer.next_update < now - CLOCKS_DIFFER:
        raise NotKnown("the answer is of another time")
    return answer.certificate_status.name.lower()


def responder_of(certificate):
    access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    return next(one.access_location.value for one in access if one.access_method == AuthorityInformationAccessOID.OCSP)


def ask(url, request):
    content = {"Content-Type": "application/ocsp-request"}
    body = request.public_bytes(Encoding.DER)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, content), timeout=5) as response:
            return ocsp.load_der_ocsp_response(response.read())
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise NotKnown(f"no answer: {error}") from error


def check_signer(answer, issuer, now):
    """The answer is signed by a responder that the issuer has certified for it."""
    responder = answer.certificates[0]
    check_signature(responder, issuer)
    purposes = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if ExtendedKeyUsageOID.OCSP_SIGNING not in purposes or not responder.not_valid_before <= now <= responder.not_valid_after:
        raise NotKnown("the responder may not answer for the CA")
    verify(responder, answer.signature, answer.tbs_response_bytes, answer.signature_hash_algorithm)


def check_signature(certificate, issuer):
    verify(issuer, certificate.signature, certificate.tbs_certificate_bytes, certificate.signature_hash_algorithm)


def verify(signer, signature, content, algorithm):
    try:
        signer.public_key().verify(signature, content, padding.PKCS1v15(), algorithm)
    except InvalidSignature as error:
        raise NotKnown("a signature does not verify") from error
