"""The static check of the menus: one call that proves them, or names every mistake with file and line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from i18n.translator import Translator
from ussd_menus.check_calls import check_calls
from ussd_menus.check_depth import check_depth
from ussd_menus.check_fit import Worst, check_fit
from ussd_menus.check_texts import check_texts
from ussd_menus.check_ways import check_ways
from ussd_menus.findings import Finding
from ussd_menus.networks import Network
from ussd_menus.values import Menu
from ussd_menus.ways import Shapes, all_ways


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found, in file and line order; and the fullest screen of each language and kind of letters."""

    findings: tuple[Finding, ...]
    worst: tuple[Worst, ...]

    def stats_lines(self) -> list[str]:
        """One line a language and kind of letters, for people."""
        return [str(each) for each in self.worst]


def check(
    menu: Menu,
    use_cases: Shapes,
    translator: Translator,
    networks: Iterable[Network],
    languages: Sequence[str],
) -> CheckReport:
    """All findings at once. `use_cases`: from `use_case_shapes.shapes_of`; `languages`: codes of the pack's."""
    ways = all_ways(menu, use_cases)
    findings = [
        *check_ways(menu, ways),
        *check_calls(menu, use_cases, ways),
        *check_texts(menu, use_cases, translator, ways),
        *check_depth(menu, use_cases, ways),
    ]
    misfits, worst = check_fit(menu, translator, tuple(networks), languages)
    return CheckReport(tuple(sorted({*findings, *misfits})), tuple(worst))
