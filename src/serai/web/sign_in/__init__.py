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
from serai.web.sign_in.provider import Provider
from serai.web.sign_in.sso import leave_for_provider, return_from_provider

__all__ = ["Entrance", "Provider", "ShownPerson", "sign_in_pages"]


def sign_in_pages() -> Sequence[ControllerRouterHandler]:
    """The pages of the entrance, and those below `/account`."""
    return (
        sign_in_page,
        check_password,
        code_page,
        check_code,
        leave,
        leave_for_provider,
        return_from_provider,
        account_page,
        change_own_password,
        choose_language,
        end_own_sessions,
        authenticator_page,
        confirm_authenticator,
        take_off_authenticator,
    )
