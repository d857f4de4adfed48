"""The same save on PostgreSQL (fsync and synchronous_commit on, unix socket), against django-pghistory."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.clinic import Clinic
from benchmarks.measure import Figure, at_least, in_turns
from benchmarks.options import Options
from benchmarks.peers import django
from benchmarks.peers.document import BarePostgres
from benchmarks.saves import block, ours
from benchmarks.server import postgresql, with_schema


def run(options: Options, folder: Path) -> list[Figure]:
    with postgresql() as url:
        clinic = Clinic.make(with_schema(url, "bench"), folder)
        parts = urlsplit(url)
        django.start(
            {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.strip("/"),
                "USER": parts.username or "postgres",
                "HOST": parse_qs(parts.query).get("host", [parts.hostname or ""])[0],
                "CONN_MAX_AGE": None,
            },
            "django_events",
        )
        bare = BarePostgres(url)
        contenders = {
            "trialkit": ours(clinic, options.most_saves),
            "pghistory": block(django.PgHistory(False).save),
            "pghistory, bulk": block(django.PgHistory(True).save, 10**6),
            "bare insert": block(bare.save),
        }
        found = in_turns(contenders, options.rounds, options.seconds)
        bare.raw.close()
        django.stop()
        clinic.store.close()
    topic, me = "saves, PostgreSQL", "trialkit"
    figures = [Figure(topic, "audited 30-item save", found.rate(me), "/s", None, "half first entries, half changes")]
    for peer, words, limit in (
        ("pghistory", "django-pghistory, save()", at_least(5)),
        ("pghistory, bulk", "its bulk functions", None),
        ("bare insert", "bare durable insert", at_least(0.25)),
    ):
        note = f"which makes {found.rate(peer):,.0f}/s"
        figures.append(Figure(topic, f"times {words}", found.ratio(me, peer), "x", limit, note))
    return figures
