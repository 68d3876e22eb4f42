"""Keywords: what a text message asks for. Exact first, then its first words; a likeness only ever asks back. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from sms.folding import fold
from sms.keyword_words import COURTESIES, KEYWORDS, LANGUAGE_NAMES, NO, YES, Intent, Spellings
from sms.values import GAP

_LIKENESS = 0.75
_MARGIN = 0.1
"""By so much the likeliest intent must beat the next, or nobody can say which was meant."""

_LEAST_LETTERS = 4
_MOST_WORDS = 6
"""A longer message is a sentence: nobody meant its first word as a keyword."""
_MOST_NAME = 2
"""Words of a language's name."""
_LEAST_DIGITS = 5
"""A bare number of so many digits is a reference; a shorter one answers a question."""

_WHOLE = frozenset({Intent.STOP, Intent.START, Intent.WRONG, Intent.CANCEL})
"""These act as the whole message only: "stop by the office", "wrong amount" and "END of month?" are sentences."""

_EVERYDAY = frozenset({Intent.WRONG})
"""Of these a single word acts only where it is the one that we tell people to send; others ("yanlış") may be the whole
of an answer to something else, and ask."""

# Letters that are typed for the digits that they look like, on paper slips and small screens.
_LOOKALIKES = str.maketrans("oil", "011")
_GLUED = re.compile(r"([^\W\d]+)(\d[\d ]*)")


@dataclass(frozen=True, slots=True)
class Said:
    """She said it: act. `argument`: digits, or a language's code. `bare`: a number alone, without a keyword.

    `language`: of the word, "" where it is a word of several. `loose`: words follow that mean nothing to it.
    """

    intent: Intent
    argument: str = ""
    language: str = ""
    bare: bool = False
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Perhaps:
    """It looks like it: ask back, do nothing."""

    intent: Intent
    argument: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """Yes, no or a number: an answer to something asked before. `typed`: the key as a menu takes it."""

    typed: str
    yes: bool | None = None

    def is_yes(self) -> bool:
        return self.yes is True or self.typed == "1"

    def is_no(self) -> bool:
        return self.yes is False or self.typed == "2"


@dataclass(frozen=True, slots=True)
class Unclear:
    """No keyword. `blank`: nothing was written at all."""

    blank: bool = False


Understood = Said | Perhaps | Answered | Unclear


@dataclass(frozen=True, slots=True)
class _Entry:
    intent: Intent
    language: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Spellings, folded. Made once of the shared words and a pack's.

    `likely`: length of what was typed to the spellings that can be like it. `told`: the keywords that answers show.
    """

    phrases: Mapping[str, _Entry]
    likely: Mapping[int, tuple[str, ...]]
    shown: Mapping[tuple[Intent, str], str]
    told: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    answers: frozenset[str]
    courtesies: tuple[tuple[str, ...], ...]
    names: Mapping[str, str]
    longest: int

    def word(self, intent: Intent, language: str) -> str:
        """The keyword to show in that language, else in English."""
        return self.shown.get((intent, language)) or self.shown[intent, "en"]


def vocabulary(added: Mapping[Intent, Spellings] | None = None) -> Vocabulary:
    """The shared words with a pack's added, which take none away (`collisions`); a pack's are shown first."""
    phrases: dict[str, _Entry] = {}
    shown: dict[tuple[Intent, str], str] = {}
    for intent, language, spelling in (*_spellings(added or {}), *_spellings(KEYWORDS)):
        shown.setdefault((intent, language), spelling)
    for intent, language, spelling in (*_spellings(KEYWORDS), *_spellings(added or {})):
        known = phrases.get(fold(spelling))
        if known is None:
            phrases[fold(spelling)] = _Entry(intent, language)
        elif known.intent is intent and known.language != language:
            phrases[fold(spelling)] = _Entry(intent, "")
    return Vocabulary(
        phrases=phrases,
        likely=_by_length(phrase for phrase in phrases if len(phrase) >= _LEAST_LETTERS),
        shown=shown,
        told=frozenset(fold(spelling) for spelling in shown.values()),
        yes=_folded(YES),
        no=_folded(NO),
        answers=frozenset(word for phrase in _folded(YES) | _folded(NO) for word in phrase.split()),
        courtesies=tuple(sorted((tuple(fold(each).split()) for each in COURTESIES), key=len, reverse=True)),
        names={fold(name): code for code, names in LANGUAGE_NAMES.items() for name in names},
        longest=max(len(phrase.split()) for phrase in phrases),
    )


def collisions(added: Mapping[Intent, Spellings]) -> Sequence[str]:
    """What a pack must not say: a spelling that is another intent's, or one that folds to nothing."""
    claimed = {fold(spelling): intent for intent, _, spelling in _spellings(KEYWORDS)}
    answers = _folded(YES) | _folded(NO)
    wrong = []
    for intent, _, spelling in _spellings(added):
        folded = fold(spelling)
        if not folded or any(map(str.isdigit, folded)):
            wrong.append(f"{intent.value}: {spelling!r} holds no letters, or digits")
        elif claimed.setdefault(folded, intent) is not intent:
            wrong.append(f"{spelling!r} is both {claimed[folded].value} and {intent.value}")
        elif folded in answers:
            wrong.append(f"{intent.value}: {spelling!r} is a yes or a no")
    return wrong


