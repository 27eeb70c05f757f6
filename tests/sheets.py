"""The Lantern Group as a value, for what is compared with sheets and written to them."""

from msgspec import Struct

from serai.cloud import (
    Brand,
    City,
    Group,
    LegalEntity,
    Operator,
    Organisation,
    Store,
    StoreParent,
)
from tests.worlds import organisation as lantern_records


def lantern(*parents: StoreParent) -> Organisation:
    """The Lantern Group, with other parents where some are given."""
    records = lantern_records()

    def of(kind: type[Struct]) -> list[Struct]:
        return [record for record in records if isinstance(record, kind)]

    (group,) = of(Group)
    return Organisation(
        group, of(Brand), of(LegalEntity), of(Operator), of(City), of(Store),  # type: ignore[arg-type]  # sorted by their types
        parents or of(StoreParent),  # type: ignore[arg-type]  # as above
    )  # fmt: skip
