"""Feeds that bring history in, replayed through the flows at its own dates."""

from serai.flows.ingest.figures import FeedFigures, StatusFigures, read_figures
from serai.flows.ingest.hotel_bookings import Imported, Progress, import_hotel_bookings
from serai.flows.ingest.organisation import find_stores
from serai.flows.ingest.replay import BrokenReplay
from serai.flows.ingest.single import bring_in

__all__ = [
    "BrokenReplay",
    "FeedFigures",
    "Imported",
    "Progress",
    "StatusFigures",
    "bring_in",
    "find_stores",
    "import_hotel_bookings",
    "read_figures",
]
