"""What `serai import` answers when a file cannot come in."""

from pathlib import Path

from rich.console import Console

from serai.cli.importing import import_feed
from serai.core import Refusal, Settings
from serai.flows import Imported
from tests.hotel_rows import file, row
from tests.outside import Outside

TAKES_NO_MORE = "ALTER TABLE bookings ADD CHECK (placed_at IS NULL) NOT VALID"


async def test_a_booking_that_the_books_refuse_is_told_in_a_sentence(
    outside: Outside, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=outside.login("inn", outside.maker))
    rows = file(tmp_path, row())
    assert isinstance(await import_feed(settings, "hotel-bookings", [rows], Console()), Imported)
    outside.administrator(TAKES_NO_MORE, database="inn")
    more = file(tmp_path, row(), row())
    refused = await import_feed(settings, "hotel-bookings", [more], Console())
    assert isinstance(refused, Refusal)
    assert refused.name == "import_refused"
    assert "record_rejected at feed.booked of row" in refused.says
