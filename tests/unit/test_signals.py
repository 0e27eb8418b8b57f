"""Signals are remembered from the first moment on."""

import os
import signal

import pytest

from netheed.signals import Asked


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_end_is_remembered_by_its_signal(number: signal.Signals) -> None:
    asked = Asked()

    with asked.listening():
        os.kill(os.getpid(), number)

    assert (asked.to_end_by, asked.to_save) == (number, False)


def test_a_hangup_asks_to_save_and_not_to_end() -> None:
    asked = Asked()

    with asked.listening():
        os.kill(os.getpid(), signal.SIGHUP)

    assert (asked.to_end_by, asked.to_save) == (0, True)


def test_who_took_signals_before_gets_them_back() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with Asked().listening():
        assert signal.getsignal(signal.SIGTERM) != before

    assert signal.getsignal(signal.SIGTERM) == before
