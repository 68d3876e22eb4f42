"""From lazy text to words: templates prepared once for each language and letters, filled at the last step."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, tzinfo
from functools import lru_cache, partial
from typing import TypeAlias

from i18n import samples
from i18n.catalogs import Book, Forms
from i18n.formats import Formats
from i18n.languages import Language, language
from i18n.letters import Letters, bare, in_latin, plain
from i18n.placeholders import Pieces, Placeholder
from i18n.plurals import PluralRule
from i18n.slots import Fill, Kind, SlotType, fit
from i18n.text import SlotError, SlotValue, Text, TextError, Word

Made: TypeAlias = Callable[[SlotValue], SlotValue]

_plain_public, _bare_public = lru_cache(maxsize=4096)(plain), lru_cache(maxsize=4096)(bare)
# Words of packs: `money.MAD` is what people call that money.
_MONEY = "money."
_ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
# Without it a line that runs from the right shows what is dialled as 123#* (Unicode's bidirectional algorithm, UAX 9).
_LEFT_TO_RIGHT = "\u200e"
_DIALLED = re.compile(r"\*[0-9*]+#")
# What a keypad types back, and what stands on a slip, stays in the digits of the keypad.
_SPOKEN = frozenset({Kind.COUNT, Kind.DATE, Kind.DAY, Kind.MONEY, Kind.TIME})


class _Template:
    """One form of one text: what stands before the first slot, then each slot with what follows it."""

    __slots__ = ("_first", "_rest")

    def __init__(self, pieces: Pieces, fills: Mapping[str, Fill]) -> None:
        self._first = ""
        rest: list[tuple[str, Fill, str]] = []
        for piece in pieces:
            if isinstance(piece, Placeholder):
                rest.append((piece.name, fills[piece.name], ""))
            elif rest:
                rest[-1] = (*rest[-1][:2], piece)
            else:
                self._first = piece
        self._rest = tuple(rest)

    def bound(self, known: Mapping[str, SlotValue], before: Mapping[str, Made]) -> "_Template":
        """With what is known filled in, and the values of other slots made into what is shown."""
        made = _Template((), {})
        made._first = self._first
        for name, fill, after in self._rest:
            if name not in known:
                made._rest += ((name, _after(before[name], fill) if name in before else fill, after),)
            elif made._rest:
                *others, (last, last_fill, between) = made._rest
                made._rest = (*others, (last, last_fill, between + fill(known[name]) + after))
            else:
                made._first += fill(known[name]) + after
        return made

    def fill(self, values: Mapping[str, SlotValue]) -> str:
        said = [self._first]
        for name, fill, after in self._rest:
            said.append(fill(values[name]))
            said.append(after)
        return "".join(said)


def _after(made: Made, fill: Fill) -> Fill:
    return lambda value: fill(made(value))


class _Plural:
    """The forms of one text and the count that chooses among them."""

    __slots__ = ("_forms", "_rule", "_slot")

    def __init__(self, slot: str, rule: PluralRule, forms: tuple[_Template, ...]) -> None:
        self._slot = slot
        self._rule = rule
        self._forms = forms

    def bound(self, known: Mapping[str, SlotValue], before: Mapping[str, Made]) -> "_Plural":
        """As of a template."""
        return _Plural(self._slot, self._rule, tuple(form.bound(known, before) for form in self._forms))

    def fill(self, values: Mapping[str, SlotValue]) -> str:
        count = values[self._slot]
        if not isinstance(count, int):
            raise SlotError(f"slot {self._slot!r} chooses the plural form and is no number")
        return self._forms[self._rule(count)].fill(values)


class _Voice:
    """All texts of one language in one kind of letters. `own_digits`: dates and amounts in those of its script."""

    def __init__(
        self,
        book: Book,
        spoken: Language,
        letters: Letters,
        zone: tzinfo,
        own_digits: bool,
        spellings: Mapping[str, str],
    ) -> None:
        self._book = book
        self._letters = letters
        latin = spoken.in_latin if letters is Letters.PLAIN else ""
        shown = language(latin) if latin else spoken
        self._in_latin = bool(latin)
        self._bare = shown.bare
        self._spellings = sorted(spellings.items(), key=lambda pair: -len(pair[0])) if latin else []
        self._from_the_right = shown.rtl and letters is Letters.FAITHFUL
        self._own_digits = own_digits and letters is Letters.FAITHFUL
        self._texts = book.latin[spoken.code] if latin else book.texts[spoken.code]
        self._rule = PluralRule(shown.code)
        self._words = {id: self._word(forms) for id, forms in self._texts.items() if self._is_word(forms)}
        self._begun: dict[str, Mapping[str, str]] = {}
        self._samples: dict[SlotType, str] = {}
        names = {id.removeprefix(_MONEY): word for id, word in self._words.items() if id.startswith(_MONEY)}
        self._formats = Formats(shown, zone, names)
        self.templates = {id: self._template(id, forms) for id, forms in self._texts.items()}

    def _is_word(self, forms: Forms) -> bool:
        return len(forms) == 1 and not any(isinstance(piece, Placeholder) for piece in forms[0])

    def _word(self, forms: Forms) -> str:
        return "".join(map(str, forms[0]))

    def _template(self, id: str, forms: Forms) -> str | _Template | _Plural:
        """Texts without slots are words already."""
        if id in self._words:
            return self._shown(self._words[id])
        declaration = self._book.declared[id]
        fills = {name: self._fill(slot) for name, slot in declaration.slots.items()}
        made = tuple(_Template(self._lettered(form), fills) for form in forms)
        return _Plural(declaration.plural, self._rule, made) if declaration.plural else made[0]

    def _fill(self, slot: SlotType) -> Fill:
        if slot.kind is Kind.WORD:
            return self._word_fill(slot)
        show = slot.filler(self._formats)
        words = self._words
        if slot.kind is Kind.TEXT:
            shown = show

            def show(value: SlotValue) -> str:
                return shown(words.get(value.id, value) if type(value) is Word else value)

        if self._turned(slot):
            return lambda value: _LEFT_TO_RIGHT + show(value)
        if self._from_the_right and slot.kind is Kind.LINES:
            return lambda value: _DIALLED.sub(rf"{_LEFT_TO_RIGHT}\g<0>", show(value))
        if self._own_digits and slot.kind in _SPOKEN:
            return lambda value: show(value).translate(_ARABIC_INDIC)
        if self._letters is Letters.FAITHFUL or slot.kind in (Kind.CODE, Kind.COUNT, Kind.TIME):
            return show
        if self._in_latin:
            return lambda value: fit(plain(in_latin(show(value), self._spellings)), slot.longest)
        bared = self._bare
        lettered = (_bare_public if bared else _plain_public) if slot.public else (bare if bared else plain)
        if slot.kind in (Kind.DATE, Kind.DAY, Kind.MONEY):
            return lru_cache(maxsize=2048)(lambda value: lettered(show(value)))
        return lambda value: lettered(show(value))

    def _turned(self, slot: SlotType) -> bool:
        """Whether its signs would be set on the wrong side of its digits."""
        return self._from_the_right and slot.name in ("shortcode", "telephone")

    def _word_fill(self, slot: SlotType) -> Fill:
        """Takes a `Word`, or the last part of its id: a state or another name of the domain."""
        words = self._begun_with(slot.prefix)

        def fill(value: SlotValue) -> str:
            id = value.id if isinstance(value, Word) else value
            if not isinstance(id, str) or id not in words:
                raise SlotError(f"{slot.name} has no such word")
            return words[id]

        return fill

    def _begun_with(self, prefix: str) -> Mapping[str, str]:
        """The words whose id begins so, by their id and by the rest of it. Found once: many texts have such a slot."""
        if prefix not in self._begun:
            words = {id: self._shown(word) for id, word in self._words.items() if id.startswith(prefix)}
            self._begun[prefix] = words | {id.removeprefix(prefix): word for id, word in words.items()}
        return self._begun[prefix]

    def _lettered(self, pieces: Pieces) -> Pieces:
        return tuple(self._shown(piece) if isinstance(piece, str) else piece for piece in pieces)

    def _shown(self, text: str) -> str:
        if self._letters is Letters.FAITHFUL:
            return text
        return bare(text) if self._bare else plain(text)

    def longest(self, id: str) -> str:
        """The costliest form, every slot filled with the longest that it may hold."""
        declaration = self._book.declared[id]
        fills = {name: self._sampled(slot) for name, slot in declaration.slots.items()}
        filled = (
            "".join(fills[piece.name] if isinstance(piece, Placeholder) else piece for piece in form)
            for form in map(self._lettered, self._texts[id])
        )
        return samples.costliest(filled, self._letters)

    def _sampled(self, slot: SlotType) -> str:
        """Found once: many texts have such a slot."""
        if slot not in self._samples:
            self._samples[slot] = self._sample(slot)
        return self._samples[slot]

    def _sample(self, slot: SlotType) -> str:
        if slot.kind is Kind.WORD:
            words = (word for id, word in self._words.items() if id.startswith(slot.prefix))
            return samples.costliest(words, self._letters)
        sample = slot.sample(self._letters, self._formats)
        return _LEFT_TO_RIGHT + sample if self._turned(slot) else sample


def _said(templates: Mapping[str, str | _Template | _Plural], language: str, text: Text) -> str:
    template = templates.get(text.id)
    if type(template) is str:
        return template
    if template is None:
        raise TextError(f"no text {text.id!r} in {language!r}")
    return _filled(template, text.id, text.slots)  # type: ignore[arg-type]


def _filled(template: _Template | _Plural, id: str, slots: Mapping[str, SlotValue]) -> str:
    try:
        return template.fill(slots)
    except KeyError as missing:
        raise SlotError(f"{id}: no value for slot {missing}") from None
    except SlotError as error:
        raise SlotError(f"{id}: {error}") from None


class Translator:
    """Says texts in every language of a book. Immutable after it is made, so it may be shared by all tasks.

    `zone`: the country's, in which instants are shown as dates and times. `territory`: the country (ISO 3166), whose
    months' names are used. `own_digits`: languages whose dates and amounts are shown in the digits of their script.
    `spellings`: by language, how names of its script are written in Latin letters where they have a spelling.
    """

    def __init__(
        self,
        book: Book,
        zone: tzinfo = UTC,
        territory: str = "",
        own_digits: frozenset[str] = frozenset(),
        spellings: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._book = book
        self.source = book.source
        self.languages = tuple(book.texts)
        self._voices = {
            (code, letters): _Voice(
                book, language(code, territory), letters, zone, code in own_digits, (spellings or {}).get(code, {})
            )
            for code in book.texts
            for letters in Letters
        }
        self._templates = {key: voice.templates for key, voice in self._voices.items()}

    def render(self, text: Text, language: str, letters: Letters = Letters.FAITHFUL) -> str:
        """The words of a text. Raises `SlotError` for a value that is missing or wrong, `TextError` for a text or
        language that is not known; nothing in either names a value, so both may be logged.
        """
        return _said(self._templates.get((language, letters), {}), language, text)

    def speaker(self, language: str, letters: Letters) -> Callable[[Text], str]:
        """`render` in one language and one kind of letters, for who says much in them."""
        return partial(_said, self._templates[language, letters], language)

    def saying(
        self,
        id: str,
        language: str,
        letters: Letters,
        known: Mapping[str, SlotValue],
        before: Mapping[str, Made],
    ) -> Callable[[Mapping[str, SlotValue]], str]:
        """`render` of one text, made ready to be said thousands of times. `known`: slots that are filled now;
        `before`: what values of others are made into first. Raises `TextError`; what it gives raises `SlotError`."""
        try:
            template = self._templates[language, letters][id]
        except KeyError:
            raise TextError(f"no text {id!r} in {language!r}") from None
        if isinstance(template, str):
            words = template
            return lambda slots: words
        return partial(_filled, template.bound(known, before), id)

    def has(self, id: str) -> bool:
        """Is there such a message?"""
        return id in self._book.declared

    def ids(self) -> Iterable[str]:
        """Every message id."""
        return self._book.declared.keys()

    def slots_of(self, id: str) -> Mapping[str, SlotType]:
        """The message's slots by name; raises `TextError` for an unknown id."""
        if not self.has(id):
            raise TextError(f"no text {id!r}")
        return self._book.declared[id].slots

    def longest(self, id: str, language: str, letters: Letters) -> str:
        """The message with every slot at its longest and costliest, for static checks."""
        if not self.has(id) or (language, letters) not in self._voices:
            raise TextError(f"no text {id!r} in {language!r}")
        return self._voices[language, letters].longest(id)

    def language(self, code: str) -> Language:
        """The language's own name and direction."""
        return language(code)
