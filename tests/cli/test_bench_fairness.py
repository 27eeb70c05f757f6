"""`serai bench fairness`: a desk goes on selling while another brand's program floods."""

from io import StringIO

from rich.console import Console

from serai.cli.bench.fairness import bench_fairness, print_fairness


async def test_nobody_at_the_desk_is_turned_away() -> None:
    told = StringIO()
    figures = await bench_fairness(seconds=3, connections=32, console=Console(file=told))
    assert figures.is_fair
    assert figures.desk_orders == 60
    assert 0 < figures.flood_orders < 2_000
    print_fairness(figures, Console(file=told))
    assert "beside the flood" in told.getvalue()
