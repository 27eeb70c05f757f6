"""Two hundred buyers, one room: one has it, the others hear why not, again and again."""

from serai.core import Refusal
from serai.flows import House, rehearse_last_room


async def test_one_of_two_hundred_gets_the_last_room_every_time(house: House) -> None:
    for _ in range(2):
        told = await rehearse_last_room(house)
        assert not isinstance(told, Refusal), told
        assert len(told.attempts) == 200
        assert len(told.winners) == 1
        assert dict(told.refusals) == {"exceeds_credits": 199}


async def test_everything_is_given_back_afterwards(house: House) -> None:
    first = await rehearse_last_room(house, buyers=5)
    again = await rehearse_last_room(house, buyers=5)
    assert not isinstance(first, Refusal)
    assert not isinstance(again, Refusal)
    assert first.night == again.night
