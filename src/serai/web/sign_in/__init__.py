"""Coming in and going out, and what everybody may do with their own account."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from serai.web.sign_in.account import (
    account_page,
    change_own_password,
    choose_language,
    end_own_sessions,
)
from serai.web.sign_in.authenticator import (
    authenticator_page,
    confirm_authenticator,
    take_off_authenticator,
)
from serai.web.sign_in.entrance import (
    Entrance,
    ShownPerson,
    check_code,
    check_password,
    code_page,
    leave,
    sign_in_page,
)

__all__ = ["Entrance", "ShownPerson", "sign_in_pages"]


def sign_in_pages() -> Sequence[ControllerRouterHandler]:
    """The pages of the entrance, and those below `/account`."""
    return (
        sign_in_page,
        check_password,
        code_page,
        check_code,
        leave,
        account_page,
        change_own_password,
        choose_language,
        end_own_sessions,
        authenticator_page,
        confirm_authenticator,
        take_off_authenticator,
    )
