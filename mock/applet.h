// The JPKI application as a card reader meets it: command APDUs in, response APDUs out (ISO/IEC 7816-4).
//
// It answers what OpenSC's driver `jpki` and other open readers send; their sources are all that is public of
// the real one. There is no secure messaging, and the PIN-less terminal authentication, whose format is not
// public, is left to the control (mock/card_control.cpp).

#pragma once

#include "mock/card.h"

namespace mock {

// The answer to reset of the real card, by which OpenSC recognises it (T=1).
[[nodiscard]] pki::ByteView card_atr();

// The application's answer to one command, status word included: a function of the card's contents and
// state. Short APDUs alone; a command of any other length than its case demands is answered 6700.
[[nodiscard]] pki::Bytes answer_apdu(const CardContents& contents, Card& card, pki::ByteView command);

// Power off and on again.
void power_up(Card& card);

}  // namespace mock
