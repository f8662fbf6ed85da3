"""What the relying party makes of a certificate while its holder's life goes on: pytest docs/clients/python"""

from datetime import datetime

import pytest

from relying_party import NotKnown, check, read


@pytest.fixture
def ask(mock):
    def ask(kind="sign", now=None):
        return check(read(mock.resident[kind]["cer"]), read(mock.ca[kind]["cer"]), now)
    return ask


def test_a_new_certificate_is_good(ask):
    assert ask("sign") == "good"
    assert ask("auth") == "good"


def test_who_moves_house_loses_the_signing_certificate(mock, ask):
    mock.event("address-change", address="東京都清瀬市元町一丁目１番")
    assert ask("sign") == "revoked"
    assert ask("auth") == "good"


def test_a_lost_card_is_put_on_hold(mock, ask):
    mock.event("hold", kind="auth")
    assert ask("auth") == "revoked"
    mock.event("release", kind="auth")
    assert ask("auth") == "good"


@pytest.mark.parametrize("fault", ["try-later", "http-503", "drop", "bad-signature", "wrong-responder", "stale"])
def test_without_an_answer_to_trust_the_status_is_not_known(mock, ask, fault):
    mock.fault(fault)
    with pytest.raises(NotKnown):
        ask()


def test_certificates_expire(mock, ask):
    now = datetime.fromisoformat(mock.clock(advance="P6Y").replace("Z", ""))
    with pytest.raises(NotKnown, match="not in force"):
        ask(now=now)
