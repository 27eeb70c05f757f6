"""What the facts say: sales, occupancy, houses."""

from serai.insights.houses import HouseDay, Night, Pace, Stay, house_day, nights_of, pace_of
from serai.insights.occupancy import Occupancy, occupancy
from serai.insights.sales import (
    ChannelSales,
    Days,
    DaySales,
    NodeSales,
    RoleBalance,
    StateCount,
    last_days,
    lines_beginning,
    money_by_role,
    sales_by,
    sales_by_channel,
    sales_by_day,
)

__all__ = [
    "ChannelSales",
    "DaySales",
    "Days",
    "HouseDay",
    "Night",
    "NodeSales",
    "Occupancy",
    "Pace",
    "RoleBalance",
    "StateCount",
    "Stay",
    "house_day",
    "last_days",
    "lines_beginning",
    "money_by_role",
    "nights_of",
    "occupancy",
    "pace_of",
    "sales_by",
    "sales_by_channel",
    "sales_by_day",
]
