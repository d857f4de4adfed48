"""The day up to which there is something to look at, as the page's days are read."""

from __future__ import annotations

import datetime as dt

from apps import here
from apps.when import Zones
from trialkit.store.log import Wanted


def newest_day(site: str) -> dt.date:
    """The day of the newest entry of data by the clocks of `site`; today where there is none."""
    newest = here.reader().look(Wanted(acts=("record.",), most=1)).entries
    return Zones().local(newest[0].recorded_at, site).date() if newest else here.trial().now(site).date()
