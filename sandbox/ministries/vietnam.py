"""Thirteen thousand invented post offices over Vietnam's provinces and Hanoi's districts (as of February 2025)."""

import re
import unicodedata
from random import Random

from sandbox.ministries.hsds_catalogue import Hours, Spot

COUNT, IN_HANOI = 13_000, 1_300
# The first has more than a menu's list holds.
DISTRICTS = (
    "Cầu Giấy", "Ba Đình", "Hoàn Kiếm", "Tây Hồ", "Long Biên", "Đống Đa", "Hai Bà Trưng", "Hoàng Mai", "Thanh Xuân",
    "Nam Từ Liêm", "Bắc Từ Liêm", "Hà Đông", "Sơn Tây", "Ba Vì", "Chương Mỹ", "Đan Phượng", "Đông Anh", "Gia Lâm",
    "Hoài Đức", "Mê Linh", "Mỹ Đức", "Phú Xuyên", "Phúc Thọ", "Quốc Oai", "Sóc Sơn", "Thạch Thất", "Thanh Oai",
    "Thanh Trì", "Thường Tín", "Ứng Hòa",
)  # fmt: skip
PROVINCES = (
    "TP. Hồ Chí Minh", "Hải Phòng", "Đà Nẵng", "Cần Thơ", "An Giang", "Bà Rịa - Vũng Tàu", "Bạc Liêu", "Bắc Giang",
    "Bắc Kạn", "Bắc Ninh", "Bến Tre", "Bình Dương", "Bình Định", "Bình Phước", "Bình Thuận", "Cà Mau", "Cao Bằng",
    "Đắk Lắk", "Đắk Nông", "Điện Biên", "Đồng Nai", "Đồng Tháp", "Gia Lai", "Hà Giang", "Hà Nam", "Hà Tĩnh",
    "Hải Dương", "Hậu Giang", "Hòa Bình", "Hưng Yên", "Khánh Hòa", "Kiên Giang", "Kon Tum", "Lai Châu", "Lạng Sơn",
    "Lào Cai", "Lâm Đồng", "Long An", "Nam Định", "Nghệ An", "Ninh Bình", "Ninh Thuận", "Phú Thọ", "Phú Yên",
    "Quảng Bình", "Quảng Nam", "Quảng Ngãi", "Quảng Ninh", "Quảng Trị", "Sóc Trăng", "Sơn La", "Tây Ninh",
    "Thái Bình", "Thái Nguyên", "Thanh Hóa", "Thừa Thiên Huế", "Tiền Giang", "Trà Vinh", "Tuyên Quang", "Vĩnh Long",
    "Vĩnh Phúc", "Yên Bái",
)  # fmt: skip
_STREETS = (
    "Nguyễn Trãi", "Lê Lợi", "Trần Phú", "Lý Thường Kiệt", "Quang Trung", "Hùng Vương", "Phan Chu Trinh", "Lê Duẩn",
    "Trường Chinh", "Hoàng Diệu", "Bà Triệu", "Ngô Quyền", "Đinh Tiên Hoàng", "Xuân Thủy", "Kim Mã", "Láng Hạ",
)  # fmt: skip
_OFFICE = (Hours("MO,TU,WE,TH,FR", "07:30", "11:30"), Hours("MO,TU,WE,TH,FR", "13:00", "17:00"),
           Hours("SA", "07:30", "11:30"))  # fmt: skip


def post_offices() -> tuple[Spot, ...]:
    """The same each time. Keys begin with `hn-` in Hanoi, `vn-` elsewhere."""
    dice = Random(13_000)
    own = [_hanoi(number, dice) for number in range(IN_HANOI)]
    return (*own, *(_elsewhere(number, dice) for number in range(COUNT - IN_HANOI)))


def bare(words: str) -> str:
    """Small Latin letters and dashes, for keys."""
    apart = unicodedata.normalize("NFKD", words.casefold().replace("đ", "d"))
    letters = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")


def _hanoi(number: int, dice: Random) -> Spot:
    district = DISTRICTS[0] if number < 130 else DISTRICTS[1 + number % (len(DISTRICTS) - 1)]
    return _office(f"hn-{number + 1:05d}", number, district, "Hà Nội", 21.03, 105.85, 0.25, dice)


def _elsewhere(number: int, dice: Random) -> Spot:
    at = number % len(PROVINCES)
    # Provinces stand in the order of the alphabet along the country: where they are is invented.
    lat, lon = 9.5 + at * 12.5 / len(PROVINCES), 105.0 + (at % 5) * 0.6
    area = f"Khu vực {number // len(PROVINCES) % 8 + 1} (demo)"
    return _office(f"vn-{number + 1:05d}", number, area, PROVINCES[at], lat, lon, 0.4, dice)


def _office(
    key: str, number: int, district: str, region: str, lat: float, lon: float, spread: float, dice: Random
) -> Spot:
    street = dice.choice(_STREETS)
    return Spot(
        key, f"BĐ {street} {number + 1} (demo)", f"{dice.randint(1, 300)} {street}", district, region, "VN",
        round(lat + dice.uniform(-spread, spread), 4), round(lon + dice.uniform(-spread, spread), 4), _OFFICE,
        f"+8424{number:07d}",
    )  # fmt: skip
