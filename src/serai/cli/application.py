"""The one application: pages for people and the API for programs, over the same house."""

from collections.abc import Sequence

from litestar import Litestar

from serai.api import Api
from serai.cloud import ROLES
from serai.core import ConfigurationError, Settings
from serai.flows import House
from serai.web import Web
from serai.web.look import asset
from serai.web.sign_in import ShownPerson


def make_application(
    house: House, settings: Settings, guests: Sequence[ShownPerson] = (), password: str = ""
) -> Litestar:
    """Pages and API under one address; the API comes second, so that its paths fail its way.

    `guests` are whom a demo offers to sign in as, with one password.
    """
    _check_rules(settings)
    api = Api(
        house,
        settings.home,
        asset,
        metrics_token=settings.metrics_token,
        certificates=settings.certificates,
    )
    web = Web(
        house,
        settings.home,
        guests,
        password,
        certificates=settings.certificates,
        single_sign_on=settings.single_sign_on,
    )
    # The log is ours: the framework's own would write text beside it.
    return Litestar(plugins=[web, api], debug=False, logging_config=None)


def _check_rules(settings: Settings) -> None:
    """Refuse rules of single sign-on that speak of roles which there are not."""
    on = settings.single_sign_on
    for rule in on.rules if on else ():
        if rule.role not in ROLES:
            raise ConfigurationError(
                f"SERAI_OIDC_ROLES speaks of {rule.role!r}, which is no role; "
                "`serai role list` shows them all."
            )
