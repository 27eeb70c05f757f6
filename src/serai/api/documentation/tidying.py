"""Tidying: the OpenAPI document without what the framework leaves in it."""

from typing import Any

NOISE = ("deprecated", "allowEmptyValue", "allowReserved")
BOUNDS = ("minimum", "maximum")


def tidied(node: Any) -> Any:
    """The document, or a part of it: bounds of whole numbers are whole, flags that say no are
    left out, and so is what is empty; parameters are not said to be null, for none can be; an
    ellipsis (`tuple[int, ...]`) is no kind of item."""
    if isinstance(node, list):
        return [tidied(one) for one in node]
    if not isinstance(node, dict):
        return node
    items = node.get("items")
    if isinstance(items, dict) and {} in items.get("oneOf", ()):
        node = node | {"items": next(one for one in items["oneOf"] if one)}
    if "requestBody" in node:
        node = node | {"requestBody": _body(node["requestBody"])}
    if "in" in node and "schema" in node:
        node = node | {"schema": _never_null(node["schema"])}
    return {
        key: _whole(value) if key in BOUNDS else tidied(value)
        for key, value in node.items()
        if not (key in NOISE and value is False) and not (key == "headers" and value == {})
    }


def _body(body: dict[str, Any]) -> dict[str, Any]:
    """A body that may be null need not be sent."""
    media, content = next(iter(body["content"].items()))
    schema = content["schema"]
    if {"type": "null"} not in schema.get("oneOf", ()):
        return body
    return {"required": False, "content": {media: {"schema": _never_null(schema)}}}


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in schema.items() if key not in ("oneOf", "type", "enum")}
    kinds = [one for one in schema.get("oneOf", []) if one != {"type": "null"}]
    if len(kinds) == 1:
        return {**kinds[0], **rest}
    if isinstance(schema.get("enum"), list):
        return {"type": "string", "enum": [one for one in schema["enum"] if one is not None]} | rest
    return schema


def _whole(bound: Any) -> Any:
    """A bound as a whole number. The largest ones came through a float, which rounds them up."""
    if isinstance(bound, float) and bound.is_integer():
        return min(int(bound), 2**63 - 1)
    return bound
