"""`serai bench flash`, small: every number is sold once, and the figures say so."""

import asyncio
import json
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from serai.cli.bench.flash.figures import answers_of
from serai.cli.bench.flash.sale import bench_sale
from serai.cli.root import app

SMALL = ("--buyers", "400", "--admissions", "40", "--holds", "2000", "--slots", "4000")
QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    result = CliRunner().invoke(app, ["bench", "flash", *SMALL, "--seconds", "0.3", "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_the_sale_sells_every_number_once(figures: dict[str, Any]) -> None:
    sale = figures["sale"]
    assert sale["sold_out"]
    assert (sale["oversold"], sale["stranded"], sale["disputed"]) == (0, 0, 0)
    assert sale["attempts"] == sale["answers"]["count"]
    bought = sale["attempts"] - sale["refused"] - sale["walked_away"] - sale["too_late"]
    assert sale["orders"] == bought
    assert 10 <= sale["orders"] <= 40


def test_every_hold_runs_out_in_batches_of_its_own(figures: dict[str, Any]) -> None:
    holds = figures["holds"]
    assert holds["holds"] == 2000
    assert holds["commits"] >= 1
    assert holds["orders_before"]["count"] > 0


def test_what_is_past_is_archived_and_nothing_else(figures: dict[str, Any]) -> None:
    catalogue = figures["catalogue"]
    assert catalogue["slots"] == 4000
    assert catalogue["archived"] == 330 * 10
    kept = catalogue["before"]["accounts"] - catalogue["archived"]
    assert catalogue["after"]["accounts"] >= kept


async def test_too_few_buyers_leave_numbers_behind() -> None:
    sale = await asyncio.wait_for(bench_sale(3, 100, QUIET, seed=1), 60)
    assert not sale.sold_out
    assert sale.stranded > 0
    assert (sale.oversold, sale.disputed) == (0, 0)


def test_percentiles_are_of_what_was_measured() -> None:
    told = answers_of([0.001] * 98 + [0.5, 0.5])
    assert (told.count, told.p50_ms, told.p99_ms, told.most_ms) == (100, 1.0, 500.0, 500.0)
    assert answers_of([]).most_ms == 0.0
