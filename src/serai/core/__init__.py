"""No business nouns: database, clock, ids, money, periods, configuration, refusals."""

from serai.core import postgres
from serai.core.certificates import Certificate, read_certificate
from serai.core.ciphers import NO_KEYS, KeyRing, Place, SealingKey, Unopened
from serai.core.claim import ClaimHeld, claim
from serai.core.clock import Clock, business_date, utc_now
from serai.core.configuration import (
    ConfigurationError,
    LogFormat,
    Settings,
    ShownSetting,
    shown_settings,
)
from serai.core.database import Database, DatabaseAway, holds_json, open_database
from serai.core.ids import BLOCK, Ids
from serai.core.money import (
    BASIS_POINTS,
    CURRENCY_SCALES,
    MOST_AMOUNT_MINOR,
    MOST_PRICE_MINOR,
    decimal_text,
    divide_half_even,
    share,
    split,
    tax_within,
)
from serai.core.periods import MINUTES_A_DAY, day_of, days, slot_of, start_of
from serai.core.postgres import (
    DatabaseUrls,
    Postgres,
    PostgresError,
    check_outside,
    database_mark,
    outside_postgres,
    program,
    provide,
    running_postgres,
    socket_folder,
)
from serai.core.refusals import Refusal
from serai.core.rounds import Round, Trouble, begin_rounds, rounds
from serai.core.sealing_keys import (
    KeptKey,
    check_keys,
    drop_key,
    kept_keys,
    make_key,
    open_ring,
    source_of_keys,
)
from serai.core.secrets import keep_secret
from serai.core.silence import (
    CONNECT_SECONDS,
    KEEPALIVE_SECONDS,
    SILENCE_MILLISECONDS,
    Silence,
)
from serai.core.single_sign_on import ClaimRule, SingleSignOn
from serai.core.texts import is_plain, mask_address
from serai.core.tracing import here, is_traced, open_tracing, span, span_of_request, tell_span

__all__ = [
    "BASIS_POINTS",
    "BLOCK",
    "CONNECT_SECONDS",
    "CURRENCY_SCALES",
    "KEEPALIVE_SECONDS",
    "MINUTES_A_DAY",
    "MOST_AMOUNT_MINOR",
    "MOST_PRICE_MINOR",
    "NO_KEYS",
    "SILENCE_MILLISECONDS",
    "Certificate",
    "ClaimHeld",
    "ClaimRule",
    "Clock",
    "ConfigurationError",
    "Database",
    "DatabaseAway",
    "DatabaseUrls",
    "Ids",
    "KeptKey",
    "KeyRing",
    "LogFormat",
    "Place",
    "Postgres",
    "PostgresError",
    "Refusal",
    "Round",
    "SealingKey",
    "Settings",
    "ShownSetting",
    "Silence",
    "SingleSignOn",
    "Trouble",
    "Unopened",
    "begin_rounds",
    "business_date",
    "check_keys",
    "check_outside",
    "claim",
    "database_mark",
    "day_of",
    "days",
    "decimal_text",
    "divide_half_even",
    "drop_key",
    "here",
    "holds_json",
    "is_plain",
    "is_traced",
    "keep_secret",
    "kept_keys",
    "make_key",
    "mask_address",
    "open_database",
    "open_ring",
    "open_tracing",
    "outside_postgres",
    "postgres",
    "program",
    "provide",
    "read_certificate",
    "rounds",
    "running_postgres",
    "share",
    "shown_settings",
    "slot_of",
    "socket_folder",
    "source_of_keys",
    "span",
    "span_of_request",
    "split",
    "start_of",
    "tax_within",
    "tell_span",
    "utc_now",
]
