"""The group console: one file for each page's noun."""

from typing import Any

from litestar import Request, Router
from litestar.di import Provide

from serai.web.group.book import book_page
from serai.web.group.book_account import account_page
from serai.web.group.book_role import book_role_page
from serai.web.group.books import books_page
from serai.web.group.brands import brand_page, brands_page
from serai.web.group.cancellation import cancel_order, cancellation_page
from serai.web.group.cities import cities_page, city_page
from serai.web.group.console import Console
from serai.web.group.consoles import Consoles
from serai.web.group.customer import customer_page, unmask_customer
from serai.web.group.feeds import feeds_page
from serai.web.group.last_room import last_room_page, rehearse
from serai.web.group.live import live_stream
from serai.web.group.order import order_page
from serai.web.group.order_transfers import order_transfers_page
from serai.web.group.orders import orders_page
from serai.web.group.overview import overview_page
from serai.web.group.owing import owing_page
from serai.web.group.quarantined import drop_quarantined, quarantined_page, release_row
from serai.web.group.recognition import recognise_guest, recognition_page
from serai.web.group.refunds import ask_again, decide, refunds_page
from serai.web.group.search import search_page
from serai.web.group.store import store_page
from serai.web.group.stores import stores_page
from serai.web.group.trace import trace_page

__all__ = ["Console", "Consoles", "group_pages"]


def group_pages(consoles: Consoles) -> Router:
    """Every page below `/group`."""

    async def console_seen(request: Request[Any, Any, Any]) -> Console:
        return await consoles.of(request)

    return Router(
        "/group",
        route_handlers=[
            overview_page,
            live_stream,
            cities_page,
            city_page,
            brands_page,
            brand_page,
            stores_page,
            store_page,
            orders_page,
            order_page,
            trace_page,
            order_transfers_page,
            cancellation_page,
            cancel_order,
            refunds_page,
            decide,
            ask_again,
            customer_page,
            unmask_customer,
            recognition_page,
            recognise_guest,
            books_page,
            book_page,
            book_role_page,
            account_page,
            owing_page,
            feeds_page,
            quarantined_page,
            release_row,
            drop_quarantined,
            last_room_page,
            rehearse,
            search_page,
        ],
        dependencies={"console": Provide(console_seen)},
    )
