"""One id, two ways of writing it: SMSCs answer in one and report in the other."""

from enum import StrEnum


class IdForm(StrEnum):
    """How an SMSC writes ids: in its answer, then in its receipts. `TEXT`: the same both times, letter for letter."""

    TEXT = "text"
    DECIMAL = "decimal"
    HEX = "hex"
    HEX_THEN_DECIMAL = "hex-then-decimal"
    DECIMAL_THEN_HEX = "decimal-then-hex"


_ANSWER = {IdForm.DECIMAL: 10, IdForm.HEX: 16, IdForm.HEX_THEN_DECIMAL: 16, IdForm.DECIMAL_THEN_HEX: 10}
_RECEIPT = {IdForm.DECIMAL: 10, IdForm.HEX: 16, IdForm.HEX_THEN_DECIMAL: 10, IdForm.DECIMAL_THEN_HEX: 16}


def of_answer(text: str, form: IdForm) -> str:
    """The id in a `submit_sm_resp`, as it is kept: a decimal number without leading zeros, or the text."""
    return _normal(text, _ANSWER.get(form))


def of_receipt(text: str, form: IdForm) -> str:
    """The same id as a receipt writes it."""
    return _normal(text, _RECEIPT.get(form))


def _normal(text: str, base: int | None) -> str:
    text = text.strip()
    if base is None or not text.isascii() or not text.isalnum() or len(text) > 64:
        return text
    try:
        return str(int(text, base))
    except ValueError:
        return text
