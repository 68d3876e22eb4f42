"""Vietnam's post, with an API of its own taste: documents brought to an address, followed by the parcel's code.

Vietnamese keys, times before dates, thousands with points, and an empty list for a code that nobody knows. Codes are
S10 identifiers (UPU standard S10: two letters, eight digits, a check digit, the country). Invented parcels.
"""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries import wire
from sandbox.ministries.course import Course, Stage, day_after, days_after, started
from sandbox.ministries.dossier import Dossier, Phase
from sandbox.ministries.gate import Act, Gate
from sandbox.ministries.references import s10 as s10
from sandbox.ministries.site import Site
from sandbox.ministries.wire import Json

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_STATES = {
    "CHAP_NHAN": "Đã chấp nhận gửi",
    "VAN_CHUYEN": "Đang vận chuyển",
    "PHAT_THAT_BAI": "Phát không thành công, người nhận vắng nhà",
    "DA_PHAT": "Phát thành công",
    "CHUYEN_HOAN": "Đã chuyển hoàn",
}
_SEEN_AT = {
    "CHAP_NHAN": "Bưu cục Giao dịch Hà Nội",
    "VAN_CHUYEN": "Trung tâm khai thác Ba Đình",
    "PHAT_THAT_BAI": "Bưu cục Phát Đống Đa",
    "DA_PHAT": "Bưu cục Phát Đống Đa",
    "CHUYEN_HOAN": "Bưu cục Giao dịch Hà Nội",
}
_USUAL = (Stage("CHAP_NHAN", 1), Stage("VAN_CHUYEN", 2), Stage("DA_PHAT"))
_ABSENT = (Stage("CHAP_NHAN", 1), Stage("VAN_CHUYEN", 2), Stage("PHAT_THAT_BAI", 30), Stage("CHUYEN_HOAN"))
# Of each demonstration parcel: its eight digits, stages, working days ago, the receiver's number.
_DEMOS = (
    ("10000001", _USUAL, 2, "+84912345601"),
    ("10000002", _ABSENT, 5, "+84912345602"),
    ("10000003", _USUAL, 6, "+84912345603"),
    ("10000004", _ABSENT, 50, "+84912345604"),
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One document on its way."""

    code: str
    phone: str
    about: str
    course: Course
    key: str = ""


def vnpost(site: Site) -> list[BaseRoute]:
    """The routes, over invented parcels."""
    return Post(site).routes()


class Post:
    """What the post remembers."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.parcels: dict[str, Parcel] = {}
        now = site.clock.now().astimezone(ZONE)
        for serial, stages, ago, phone in _DEMOS:
            course = started(stages, site.clock, days_after(now, -ago), hurried=False)
            self.parcels[s10(serial)] = Parcel(s10(serial), phone, "", course)

    def routes(self) -> list[BaseRoute]:
        def route(method: str, path: str, operation: str, act: Act) -> BaseRoute:
            return Route(path, Gate(self._site.hall, operation, act), methods=[method], name=operation)

        return [
            route("GET", "/v1/tra-cuu", "tra-cuu", self.track),
            route("POST", "/v1/van-don", "van-don.tao", self.send),
        ]

    async def track(self, request: Request) -> Response:
        code = request.query_params.get("ma", "").upper()
        found = self.parcels.get(code) or self._from_hanoi(code)
        return JSONResponse({"ketQua": [] if found is None else [self._shown(found)]})

    async def send(self, request: Request) -> Response:
        """Form-encoded: `diaChi`, `dienThoai`, `maThamChieu`."""
        sent = await wire.body(request)
        if not sent.get("diaChi") or not sent.get("dienThoai"):
            return JSONResponse({"loi": {"ma": "THIEU_DU_LIEU", "noiDung": "Thiếu địa chỉ hoặc điện thoại"}}, 400)
        now = self._site.clock.now().astimezone(ZONE)
        code = _fresh(self._site.random, self.parcels)
        phone, about = str(sent["dienThoai"]), str(sent.get("maThamChieu", ""))
        key = request.headers.get("x-ma-yeu-cau", "")
        self.parcels[code] = Parcel(code, phone, about, started(_USUAL, self._site.clock, now), key)
        return JSONResponse({"ketQua": [self._shown(self.parcels[code])]}, 201)

    def _from_hanoi(self, code: str) -> Parcel | None:
        """What Hanoi's service centre had brought to an address: as far as its file says."""
        hanoi = self._site.registries.get("hanoi")
        for dossier in hanoi.all() if hanoi else ():
            if dossier.tracking == code and (steps := _brought(dossier)):
                course = Course((), steps[0][0], dossier.mark, dossier.read_at, before=steps)
                return Parcel(code, dossier.phone, dossier.file_id, course)
        return None

    def _shown(self, parcel: Parcel) -> Json:
        steps = parcel.course.steps(self._site.clock)
        began, state = steps[0][0], steps[-1][1]
        return {
            "maBuuGui": parcel.code,
            "soHieu": parcel.code[2:-2],
            "loai": "HO_SO",
            "trangThai": {"ma": state, "ten": _STATES[state]},
            "ngayGui": f"{began:%d/%m/%Y}",
            "duKienPhat": f"{day_after(began.date(), 3):%d/%m/%Y}",
            "ngayPhat": f"{steps[-1][0]:%d/%m/%Y}" if state == "DA_PHAT" else None,
            "cuocPhi": {"soTien": "30.000", "daThu": True},
            "nguoiNhan": {"dienThoai": parcel.phone},
            "thamChieu": parcel.about or None,
            "maYeuCau": parcel.key or None,
            "hanhTrinh": [_seen(at, stage) for at, stage in reversed(steps)],
        }


def _brought(dossier: Dossier) -> tuple[tuple[datetime, str], ...]:
    """The stages of a file's parcel, by the days that each takes."""
    arrived = dossier.entered
    match dossier.phase:
        case Phase.GRANTED:
            return ((arrived, "CHAP_NHAN"),)
        case Phase.SENT:
            way = ((days_after(arrived, -1), "CHAP_NHAN"), (arrived, "VAN_CHUYEN"))
            return (*way, (days_after(arrived, 2), "PHAT_THAT_BAI")) if dossier.nobody_home else way
        case Phase.DELIVERED:
            return (days_after(arrived, -3), "CHAP_NHAN"), (days_after(arrived, -2), "VAN_CHUYEN"), (arrived, "DA_PHAT")
    return ()


def _seen(at: datetime, stage: str) -> Json:
    return {"thoiGian": f"{at:%H:%M %d/%m/%Y}", "viTri": _SEEN_AT[stage], "ma": stage, "ten": _STATES[stage]}


def _fresh(random: Random, taken: dict[str, Parcel]) -> str:
    while True:
        code = s10(f"{random.randrange(20_000_000, 90_000_000)}")
        if code not in taken:
            return code
