"""Filters of SCIM (RFC 7644, section 3.4.2.2) as conditions of ours."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttributeBinding,
    AttrPath,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
    coerce_value,
)

from serai.cloud import directories
from serai.core import is_plain

MOST_LETTERS = 4_000
MOST_TESTS = 60
"""Comparisons in one filter."""


def check_length(text: str | None) -> None:
    """Refuse a filter that is too long to be read at all."""
    if text is not None and len(text) > MOST_LETTERS:
        raise InvalidFilterException(detail=f"a filter has {MOST_LETTERS} letters at most")


def condition_of(found: ScimFilter[Any] | None) -> directories.Condition | None:
    """A filter that was checked against its model, as a condition; what the model does not know
    is never so."""
    if found is None:
        return None
    reading = _Reading(found)
    condition = reading.visit(found.ast)
    if reading.tests > MOST_TESTS:
        raise InvalidFilterException(detail=f"a filter compares {MOST_TESTS} times at most")
    return condition


class _Reading(FilterVisitor[directories.Condition]):
    """Reads the expressions of a filter, and counts its comparisons."""

    def __init__(self, found: ScimFilter[Any]) -> None:
        self._filter = found
        self.tests = 0

    def visit_comparison(self, node: Comparison) -> directories.Condition:
        binding = self._filter.resolve_comparison(node.attr_path, strict=False)
        return self._test(binding, node)

    def visit_present(self, node: Present) -> directories.Condition:
        self.tests += 1
        binding = self._filter.resolve(node.attr_path, strict=False)
        return directories.Some(()) if binding is None else directories.Test(_name(binding), "pr")

    def visit_not(self, node: Not) -> directories.Condition:
        return directories.Never(self.visit(node.expr))

    def visit_logical_expr(self, node: LogicalExpr) -> directories.Condition:
        terms = tuple(self.visit(term) for term in node.terms)
        return (
            directories.Every(terms) if node.op == LogicalOperator.and_ else directories.Some(terms)
        )

    def visit_value_path(self, node: ValuePath) -> directories.Condition:
        binding = self._filter.resolve(node.attr_path, strict=False)
        if binding is None:
            return directories.Some(())
        inner = _Inside(self._filter, node.attr_path)
        condition = inner.visit(node.val_filter)
        self.tests += inner.tests
        return directories.OneOf(_name(binding), condition)

    def _test(self, binding: AttributeBinding | None, node: Comparison) -> directories.Condition:
        self.tests += 1
        if binding is None:
            return directories.Some(())
        operator = msgspec.convert(node.op.value, directories.Operator)
        return directories.Test(_name(binding), operator, _value(binding, node))


class _Inside(_Reading):
    """Reads what stands in brackets: of one value of an attribute."""

    def __init__(self, found: ScimFilter[Any], outer: AttrPath) -> None:
        super().__init__(found)
        self._outer = outer

    def visit_comparison(self, node: Comparison) -> directories.Condition:
        test = self._test(self._binding(node.attr_path), node)
        return _within(test)

    def visit_present(self, node: Present) -> directories.Condition:
        self.tests += 1
        binding = self._binding(node.attr_path)
        return (
            directories.Some(())
            if binding is None
            else _within(directories.Test(_name(binding), "pr"))
        )

    def _binding(self, path: AttrPath) -> AttributeBinding | None:
        whole = AttrPath(self._outer.attr, path.attr, self._outer.uri)
        return self._filter.resolve(whole, strict=False)


def _within(condition: directories.Condition) -> directories.Condition:
    """A test of `emails.type` as one of `type`."""
    if not isinstance(condition, directories.Test):
        return condition
    return msgspec.structs.replace(condition, attribute=condition.attribute.partition(".")[2])


def _name(binding: AttributeBinding) -> str:
    """The attribute as the schema spells it: `emails.value`."""
    return binding.urn.rpartition(":")[2]


def _value(binding: AttributeBinding, node: Comparison) -> directories.Value:
    value = coerce_value(binding, node.value, node.op)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    if not is_plain(text):
        raise InvalidFilterException(detail="a filter compares with text that can be read")
    return text
