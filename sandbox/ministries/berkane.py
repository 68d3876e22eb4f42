"""The digital annex of Berkane, with an API of its own taste: accounts, requests and their history.

French keys, numeric codes, DD/MM/YYYY, decimal commas, pages, and errors that come with status 200. Invented people.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries import wire
from sandbox.ministries.berkane_data import CERTIFICATE, DEMOS, NATURES, REQUESTS, STATES, Nature, numbering
from sandbox.ministries.course import Course, Stage, day_after, days_after, started
from sandbox.ministries.gate import Act, Gate
from sandbox.ministries.site import Site
from sandbox.ministries.wire import BadRequest, Json

ZONE = ZoneInfo("Africa/Casablanca")
_GUICHET = {"id": 5, "nom": "5e annexe (démo) Berkane", "adresse": "Rue de l'Exemple 5, Berkane"}
_PER_PAGE = 20
Tell = Callable[[Request], Awaitable[Json]]


@dataclass(slots=True)
class Demande:
    """One request of somebody's account."""

    number: str
    nature: Nature
    account: str
    course: Course
    answers: Json
    secret: str
    key: str = ""
    paid: bool = False


@dataclass(slots=True)
class Compte:
    """An administrative account: opened once, by the id under which somebody comes."""

    number: str
    identity: str
    phone: str
    name: str = ""
    born: str = ""
    requests: list[Demande] = field(default_factory=list)


