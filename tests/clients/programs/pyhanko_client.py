"""pyhanko-certvalidator as a verifier's client:

    python3 pyhanko_client.py ocsp CERT ISSUER
    python3 pyhanko_client.py crl CERT CA,CA,… LIST,LIST,…

Files are PEM; lists are DER. Prints good, revoked, or refused with the reason."""

import asyncio
import sys

from asn1crypto import crl as asn1_crl
from asn1crypto import pem, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import RevokedError


def certificate(file):
    with open(file, "rb") as content:
        return x509.Certificate.load(pem.unarmor(content.read())[2])


def read_list(file):
    with open(file, "rb") as content:
        return asn1_crl.CertificateList.load(content.read())


def main(mode, file, issuers, lists=""):
    context = ValidationContext(
        trust_roots=[certificate(each) for each in issuers.split(",")], allow_fetching=mode == "ocsp",
        revocation_mode="hard-fail", crls=[read_list(each) for each in lists.split(",") if each])
    asyncio.run(CertificateValidator(certificate(file), validation_context=context).async_validate_usage(
        {"digital_signature"}))
    return "good"


try:
    print(main(*sys.argv[1:]))
except RevokedError:
    print("revoked")
except Exception as error:  # whatever stops it is the answer
    print(f"refused: {error}")
