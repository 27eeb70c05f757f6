"""The organisation as one sheet, and stores that move."""

from serai.flows.organisation.apply import Applied, apply_sheet
from serai.flows.organisation.move_store import StoreMoved, move_store
from serai.flows.organisation.preview import (
    Form,
    Preview,
    export_organisation,
    may_write_whole,
    preview_sheet,
    write_organisation,
)

__all__ = [
    "Applied",
    "Form",
    "Preview",
    "StoreMoved",
    "apply_sheet",
    "export_organisation",
    "may_write_whole",
    "move_store",
    "preview_sheet",
    "write_organisation",
]