def understand(text: str, words: Vocabulary) -> Understood:
    """What the message asks for. Never raises, whatever the text."""
    folded = fold(text)
    found = folded.split(" ") if folded else []
    if GAP in text:
        # What is there may be the end of a sentence, and its number the end of a number.
        return _wants_to_stop(found, words) or Unclear()
    if not found:
        return Unclear(blank=True)
    plain = _without_courtesies(found, words)
    whole = words.phrases.get(_once(plain))
    if whole is not None:
        everyday = whole.intent in _EVERYDAY and " " not in _once(plain) and _once(plain) not in words.told
        return (Perhaps if everyday else Said)(whole.intent, language=whole.language)
    return (
        _answer(plain, words)
        or _number(plain)
        or _language(plain, words)
        or _first_words(plain, words)
        or _spelled_out(plain, words)
        or _wants_to_stop(plain, words)
        or _alike(plain, words)
        or _named_alike(plain, words)
        or _number_alike(plain)
        or Unclear()
    )


def _spellings(words: Mapping[Intent, Spellings]) -> Iterator[tuple[Intent, str, str]]:
    for intent, languages in words.items():
        for language, spellings in languages.items():
            for spelling in spellings:
                yield intent, language, spelling


def _by_length(phrases: Iterable[str]) -> Mapping[int, tuple[str, ...]]:
    """So many edits as the likeness allows change the length by no more."""
    near: dict[int, list[str]] = {}
    for phrase in phrases:
        for length in range(_LEAST_LETTERS, int(len(phrase) / _LIKENESS) + 1):
            if length >= _LIKENESS * len(phrase):
                near.setdefault(length, []).append(phrase)
    return {length: tuple(found) for length, found in near.items()}


def _folded(spellings: Spellings) -> frozenset[str]:
    return frozenset(fold(spelling) for each in spellings.values() for spelling in each)


def _without_courtesies(found: list[str], words: Vocabulary) -> list[str]:
    for courtesy in words.courtesies:
        if len(found) > len(courtesy) and tuple(found[-len(courtesy) :]) == courtesy:
            return found[: -len(courtesy)]
    return found


def _once(found: list[str]) -> str:
    """ "STOP STOP" is "STOP", said twice."""
    return found[0] if len(set(found)) == 1 else " ".join(found)


def _answer(found: list[str], words: Vocabulary) -> Answered | None:
    """Yes, no, or one short number, with at most a yes or a no beside it ("oui 1")."""
    if len(found) > 3 or not (found[0].isdigit() or found[0] in words.answers):
        return None
    numbers = [word for word in found if word.isdigit()]
    others = [word for word in found if not word.isdigit()]
    if any(word not in words.yes and word not in words.no for word in others):
        joined = " ".join(others)
        if numbers or (joined not in words.yes and joined not in words.no):
            return None
        return Answered("", joined in words.yes)
    if len(numbers) == 1 and len(numbers[0]) < _LEAST_DIGITS:
        return Answered(numbers[0])
    if numbers or not others or len({word in words.yes for word in others}) > 1:
        return None
    return Answered("", others[0] in words.yes)


def _number(found: list[str]) -> Said | None:
    """Digits alone: a reference."""
    if not found[0].isdigit():
        return None
    digits = "".join(found)
    if digits.isascii() and digits.isdigit() and len(digits) >= _LEAST_DIGITS:
        return Said(Intent.STATUS, digits, bare=True)
    return None


def _number_alike(found: list[str]) -> Perhaps | None:
    """A reference alone, with letters for some of its digits: a digit in every word, and as many digits as letters."""
    typed, digits = "".join(found), "".join(found).translate(_LOOKALIKES)
    certain = sum(map(_is_digits, typed))
    if not all(any(map(_is_digits, word)) for word in found) or 2 * certain < len(typed):
        return None
    return Perhaps(Intent.STATUS, digits) if _is_digits(digits) and len(digits) >= _LEAST_DIGITS else None