class _Non(Exception):
    """The annex says no, with status 200."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


def berkane(site: Site) -> list[BaseRoute]:
    """The routes, over invented accounts."""
    return Annexe(site).routes()


class Annexe:
    """What the annex remembers. No method awaits between reading and writing."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.accounts: dict[str, Compte] = {}
        self.requests: dict[str, Demande] = {}
        now = site.clock.now().astimezone(ZONE)
        for body, nature, stages, ago, phone, name, born, secret in DEMOS:
            account = self._account_of(phone) or self._opened(phone, phone, name, born)
            course = started(stages, site.clock, days_after(now, -ago), hurried=False)
            number = REQUESTS.complete(body + "0")
            self._file(Demande(number, NATURES[nature], account.number, course, {"nom": name}, secret))

    def routes(self) -> list[BaseRoute]:
        def route(method: str, path: str, operation: str, act: Tell) -> BaseRoute:
            return Route(path, Gate(self._site.hall, operation, _plain(act)), methods=[method], name=operation)

        return [
            route("GET", "/api/comptes", "comptes.chercher", self.find),
            route("POST", "/api/comptes", "comptes.ouvrir", self.open),
            route("GET", "/api/comptes/{compte}/demandes", "demandes.lister", self.listed),
            route("GET", "/api/demandes", "demandes.modifiees", self.changed),
            route("POST", "/api/demandes", "demandes.deposer", self.submit),
            route("GET", "/api/demandes/{numero}", "demandes.lire", self.read),
            route("PUT", "/api/demandes/{numero}/complement", "demandes.completer", self.complete),
            route("GET", "/api/natures/{code}", "natures.lire", self.nature),
        ]

    async def find(self, request: Request) -> Json:
        found = self._account_of(request.query_params.get("identifiant", ""))
        return {"compte": None if found is None else {"numero": found.number}}

    async def open(self, request: Request) -> Json:
        sent = await wire.body(request)
        identity, phone = str(sent.get("identifiant", "")), str(sent.get("telephone", ""))
        if not identity:
            raise _Non(12, "Identifiant absent")
        if self._account_of(identity):
            raise _Non(17, "Ce compte existe déjà")
        return {"compte": {"numero": self._opened(identity, phone).number}}

    async def listed(self, request: Request) -> Json:
        account = self.accounts.get(request.path_params["compte"])
        if account is None:
            raise _Non(44, "Compte introuvable")
        return self._page(request, [self._shown(one) for one in reversed(account.requests)])

    async def changed(self, request: Request) -> Json:
        try:
            since = datetime.strptime(request.query_params.get("modifieesDepuis", ""), "%d/%m/%Y %H:%M:%S")
        except ValueError:
            raise _Non(12, "Date illisible") from None
        found = [(one.course.steps(self._site.clock)[-1][0], one) for one in self.requests.values()]
        recent = sorted((pair for pair in found if pair[0] >= since.replace(tzinfo=ZONE)), key=lambda pair: pair[0])
        return self._page(request, [_moved(at, one) for at, one in recent])

    async def submit(self, request: Request) -> Json:
        sent = await wire.body(request)
        account, fields = self.accounts.get(str(sent.get("compte"))), wire.group(sent, "champs")
        nature = NATURES.get(sent["nature"]) if isinstance(sent.get("nature"), int) else None
        if account is None or nature is None or not nature.asked:
            raise _Non(44, "Compte ou nature introuvable")
        missing = [name for name in nature.asked if not fields.get(name)]
        if missing:
            raise _Non(12, f"À remplir : {', '.join(missing)}")
        random = self._site.random
        now = self._site.clock.now().astimezone(ZONE)
        number = numbering(nature.code).fresh(random, self.requests)
        course = started(CERTIFICATE, self._site.clock, now)
        secret, key = f"{random.randrange(1_000_000):06d}", str(sent.get("cle", ""))
        return {
            "demande": self._shown(self._file(Demande(number, nature, account.number, course, fields, secret, key)))
        }

    async def read(self, request: Request) -> Json:
        return {"demande": self._shown(self._known(request))}

    async def complete(self, request: Request) -> Json:
        one = self._known(request)
        if one.course.steps(self._site.clock)[-1][1] != "30":
            raise _Non(23, "Aucune pièce n'est attendue")
        one.answers |= wire.group(await wire.body(request), "champs")
        past = tuple(one.course.steps(self._site.clock))
        now = self._site.clock.now().astimezone(ZONE)
        again = started((Stage("20", 2), *CERTIFICATE[2:]), self._site.clock, now)
        one.course = replace(again, before=past)
        return {"demande": self._shown(one)}

    async def nature(self, request: Request) -> Json:
        code = request.path_params["code"]
        nature = NATURES.get(int(code)) if code.isdecimal() and len(code) < 5 else None
        if nature is None:
            raise _Non(44, "Nature introuvable")
        papers = [{"libelle": paper} for paper in nature.papers]
        return {"nature": {"pieces": papers, "frais": nature.fee, "delai": {"jours": nature.days}}}

    def _known(self, request: Request) -> Demande:
        one = self.requests.get(request.path_params["numero"])
        if one is None:
            raise _Non(44, "Demande introuvable")
        return one

    def _account_of(self, identity: str) -> Compte | None:
        known = wire.number(identity)
        return next((one for one in self.accounts.values() if known and known in (one.identity, one.phone)), None)

    def _opened(self, identity: str, phone: str, name: str = "", born: str = "") -> Compte:
        account = Compte(f"C-{1001 + len(self.accounts)}", identity, phone, name, born)
        self.accounts[account.number] = account
        return account

    def _file(self, one: Demande) -> Demande:
        self.requests[one.number] = one
        self.accounts[one.account].requests.append(one)
        return one

    @staticmethod
    def _page(request: Request, items: list[Json]) -> Json:
        text = request.query_params.get("page", "1")
        page = int(text) if text.isdecimal() else 1
        pages = max(1, -(-len(items) // _PER_PAGE))
        part = items[(page - 1) * _PER_PAGE : page * _PER_PAGE]
        return {"demandes": part, "pagination": {"page": page, "pages": pages, "suite": page < pages}}

    def _shown(self, one: Demande) -> Json:
        steps = one.course.steps(self._site.clock)
        account, code = self.accounts[one.account], steps[-1][1]
        shown: Json = {
            "numero": one.number,
            "nature": {"code": one.nature.code, "libelle": one.nature.words},
            "demandeur": {"telephone": account.phone, "naissance": account.born or None},
            "etat": _state(code),
            "deposee": f"{steps[0][0]:%d/%m/%Y}",
            "parcours": [{"le": f"{at:%d/%m/%Y %H:%M:%S}", "etat": _state(stage)} for at, stage in steps],
            "frais": {"montant": one.nature.fee, "quittance": f"Q-{one.number}", "regle": one.paid or code == "50"},
            "codeSecret": one.secret,
            "cle": one.key or None,
            "champs": one.answers,
        }
        if code == "30":
            shown["attendu"] = [{"fr": "Copie de la CNIE", "ar": "نسخة من البطاقة الوطنية"}]
        if code == "60":
            shown["motif"] = {"fr": "Casier judiciaire", "ar": "السجل العدلي"}
        if code == "40":
            ready = steps[-1][0].date()
            shown["retrait"] = {
                "guichet": _GUICHET,
                "des": f"{ready:%d/%m/%Y}",
                "jusquau": f"{day_after(ready, 60):%d/%m/%Y}",
            }
        return shown


def _moved(at: datetime, one: Demande) -> Json:
    return {"numero": one.number, "nature": {"code": one.nature.code}, "le": f"{at:%d/%m/%Y %H:%M:%S}"}


def _state(code: str) -> dict[str, Any]:
    return {"code": int(code), "libelle": STATES.get(code, "En instance")}


def _plain(act: Tell) -> Act:
    """Everything is answered with 200; whether it went well stands inside."""

    async def answered(request: Request) -> Response:
        try:
            return JSONResponse({"succes": True, "donnees": await act(request), "erreur": None})
        except _Non as no:
            return JSONResponse({"succes": False, "donnees": None, "erreur": {"code": no.code, "libelle": no.words}})
        except BadRequest as bad:
            return JSONResponse({"succes": False, "donnees": None, "erreur": {"code": 12, "libelle": str(bad)}})

    return answered
