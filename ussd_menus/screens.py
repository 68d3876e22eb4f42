"""From what the engine shows to what travels: words, letters, pages, one of them."""

from collections.abc import Mapping

import msgspec

from i18n.letters import Letters
from i18n.text import Text
from i18n.translator import Translator
from ussd_menus.fitter import Budget, Nav, fit, noted_on
from ussd_menus.networks import UNPROVEN, Network, Ucs2
from ussd_menus.screen_view import View
from ussd_menus.values import BACK, HOME, MORE


class Paged(msgspec.Struct, frozen=True):
    """All pages of a screen, as they travel. `noted`: which of them its note stands on, where it has one."""

    pages: tuple[str, ...]
    noted: int = 0

    def page(self, number: int) -> str:
        """That page, or the last where there are fewer."""
        return self.pages[min(number, len(self.pages) - 1)]


class Screens:
    """Renders views for a language and a network. Holds all that can be prepared before a hop."""

    def __init__(
        self, translator: Translator, languages: Mapping[str, Letters], networks: Mapping[str, Network]
    ) -> None:
        self._translator = translator
        self._networks = networks
        self._letters = languages
        # By code and name, which are quicker to look up than the whole; two have no code.
        self._budgets = {
            (network.code, network.name): Budget(network.septets, network.units)
            for network in (*networks.values(), UNPROVEN)
        }
        self._spoken = {
            (language, letters): (translator.speaker(language, letters), self._nav(language, letters))
            for language in languages
            for letters in Letters
        }

    def network(self, code: str | None) -> Network:
        """The network by its MCC and MNC; an unknown one has the budget of one that nobody has proven."""
        return self._networks.get(code or "", UNPROVEN)

    def letters(self, language: str, network: Network) -> Letters:
        """Faithful only where the network is known to show it and the language wants it."""
        return self._letters[language] if network.ucs2 is Ucs2.YES else Letters.PLAIN

    def render(self, view: View, language: str, network: Network, noted: int = 0) -> Paged:
        """The pages of a view; its note on that page, where there is room, else on the first."""
        say, navs = self._spoken[language, self.letters(language, network)]
        said = [say(text) for text in view.body]
        options = [f"{option.key} {say(option.label)}" for option in view.options]
        if view.together:
            options = ["\n".join(options)]
        nav, budget = navs[view.back, view.home], self._budgets[network.code, network.name]
        if noted and view.noted:
            note, *others = said
            pages = noted_on(noted, note, fit("\n".join(others), options, nav, budget), options, nav, budget)
            if pages is not None:
                return Paged(pages, noted)
        return Paged(fit("\n".join(said), options, nav, budget))

    def _nav(self, language: str, letters: Letters) -> dict[tuple[bool, bool], Nav]:
        def line(key: str, text: str) -> str:
            return f"{key} {self._translator.render(Text(text), language, letters)}"

        back, home, more = line(BACK, "nav.back"), line(HOME, "nav.home"), line(MORE, "nav.more")
        return {
            (with_back, with_home): Nav(back if with_back else "", home if with_home else "", more, back)
            for with_back in (True, False)
            for with_home in (True, False)
        }
