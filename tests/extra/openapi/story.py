"""Requests that must succeed: one for each operation, in an order in which each finds what it needs.

A step is the operation, the values of its parameters and its body; a generator, so that a step can use the answer to
the one before.
"""

import base64
import datetime

from service import openssl

# Operations that a mock cannot answer with success, and why.
UNREACHED = {
    "acceptClock": "needs a wall clock that leaps (tests/interop/clock_test.sh)",
    "adoptCertificate": "needs a store that was restored (tests/interop/restore_test.sh)",
    "confirmRequest": "a mock asks for no second person (tests/interop/operators_test.sh)",
    "followCount": "needs a count that takes longer than one request (tests/admin/statistics_test.cpp)",
    "rejectRequest": "as confirmRequest",
    "showRequest": "as confirmRequest",
}

NEW_RESIDENT = {"name": "模擬　太郎", "birth": "1980-02-17", "sex": "male", "municipality": "132217",
                "address": "東京都清瀬市模擬町１番", "card_expires": "2035-02-17"}


def text(content):
    return base64.b64encode(content).decode()


def story(service):
    yield from open_paths()
    yield from ocsp(service)
    yield from residents(service)
    yield from verifiers(service)
    yield from verifier_services(service)
    yield from administration(service)
    yield from operators(service)
    yield from views()
    yield "recordEvent", {}, {"event": "ca-key-compromise", "ca": "auth-1", "dry_run": True}


def open_paths():
    yield "getCaCertificate", {"name": "sign"}, None
    yield "getPracticeStatement", {}, None
    yield "getNotices", {}, None
    yield "livez", {}, None
    yield "readyz", {}, None
    yield "metrics", {}, None
    yield "getGenerationCrl", {"issuer": "sign-1", "file": "full.crl"}, None
    yield "getPointCrl", {"issuer": "auth", "code": "132217", "file": "delta.crl"}, None


def ocsp(service):
    resident = service.mock["residents"][0]
    request = service.ocsp_request("sign", resident)
    yield "askByPost", {"ca": "sign"}, request
    yield "askByGet", {"ca": "sign", "request": base64.urlsafe_b64encode(request).decode()}, None
    yield "askByPost", {"ca": "auth", "purpose": "kazashi"}, service.ocsp_request("auth", resident)
    pinless = next(one for one in service.mock["verifiers"] if one["use"] == "pinless")["credential"]
    yield "askPinless", {}, service.ocsp_request("auth", resident, sign_with=pinless)
    request = service.ocsp_request("auth", resident, sign_with=pinless)
    yield "askPinlessByGet", {"request": base64.urlsafe_b64encode(request).decode()}, None


def residents(service):
    answer = yield "addResident", {"Jpki-As": "municipality:132217"}, NEW_RESIDENT
    new = answer["id"]
    yield "listResidents", {"limit": "2"}, None
    yield "getResident", {"id": new}, None
    yield "findCard", {"Jpki-As": "call-centre"}, {key: NEW_RESIDENT[key] for key in ("name", "birth")}
    yield "setGuardianship", {"id": new}, {"adult_ward": False}
    for kind in ("sign", "auth"):
        answer = yield "issueCertificate", {}, {"resident": new, "kind": kind, "csr": text(service.new_request())}
    yield "listCertificates", {"resident": new}, None
    yield "getCertificate", {"ca": answer["issuer"], "serial": answer["serial"]}, None
    move = {"event": "address-change", "resident": new, "address": "東京都清瀬市元町一丁目２番", "event_id": "story-1"}
    yield "recordEvent", {}, {**move, "dry_run": True}
    yield "recordEvent", {"Idempotency-Key": "story-1"}, move
    yield "recordEvent", {}, move
    yield "recordEvent", {}, {"event": "move-out", "resident": new, "planned": datetime.date.today().isoformat()}
    yield "recordEvents", {}, {"events": [{"event": "hold", "resident": new}, {"event": "death", "resident": new}],
                               "dry_run": True, "rehearsal": "story"}
    yield "endRehearsal", {"name": "story"}, None
    yield "recordEvents", {}, {"events": [{"event": "death", "resident": new}], "brief": True}
    yield "getHistory", {"id": new}, None
    yield "sweep", {}, {"dry_run": True}
    yield "withdrawConsent", {"id": new}, {"verifier": "1", "items": ["address"]}
    yield "showWithdrawals", {"id": new}, None


