"""docs/sizing.md says what the calculator says."""

from pathlib import Path

from benchmarks.sizing import PLACES, Assumed, Measured, inputs, processes, size, table

PAGE = (Path(__file__).parents[2] / "docs" / "sizing.md").read_text("utf-8")


def test_the_page_shows_the_calculators_tables() -> None:
    made = table({name: size(people) for name, people in PLACES.items()})
    for each in (made, inputs(Assumed()), inputs(Measured())):
        assert each in PAGE, "run `python -m benchmarks.sizing` and put its tables into docs/sizing.md"


def test_ten_times_the_people_need_ten_times_the_cores_and_one_process_may_fail() -> None:
    country, ten = size(10e6), size(100e6)
    assert round(ten.gateway_cores / country.gateway_cores, 6) == 10
    assert (processes(0.1), processes(2.2)) == (2, 4)
