"""Filters on addresses, which are sealed: whether one that was opened satisfies a condition."""

import operator
from collections.abc import Callable, Mapping

from serai.cloud.directories.filters import (
    Condition,
    Every,
    Never,
    OneOf,
    Some,
    Test,
    UnknownAttribute,
)
from serai.cloud.emails import EmailAddress, fold_address

EMAILS = "emails"
VALUE = "value"
SORTED_BY = "emails.value"

_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": operator.eq,
    "co": operator.contains,
    "sw": str.startswith,
    "ew": str.endswith,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def about_emails(condition: Condition) -> Condition | None:
    """What a condition asks of one address, where it asks that somebody has such a one."""
    match condition:
        case OneOf(attribute="emails"):
            return condition.condition
        case Test():
            head, _, tail = condition.attribute.partition(".")
            return (
                Test(tail or VALUE, condition.operator, condition.value) if head == EMAILS else None
            )
    return None


def address_wanted(condition: Condition) -> str | None:
    """The address that a condition asks for as a whole, which finds it by its hash."""
    match condition:
        case Test(attribute="value", operator="eq", value=str(address)):
            return address
        case Every():
            found = (address_wanted(one) for one in condition.conditions)
            return next((one for one in found if one is not None), None)
    return None


def satisfies(email: EmailAddress, condition: Condition) -> bool:
    """Whether an address is as the condition asks; raises `UnknownAttribute`."""
    match condition:
        case Every():
            return all(satisfies(email, one) for one in condition.conditions)
        case Some():
            return any(satisfies(email, one) for one in condition.conditions)
        case Never():
            return not satisfies(email, condition.condition)
        case Test(attribute="value"):
            return _compared(email.value, condition)
        case Test(attribute="type"):
            return _compared(email.type, condition)
        case Test(attribute="primary"):
            return _flag(email.primary, condition)
        case Test() | OneOf():
            raise UnknownAttribute(f"{EMAILS}.{condition.attribute}")
    return False


def _compared(text: str, test: Test) -> bool:
    if test.operator == "pr" or (test.operator == "ne" and test.value is None):
        return bool(text)
    if test.value is None:
        return test.operator == "eq" and not text
    if not isinstance(test.value, str):
        return False
    wanted, text = fold_address(test.value), fold_address(text)
    return text != wanted if test.operator == "ne" else _TEXTS[test.operator](text, wanted)


def _flag(flag: bool | None, test: Test) -> bool:
    match test.operator:
        case "pr":
            return flag is not None
        case "eq":
            return flag is test.value
        case "ne":
            return flag is not test.value
    return False
