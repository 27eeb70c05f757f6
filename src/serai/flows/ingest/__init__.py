"""Feeds that bring history in, replayed through the flows at its own dates."""

from serai.flows.ingest.figures import FeedFigures, StatusFigures, feed_figures
from serai.flows.ingest.hotel_bookings import Imported, ImportProgress, import_hotel_bookings
from serai.flows.ingest.organisation import feed_stores
from serai.flows.ingest.replay import BrokenReplay
from serai.flows.ingest.single import bring_in, order_of_row

__all__ = [
    "BrokenReplay",
    "FeedFigures",
    "ImportProgress",
    "Imported",
    "StatusFigures",
    "bring_in",
    "feed_figures",
    "feed_stores",
    "import_hotel_bookings",
    "order_of_row",
]
