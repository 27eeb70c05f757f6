"""The API of the house, version 1."""

from litestar import Router

from serai.api.v1.access_people import (
    end_person_grant,
    get_person,
    get_sight,
    grant_person_role,
    invite_person,
    list_people,
    list_roles,
    list_viewers,
)
from serai.api.v1.asking import DEPENDENCIES, check_parameters
from serai.api.v1.bodies import MOST_BYTES, ApiRequest
from serai.api.v1.callers import gate
from serai.api.v1.customers import (
    change_customer,
    erase_customer_details,
    get_customer,
    recognise_customer,
    register_customer,
    search_customers,
)
from serai.api.v1.deeds import (
    cancel_order,
    collect_order,
    confirm_order,
    fulfil_order,
    mark_no_show,
    preview_order_cancellation,
)
from serai.api.v1.offers import search_offers
from serai.api.v1.orders import get_order, list_orders, place_order
from serai.api.v1.organisation import get_store, list_brands, list_cities, list_stores
from serai.api.v1.organisation_sheets import (
    apply_organisation,
    export_csv,
    export_xlsx,
    preview_organisation,
)
from serai.api.v1.payments import answer_payment_request
from serai.api.v1.planned_moves import cancel_planned_move, list_planned_moves
from serai.api.v1.refunds import (
    ask_refund_again_request,
    decide_refund_request,
    get_refund,
    list_refunds,
)
from serai.api.v1.trace import trace_order
from serai.api.v1.trail import list_deeds


def version_one() -> Router:
    """Every route below `/v1`."""
    deeds = Router(
        "/orders/{order_id:int}",
        route_handlers=[
            confirm_order,
            preview_order_cancellation,
            cancel_order,
            fulfil_order,
            collect_order,
            mark_no_show,
            trace_order,
        ],
    )
    return Router(
        "/v1",
        route_handlers=[
            search_offers,
            list_stores,
            get_store,
            list_brands,
            list_cities,
            export_csv,
            export_xlsx,
            preview_organisation,
            apply_organisation,
            list_planned_moves,
            cancel_planned_move,
            list_roles,
            list_people,
            get_person,
            get_sight,
            list_viewers,
            invite_person,
            grant_person_role,
            end_person_grant,
            register_customer,
            search_customers,
            get_customer,
            change_customer,
            erase_customer_details,
            recognise_customer,
            place_order,
            list_orders,
            get_order,
            deeds,
            answer_payment_request,
            list_refunds,
            get_refund,
            decide_refund_request,
            ask_refund_again_request,
            list_deeds,
        ],
        dependencies=DEPENDENCIES,
        guards=[check_parameters],
        middleware=[gate],
        request_class=ApiRequest,
        request_max_body_size=MOST_BYTES,
        opt={"exclude_from_csrf": True},
    )
