"""A provider of identity, as it talks to `/scim/v2`."""

from typing import Any

import httpx

from tests.api.keys import key_for

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
MEDIA_TYPE = "application/scim+json"


class Provider:
    """What a directory does; `client` for requests that are not as they should be."""

    def __init__(self, client: httpx.AsyncClient, key: str) -> None:
        self.client = client
        self._headers = {"Authorization": f"Bearer {key}"}

    async def ask(
        self, method: str, path: str, body: Any = None, headers: Any = None, **params: Any
    ) -> httpx.Response:
        """Ask for anything; what is refused is refused as SCIM does."""
        kind = {} if body is None else {"Content-Type": MEDIA_TYPE}
        answer = await self.client.request(
            method, f"/scim/v2{path}", json=body, params=params or None,
            headers={**self._headers, **kind, **(headers or {})},
        )  # fmt: skip
        if answer.status_code >= 400:
            said = answer.json()
            assert answer.headers["content-type"].startswith(MEDIA_TYPE)
            assert (said["schemas"], said["status"]) == ([ERROR], str(answer.status_code)), said
            assert said["detail"], said
        return answer

    async def get(self, path: str, **params: Any) -> Any:
        """What stands at a path."""
        answer = await self.ask("GET", path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def found(self, path: str, text: str, **params: Any) -> list[str]:
        """The names of those who satisfy a filter."""
        said = await self.get(path, filter=text, **params)
        assert said["totalResults"] >= len(said["Resources"])
        return [one.get("userName") or one.get("displayName") for one in said["Resources"]]

    async def make_user(self, name: str, /, **more: Any) -> Any:
        """Somebody new."""
        answer = await self.ask("POST", "/Users", {"schemas": [USER], "userName": name, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def make_group(self, name: str, *members: Any, **more: Any) -> Any:
        """A new group of these users."""
        body = {"schemas": [GROUP], "displayName": name, **more}
        body["members"] = [{"value": one["id"]} for one in members]
        answer = await self.ask("POST", "/Groups", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> httpx.Response:
        """Change parts of something."""
        body = {"schemas": [PATCH], "Operations": list(operations)}
        return await self.ask("PATCH", path, body, headers)

    async def refused(self, answer: httpx.Response, status: int, kind: str | None = None) -> None:
        """Make sure that an answer is this refusal."""
        said = answer.json()
        assert (answer.status_code, said.get("scimType")) == (status, kind), answer.text


async def provider_for(program: Any, house: Any, name: str, **node: Any) -> Provider:
    """The provider of a node, with a key that manages access there and no more."""
    return Provider(program.client, await key_for(house, name, "access", **node))


def op(kind: str, path: str | None = None, value: Any = None) -> dict[str, Any]:
    """An operation of a patch."""
    parts = {"op": kind, "path": path, "value": value}
    return {name: part for name, part in parts.items() if part is not None}
