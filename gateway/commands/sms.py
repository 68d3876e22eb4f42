"""`guichet sms`: the texts of SMS as they will be sent, and what they cost."""

import argparse
import sys
from collections.abc import Iterator

from domain.money import minor_digits
from gateway.commands.environment import settings_for
from gateway.pack import Pack, PackErrors, load_pack
from gateway.words import composer_for, translator_for
from i18n import CatalogErrors, Letters, Word
from i18n.translator import Translator
from sms.examples import example
from sms.template_check import rows
from sms.templates import Composed, Composer, Template


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("sms", help="look at the texts of SMS", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    preview = verbs.add_parser("preview", help="text, alphabet, parts and price in every language")
    preview.add_argument("text_id", nargs="?", default="", metavar="TEXT_ID", help="only this one, like sms.granted")
    preview.add_argument(
        "--longest",
        action="store_true",
        help="every slot at its longest, as the check measures it: samples of the costliest letters, no words",
    )
    preview.set_defaults(run=run_preview)


def run_preview(arguments: argparse.Namespace) -> int:
    """Each text with invented values, once as it is sent (marked with a star) and once in the other letters."""
    try:
        pack = load_pack(settings_for(arguments).country)
        translator = translator_for(pack)
    except (PackErrors, CatalogErrors) as wrong:
        print(wrong)
        return 1
    chosen = [row for row in rows(translator) if arguments.text_id in ("", row.text_id)]
    if not chosen:
        known = ", ".join(row.text_id for row in rows(translator))
        print(f"guichet: there is no text {arguments.text_id}; there are {known}", file=sys.stderr)
        return 1
    composer = composer_for(pack, translator)
    if arguments.longest:
        print("Every slot as long as it may be, of the letters that cost most: sizes to be read, not words.\n")
    for row in chosen:
        print("\n".join(_shown(row, pack, translator, composer, arguments.longest)))
    return 0


def _shown(row: Template, pack: Pack, translator: Translator, composer: Composer, longest: bool) -> Iterator[str]:
    kinds = "any kind" if len(row.kinds) > 9 else ", ".join(sorted(row.kinds))
    yield f"{row.text_id} ({kinds}; at most {row.parts} parts{'; two-way senders only' if row.two_way else ''})"
    for language in pack.languages:
        for letters in Letters:
            if longest:
                found = composer.at_most(row.text_id, language, letters)
            else:
                found = _example(row, pack, translator, composer, language, letters)
            sent = "*" if composer.letters(row.text_id, language) is letters else " "
            parts = "1 part " if len(found.parts) == 1 else f"{len(found.parts)} parts"
            figures = f"{found.encoding:5} {found.units:3} units  {parts}  {_price(pack, len(found.parts))}"
            yield f"  {language} {letters:8}{sent} {figures}"
            yield f"      {found.text}"
    yield ""


def _example(
    row: Template, pack: Pack, translator: Translator, composer: Composer, language: str, letters: Letters
) -> Composed:
    service = Word(f"service.{next(iter(pack.services.services))}")
    place = next(
        ((place.called(language), place.located(language)) for place in pack.places.by_id.values()), ("-", "-")
    )
    values = example(translator.slots_of(row.text_id), language, pack.currency, service, place)
    return composer.compose(row.text_id, values, language, letters)


def _price(pack: Pack, parts: int) -> str:
    """What that many parts cost at each provider, in whole units of the currency."""
    unit = 1000 * 10 ** minor_digits(pack.currency)
    return ", ".join(
        f"{parts * millis / unit:.4f} {pack.currency} ({provider})" for provider, millis in pack.sms.prices.items()
    )
