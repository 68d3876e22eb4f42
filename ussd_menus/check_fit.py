"""The proof of fit: every screen, language, kind of letters and network, with every slot at its longest."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from i18n.gsm7 import Alphabet, cost
from i18n.letters import Letters
from i18n.text import TextError
from i18n.translator import Translator
from ussd_menus.check_texts import refusals
from ussd_menus.check_ways import finding
from ussd_menus.findings import Finding
from ussd_menus.fitter import Budget, Nav, fit
from ussd_menus.networks import UNPROVEN, Network
from ussd_menus.values import BACK, HOME, MORE, Confirm, End, FormScreen, ListScreen, Menu, MenuOption, Screen, Show

# Beyond these, every option is assumed to be offered at once.
_MOST_FLAGS = 4


@dataclass(frozen=True, slots=True)
class Worst:
    """The fullest screen of a language in one kind of letters: what it costs unpaged, against one screen."""

    language: str
    letters: Letters
    screen: str
    network: str
    pages: int
    declared: int
    alphabet: Alphabet
    units: int
    budget: int

    def __str__(self) -> str:
        return (
            f"{self.language} {self.letters}: {self.screen} takes {self.units} of {self.budget} "
            f"{'septets' if self.alphabet is Alphabet.GSM7 else 'units'} ({self.alphabet}) on {self.network}: "
            f"{self.pages} of {self.declared} pages"
        )


@dataclass(frozen=True, slots=True)
class _Setting:
    """One language in one kind of letters on the networks that share a budget."""

    language: str
    letters: Letters
    budget: Budget
    networks: str


def check_fit(
    menu: Menu, translator: Translator, networks: Iterable[Network], languages: Sequence[str]
) -> tuple[list[Finding], list[Worst]]:
    """Screens that take more pages than they declare, and the worst screens of each language."""
    findings: list[Finding] = []
    worst: dict[tuple[str, Letters, bool], Worst] = {}
    for language, letters in product(languages, Letters):
        words = _Words(translator, language, letters)
        for screen in menu.screens():
            try:
                shapes = list(_shapes(screen, words))
            except TextError as missing:
                findings.append(finding(screen, f"{language}: {missing}"))
                continue
            for budget, names in _budgets(networks).items():
                setting = _Setting(language, letters, budget, names)
                fullest = _measure(menu, screen, shapes, words, setting, findings)
                # A list pages by its nature and would hide the fullest of all other screens.
                kind = (language, letters, isinstance(screen, ListScreen))
                kept = worst.get(kind)
                if kept is None or fullest.units * kept.budget > kept.units * fullest.budget:
                    worst[kind] = fullest
    return findings, list(worst.values())


def _budgets(networks: Iterable[Network]) -> Mapping[Budget, str]:
    """Budgets with the names of their networks; one that nobody has proven is always among them."""
    named: dict[Budget, list[str]] = {}
    for network in (*networks, UNPROVEN):
        named.setdefault(Budget(network.septets, network.units), []).append(network.name)
    return {budget: ", ".join(dict.fromkeys(names)) for budget, names in named.items()}


class _Words:
    """The longest form of every message in one language and kind of letters."""

    def __init__(self, translator: Translator, language: str, letters: Letters) -> None:
        self._translator = translator
        self._language = language
        self._letters = letters

    def longest(self, id: str) -> str:
        return self._translator.longest(id, self._language, self._letters)

    def lines(self, ids: Iterable[str]) -> str:
        return "\n".join(map(self.longest, ids))

    def beginning(self, prefixes: Iterable[str]) -> list[str]:
        """The ids of all messages that begin with one of these."""
        starts = tuple(f"{prefix}." for prefix in prefixes)
        return [id for id in self._translator.ids() if id.startswith(starts)]

    def nav(self, *, end: bool, home: bool) -> Nav:
        """The keys as they are offered: none to go back with where the session ends."""
        more, back = f"{MORE} {self.longest('nav.more')}", f"{BACK} {self.longest('nav.back')}"
        if end:
            return Nav(more=more, previous=back)
        if home:
            return Nav(more=more, previous=back)
        return Nav(back, f"{HOME} {self.longest('nav.home')}", more, back)


@dataclass(frozen=True, slots=True)
class _Shape:
    """A screen as it may appear; `noted` with the line that says an answer was not understood."""

    body: str
    options: tuple[str, ...]
    noted: bool = False


def _shapes(screen: Screen, words: _Words) -> Iterator[_Shape]:
    if isinstance(screen, FormScreen):
        yield from _form_shapes(words)
        return
    if isinstance(screen, Confirm) and screen.form:
        # How many answers a ministry's form has is not known here: one of each kind, besides the question.
        options, question = next(_option_sets(screen, words)), words.lines(screen.body)
        for told in ("form.told", "form.told_day", "form.told_entry"):
            yield _Shape(f"{words.longest(told)}\n{question}", options)
        return
    for body in _bodies(screen, words):
        for options in _option_sets(screen, words):
            yield _Shape(body, options)
            if not isinstance(screen, End):
                for note in refusals(screen):
                    yield _Shape(f"{words.longest(note)}\n{body}", options, noted=True)


def _bodies(screen: Screen, words: _Words) -> Iterator[str]:
    """Its words; one body for each text that it may say besides."""
    body = words.lines(screen.body)
    said = words.beginning(screen.of) if isinstance(screen, Show) else []
    if not said:
        yield body
    for id in said:
        yield f"{body}\n{words.longest(id)}"


def _option_sets(screen: Screen, words: _Words) -> Iterator[tuple[str, ...]]:
    if isinstance(screen, ListScreen):
        each = words.longest(screen.each)
        yield tuple(f"{number} {each}" for number in range(1, screen.entries + 1))
        return
    flags = sorted({option.when.flag for option in screen.options if option.when})
    if len(flags) > _MOST_FLAGS:
        yield tuple(f"{option.key} {words.longest(option.text)}" for option in screen.options)
        return
    for values in product((True, False), repeat=len(flags)):
        set_flags = dict(zip(flags, values, strict=True))
        yield tuple(
            f"{option.key} {words.longest(option.text)}" for option in screen.options if _offered(option, set_flags)
        )


def _offered(option: MenuOption, flags: Mapping[str, bool]) -> bool:
    return option.when is None or flags[option.when.flag] == option.when.wanted


def _form_shapes(words: _Words) -> Iterator[_Shape]:
    """The kinds of question that a ministry may bring; its number of choices is not known here."""
    asked = words.lines(["form.progress", "form.entry", "form.question"])
    answers = (f"1 {words.longest('form.yes')}", f"2 {words.longest('form.no')}")
    for hint in ("form.kept", "form.skip", "form.date_hint", "form.number_hint"):
        yield _Shape(f"{asked}\n{words.longest(hint)}", ())
    yield _Shape(f"{asked}\n{words.longest('form.add_another')}", answers)
    listed = words.longest("form.question")
    yield _Shape(words.longest("form.which"), (f"1 {listed}", f"2 {words.longest('form.which_none')}"))


def _measure(
    menu: Menu,
    screen: Screen,
    shapes: Sequence[_Shape],
    words: _Words,
    setting: _Setting,
    findings: list[Finding],
) -> Worst:
    """The screen's fullest shape; a finding where a shape takes more pages than declared.

    The note of an answer not understood may take one page more: it is read once, and the screen stays.
    """
    nav = words.nav(end=isinstance(screen, End), home=screen.name == menu.home)
    fullest: Worst | None = None
    most = 0
    for shape in shapes:
        # As it is rendered: yes and no on one page (`screen_view.View.together`).
        options = ("\n".join(shape.options),) if isinstance(screen, Confirm) else shape.options
        pages = len(fit(shape.body, options, nav, setting.budget))
        most = max(most, pages - shape.noted)
        if shape.noted:
            continue
        said = cost("\n".join([shape.body, *shape.options, nav.line(first=True, last=True)]))
        gsm = said.alphabet is Alphabet.GSM7
        budget = setting.budget.septets if gsm else setting.budget.units
        seen = Worst(
            setting.language, setting.letters, screen.name, setting.networks, pages, screen.pages,
            said.alphabet, said.units, budget,
        )  # fmt: skip
        if fullest is None or seen.units * fullest.budget > fullest.units * seen.budget:
            fullest = seen
    assert fullest is not None  # noqa: S101 - every screen has at least one shape
    if most > screen.pages:
        measured = f"{fullest.units} {'septets' if fullest.alphabet is Alphabet.GSM7 else 'units'}"
        message = (
            f"{setting.language}, {setting.letters} letters, {setting.networks}: takes {most} pages "
            f"({measured}, {fullest.budget} a screen), declares {screen.pages}"
        )
        findings.append(finding(screen, message))
    return fullest
