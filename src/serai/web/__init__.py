"""HTTP for people."""

from serai.web.problems import answer_problem
from serai.web.routes import Web

__all__ = ["Web", "answer_problem"]