def verifiers(service):
    answer = yield "addVerifier", {}, {"name": "Example Bank", "class": ["authentication", "specific-authentication"],
                                       "private": True}
    new, today = answer["id"], datetime.date.today().isoformat()
    yield "listVerifiers", {}, None
    yield "takeStep", {"id": new, "step": "notify"}, {"date": today}
    yield "takeStep", {"id": new, "step": "agree"}, {"network": ["192.0.2.0/24"], "tls": True, "signature": True}
    yield "takeStep", {"id": new, "step": "certify"}, {"date": today}
    yield "takeStep", {"id": new, "step": "approve"}, {"plan": "at counters", "equipment": "readers"}
    yield "takeStep", {"id": new, "step": "minor-change"}, {"equipment": "newer readers"}
    yield "getVerifier", {"id": new}, None
    answer = yield "issueCredential", {"id": new}, {"for": "pinless", "csr": text(service.new_request()),
                                                    "terminal": "counter 1"}
    serial = answer["serial"]
    yield "listCredentials", {"id": new}, None
    yield "revokeCredential", {"id": new, "serial": serial}, None
    yield "recordErasure", {"id": new, "serial": serial}, {"date": today}
    yield "takeStep", {"id": new, "step": "agree"}, {"signature": True, "ca": text(own_ca(service))}
    yield "refuseSigner", {"id": new}, {"serial": "0x1234"}
    for step in ("suspend", "resume", "cancel-approval", "cancel"):
        yield "takeStep", {"id": new, "step": step}, None


def verifier_services(service):
    holder = service.mock["residents"][1]
    serial = holder["sign"]["serial"]
    yield "counterpart", {"ca": "sign", "serial": serial, "kind": "auth"}, None
    answer = yield "showClock", {}, None
    given = answer["now"]
    consent = service.consent(holder, {"purpose": "current-items", "verifier": "1", "items": ["name", "address"],
                                       "given": given, "until": str(int(given[:4]) + 1) + given[4:]})
    # A consent must be older than what revokes its certificate, and both are dated to the second.
    signed = datetime.datetime.now(datetime.timezone.utc).isoformat()[:19]
    while answer["now"][:19] <= signed:
        answer = yield "showClock", {}, None
    yield "recordEvent", {}, {"event": "address-change", "resident": holder["id"], "address": holder["address"] + "の９"}
    yield "issueCertificate", {}, {"resident": holder["id"], "kind": "sign", "csr": text(service.new_request())}
    yield "currentItems", {"serial": serial}, {"consent": text(consent)}


def administration(_service):
    yield "publish", {}, {"kind": "complete"}
    yield "listCrls", {"issuer": "sign-1", "current": "true"}, None
    yield "checkCrls", {"extent": "current"}, None
    yield "checkCertificates", {"Jpki-As": "auditor"}, None
    yield "showRetention", {}, None
    yield "removeDue", {}, {}
    yield "listGenerations", {}, None
    yield "showClock", {}, None
    yield "countCertificates", {}, None
    yield "showAudit", {"limit": "3"}, None
    answer = yield "verifyAudit", {}, None
    yield "auditHeadAt", {"sequence": answer["head"].split(":")[0]}, None
    yield "ledger", {}, None
    yield "yearlyReport", {"year": str(datetime.date.today().year)}, None
    yield "reportOfVerifier", {"id": "1"}, None


def operators(service):
    yield "roles", {}, None
    yield "addOperator", {}, {"name": "kiyose", "roles": ["municipality:132217"]}
    yield "issueOperatorCredential", {"name": "kiyose"}, {"csr": text(service.new_request())}
    answer = yield "listOperatorCredentials", {"name": "kiyose"}, None
    yield "revokeOperatorCredential", {"name": "kiyose", "serial": answer["credentials"][0]["serial"]}, {}
    yield "showOperator", {"name": "kiyose"}, None
    yield "disableOperator", {"name": "kiyose"}, {}
    yield "enableOperator", {"name": "kiyose"}, {}
    yield "listOperators", {}, None
    yield "listRequests", {}, None


def views():
    key = openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-outform", "DER")
    public = openssl("ec", "-inform", "DER", "-pubout", "-outform", "DER", data=key)
    yield "addView", {}, {"name": "edge-1", "public_key": text(public)}
    yield "listViews", {}, None
    yield "removeView", {"name": "edge-1"}, {}


def own_ca(service):
    """The certificate of a CA that a verifier has, DER."""
    return openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(service.work / "own.key"), "-subj",
                   "/CN=Example Bank CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-outform", "DER")
