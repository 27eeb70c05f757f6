"""The organisation as one sheet, and stores that move, today or as planned."""

from serai.flows.organisation.apply import Applied, apply_sheet
from serai.flows.organisation.carry_out import carry_out_moves
from serai.flows.organisation.move_store import StoreMoved, move_store
from serai.flows.organisation.plans import MoveCancelled, cancel_move
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
    "MoveCancelled",
    "Preview",
    "StoreMoved",
    "apply_sheet",
    "cancel_move",
    "carry_out_moves",
    "export_organisation",
    "may_write_whole",
    "move_store",
    "preview_sheet",
    "write_organisation",
]
