"""An e-mail address as we send to it; never printed whole."""

import re
from dataclasses import dataclass

from domain.errors import InvalidValue

_LONGEST, _LONGEST_LOCAL = 254, 64
# RFC 5322's dot-atom without quotes, RFC 1123's names with a dot in them: no comment, no folding, no IP address.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII).fullmatch
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})", re.ASCII
).fullmatch


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """Local part as typed, domain in small letters and ASCII (IDNA); `repr` and `str` mask it, for logs."""

    text: str

    @classmethod
    def parse(cls, typed: str) -> "EmailAddress":
        """From what somebody typed. Raises `InvalidValue` for what no mail could be sent to, quoting nothing."""
        local, at, domain = typed.strip().rpartition("@")
        try:
            domain = domain.rstrip(".").encode("idna").decode().lower() if len(domain) <= _LONGEST else ""
        except UnicodeError:
            domain = ""
        text = f"{local}@{domain}"
        if not at or len(text) > _LONGEST or len(local) > _LONGEST_LOCAL or not _LOCAL(local) or not _DOMAIN(domain):
            raise InvalidValue("not an e-mail address")
        return cls(text)

    @property
    def folded(self) -> str:
        """As it is compared: providers that tell capitals apart in a local part are not known."""
        return self.text.lower()

    @property
    def domain(self) -> str:
        """What stands after the @."""
        return self.text.rpartition("@")[2]

    @property
    def masked(self) -> str:
        """The first letter and the domain: enough to recognise one's own."""
        return f"{self.text[0]}…@{self.domain}"

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"EmailAddress({self.masked})"
