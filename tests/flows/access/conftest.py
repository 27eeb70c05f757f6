"""What the tests of access share."""

import pytest
from argon2 import PasswordHasher


@pytest.fixture
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed with hardly any effort, for tests that hash hundreds."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("serai.cloud.passwords._HASHER", quick)
