"""Where a simulated ministry is at home: its clocks, money, working days, and the languages of its papers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.ministries.assessment import INCOME_UNPROVEN, TOO_MUCH_INCOME, Words
from sandbox.ministries.clock import BAKU
from sandbox.ministries.workdays import Workdays, working_days_after


@dataclass(frozen=True, slots=True)
class Home:
    """`later(start, count)`: so many working days after. `missing`, `refusal`: what it says where it gives no reason
    of its own."""

    zone: ZoneInfo
    currency: str
    languages: tuple[str, ...]
    later: Callable[[datetime, int], datetime]
    missing: Words
    refusal: Words


AZERBAIJAN = Home(BAKU, "AZN", ("az", "en", "fr"), working_days_after, INCOME_UNPROVEN, TOO_MUCH_INCOME)
VIETNAM = Home(
    ZoneInfo("Asia/Ho_Chi_Minh"),
    "VND",
    ("vi", "en"),
    Workdays("VN").after,
    {"vi": "Bản chụp căn cước, cả hai mặt", "en": "A copy of your identity card, both sides"},
    {"vi": "Thông tin cư trú không khớp với dữ liệu dân cư", "en": "The places of residence do not match the register"},
)
