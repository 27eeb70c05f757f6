"""A program that uses the API: every request with a key of its own, every answer as JSON."""

from datetime import date
from itertools import count
from typing import Any

import httpx

from serai.api import sign
from tests.worlds import WANG

PROBLEM = "application/problem+json"
DAY = date(2026, 6, 20)
"""A Saturday in some weeks, by the clock of these tests."""


class Program:
    """What a program does with the API; `client` for requests that are not as they should be."""

    def __init__(self, client: httpx.AsyncClient, secret: str) -> None:
        self.client = client
        self.secret = secret
        self._keys = (f"request-{number}" for number in count(1))

    async def get(self, path: str, **params: Any) -> Any:
        """What stands at a path."""
        answer = await self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        """Ask for a write, under a new key unless one is given."""
        return await self.ask("post", path, body, key)

    async def ask(
        self, method: str, path: str, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        """Ask for a write by any method."""
        headers = {"Idempotency-Key": key or next(self._keys)}
        return await self.client.request(method, path, json=body, headers=headers)

    async def write(self, path: str, body: Any = None) -> Any:
        """Ask for a write that must succeed."""
        answer = await self.post(path, body)
        assert answer.is_success, answer.text
        return answer.json()

    async def refused(self, answer: httpx.Response, status: int, refusal: str) -> Any:
        """Make sure that an answer is this refusal, told as a problem."""
        said = answer.json()
        assert (answer.status_code, said["refusal"]) == (status, refusal), answer.text
        assert answer.headers["content-type"] == PROBLEM
        assert said["status"] == status
        assert said["type"] == f"/problems/{refusal}"
        assert said["title"]
        assert said["detail"]
        return said

    async def order(self, *lines: dict[str, Any], **party: Any) -> int:
        """Place an order for Wang Min; its id."""
        body = {"customer_id": WANG, "lines": list(lines), **party}
        return int((await self.write("/v1/orders", body))["id"])

    async def answer_payment(
        self, payment: int, outcome: str = "succeeded", key: str | None = None
    ) -> httpx.Response:
        """Answer as the payment provider does, signed."""
        path = f"/v1/payments/{payment}/answer"
        body = f'{{"outcome": "{outcome}", "reference": "ref-{payment}"}}'.encode()
        headers = {
            "Idempotency-Key": key or next(self._keys),
            "Content-Type": "application/json",
            "Serai-Signature": sign(self.secret, "POST", path, body),
        }
        return await self.client.post(path, content=body, headers=headers)


def line(offer: int, day: date = DAY, **more: Any) -> dict[str, Any]:
    """A line of an order."""
    return {"offer_id": offer, "first_day": day.isoformat(), **more}
