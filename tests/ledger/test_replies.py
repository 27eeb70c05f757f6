"""Every reply of the real writer is the one that an independent model predicts."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.databases import Pristine
from tests.ledger.real import play
from tests.ledger.test_decision import Drawn


@settings(
    max_examples=25, deadline=None, print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(drawn=st.binary(min_size=300, max_size=1500))
async def test_every_reply_is_predicted(pristine: Pristine, drawn: bytes) -> None:
    await play(Drawn(drawn), pristine, rounds=5, size=6)