def _language(found: list[str], words: Vocabulary) -> Said | None:
    """A language's name alone; its two or three letters only after LANG: "en" and "vie" are words."""
    name = " ".join(found)
    code = words.names.get(name) if len(name) >= _LEAST_LETTERS else None
    return Said(Intent.LANGUAGE, code, code) if code else None


def _language_alike(found: list[str], words: Vocabulary) -> str:
    """The language whose name is nearest to what was typed; "" where there is none, or two are as near."""
    typed = " ".join(found)
    if len(found) > _MOST_NAME or len(typed) < _LEAST_LETTERS:
        return ""
    near = process.extract(
        typed,
        [name for name in words.names if len(name) >= _LEAST_LETTERS],
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_LIKENESS,
        limit=None,
    )
    code = words.names[near[0][0]] if near else ""
    rivals = (likeness for name, likeness, _ in near if words.names[name] != code)
    return code if near and near[0][1] - max(rivals, default=0.0) >= _MARGIN else ""


def _named_alike(found: list[str], words: Vocabulary) -> Perhaps | None:
    code = _language_alike(found, words)
    return Perhaps(Intent.LANGUAGE, code, code) if code else None


def _first_words(found: list[str], words: Vocabulary) -> Understood | None:
    """A keyword with something after it, or glued to its number ("statut4821")."""
    glued = _GLUED.fullmatch(" ".join(found))
    if glued:
        found = [glued[1], *glued[2].split()]
    for count in range(min(words.longest, len(found)), 0, -1):
        entry = words.phrases.get(" ".join(found[:count]))
        if entry is None:
            continue
        rest = found[count:]
        if entry.intent in _WHOLE:
            # Of CANCEL's words nobody knows even alone what they mean; WRONG in a sentence is hardly ever about us.
            asks = entry.intent in (Intent.STOP, Intent.START)
            return Perhaps(entry.intent, "", entry.language) if asks else Unclear()
        argument, certain = _argument(entry.intent, rest, words)
        if not certain:
            return Perhaps(entry.intent, argument, entry.language)
        return Said(entry.intent, argument, entry.language, loose=bool(rest) and not argument)
    return None


def _argument(intent: Intent, rest: list[str], words: Vocabulary) -> tuple[str, bool]:
    """What follows the keyword, and whether it is certain."""
    if intent is Intent.LANGUAGE:
        named = words.names.get(" ".join(rest), "")
        alike = "" if named else _language_alike(rest, words)
        return named or alike, not alike
    if intent not in (Intent.STATUS, Intent.PICKUP):
        return "", True
    runs = [list(run) for digits, run in groupby(rest, lambda word: any(map(str.isdigit, word))) if digits]
    # A date or a sum may follow: the first that is long enough to be a reference is meant.
    found = next((run for run in runs if sum(map(len, run)) >= _LEAST_DIGITS), runs[0] if runs else [])
    if all(map(_is_digits, found)):
        return "".join(found), True
    return "".join(filter(_is_digits, (word.translate(_LOOKALIKES) for word in found))), False


def _is_digits(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _spelled_out(found: list[str], words: Vocabulary) -> Perhaps | None:
    """S T O P."""
    if len(found) < _LEAST_LETTERS or any(len(word) != 1 for word in found):
        return None
    entry = words.phrases.get("".join(found))
    return Perhaps(entry.intent, "", entry.language) if entry and entry.intent is not Intent.CANCEL else None


def _wants_to_stop(found: list[str], words: Vocabulary) -> Perhaps | None:
    """ "I want to stop": an opt-out word anywhere in a message is worth a question."""
    for word in found:
        entry = words.phrases.get(word)
        if entry is not None and entry.intent is Intent.STOP:
            return Perhaps(Intent.STOP, "", entry.language)
    return None


def _alike(found: list[str], words: Vocabulary) -> Perhaps | None:
    """The keyword that the first two words, or the first, are nearest to; None where two intents are as near."""
    if len(found) > _MOST_WORDS:
        return None
    for count in (2, 1) if len(found) > 1 else (1,):
        typed = " ".join(found[:count])
        near = process.extract(
            typed,
            words.likely.get(len(typed), ()),
            scorer=DamerauLevenshtein.normalized_similarity,
            score_cutoff=_LIKENESS,
            limit=None,
        )
        if not near:
            continue
        phrase, likeness, _ = near[0]
        entry = words.phrases[phrase]
        rivals = (each for other, each, _ in near if words.phrases[other].intent is not entry.intent)
        if likeness - max(rivals, default=0.0) < _MARGIN:
            return None
        return Perhaps(entry.intent, _argument(entry.intent, found[count:], words)[0], entry.language)
    return None
