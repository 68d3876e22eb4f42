"""Free text is made harmless: what a telephone would turn into a link is broken apart."""

import re

# A dot that a name could follow, also those that name servers take for one (IDNA 2003 §3.1) or look like it. At the
# beginning too: what stands before it in the message may be a bracket.
_dot = re.compile(r"(?:(?<=\S)|\A)([.\u3002\uff0e\uff61\u2024])(?=[^\W\d_]{2})").sub
_scheme = re.compile(r"https?(?:://)?|://", re.IGNORECASE).sub
_link = re.compile(r"https?|://|(?:\S|\A)[.\u3002\uff0e\uff61\u2024][^\W\d_]{2}", re.IGNORECASE).search


def unlink(text: str) -> str:
    """The text without anything that can be tapped: schemes go, and a space stands before what could be a domain.

    `see http://bad.example/x` becomes `see  bad. example/x`. What a clerk writes stays as it is, but for a dot
    without a space after it (`küç.Nizami`).
    """
    return _dot(r"\1 ", _scheme(" ", text))


def has_link(text: str) -> bool:
    """Is there anything that a telephone might turn into a link?"""
    return _link(text) is not None
