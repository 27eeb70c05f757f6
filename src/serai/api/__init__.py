"""HTTP for programs."""

from serai.api.application import Api, is_for_programs
from serai.api.v1.signatures import sign

__all__ = ["Api", "is_for_programs", "sign"]
