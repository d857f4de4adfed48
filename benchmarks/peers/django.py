"""Django with django-simple-history or django-pghistory: `save()` of each answer, and their bulk functions."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

USER, REASON = "ana", "Source document shows another value, digits were swapped"


def start(database: Mapping[str, object], app: str) -> None:
    """Configure Django for `app` (`django_history` or `django_events`) on one database and make its tables.

    Django can be configured once in a process.
    """
    import django
    from django.conf import settings
    from django.core.management import call_command

    others = ["simple_history"] if app == "django_history" else ["pgtrigger", "pghistory"]
    settings.configure(
        DATABASES={"default": dict(database)},
        INSTALLED_APPS=[
            "django.contrib.contenttypes", "django.contrib.auth", *others, f"benchmarks.peers.{app}",
        ],
        USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", DEBUG=False,
    )  # fmt: skip
    django.setup()
    for name in ("contenttypes", "auth", *(["pghistory"] if app == "django_events" else [])):
        call_command("migrate", name, verbosity=0)
    call_command("migrate", verbosity=0, run_syncdb=True)
    if app == "django_events":
        call_command("pgtrigger", "install", verbosity=0)


def stop() -> None:
    """Close Django's connections."""
    from django.db import connections

    connections.close_all()


class SimpleHistory:
    """django-simple-history: the user and the reason of each change in the history row."""

    def __init__(self, bulk: bool) -> None:
        from django.contrib.auth.models import User

        self.bulk = bulk
        self.model: Any = import_module("benchmarks.peers.django_history.models").Answer
        self.user, _ = User.objects.get_or_create(username=USER)

    def save(self, form: int, version: int, values: Mapping[str, str]) -> None:
        """One form in one transaction."""
        from django.db import transaction
        from simple_history.utils import bulk_create_with_history, bulk_update_with_history

        reason = REASON if version else None
        with transaction.atomic():
            stand = {answer.item: answer for answer in self.model.objects.filter(form=form)}
            rows = _laid_over(self.model, stand, form, version, values)
            if not self.bulk:
                for row in rows:
                    row._history_user, row._change_reason = self.user, reason
                    row.save()
            elif stand:
                bulk_update_with_history(
                    rows, self.model, ["value", "version"], default_user=self.user, default_change_reason=reason
                )
            else:
                bulk_create_with_history(rows, self.model, default_user=self.user, default_change_reason=reason)


class PgHistory:
    """django-pghistory: the user and the reason once per transaction, as its context."""

    def __init__(self, bulk: bool) -> None:
        self.bulk = bulk
        self.model: Any = import_module("benchmarks.peers.django_events.models").Answer

    def save(self, form: int, version: int, values: Mapping[str, str]) -> None:
        """One form in one transaction."""
        import pghistory
        from django.db import transaction

        said = pghistory.context(user=USER, reason=REASON) if version else pghistory.context(user=USER)
        with transaction.atomic(), said:
            stand = {answer.item: answer for answer in self.model.objects.filter(form=form)}
            rows = _laid_over(self.model, stand, form, version, values)
            if not self.bulk:
                for row in rows:
                    row.save()
            elif stand:
                self.model.objects.bulk_update(rows, ["value", "version"])
            else:
                self.model.objects.bulk_create(rows)


def _laid_over(model: Any, stand: Mapping[str, Any], form: int, version: int, values: Mapping[str, str]) -> list[Any]:
    rows = []
    for item, value in values.items():
        row = stand.get(item) or model(form=form, item=item)
        row.value, row.version = value, version
        rows.append(row)
    return rows
