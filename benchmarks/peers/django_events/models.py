"""One row per answer, with an event row for every insert and update, written by triggers of PostgreSQL."""

from __future__ import annotations

import pghistory
from django.db import models


@pghistory.track()
class Answer(models.Model):  # type: ignore[misc]
    """An answer in a form instance."""

    form = models.BigIntegerField()
    item = models.TextField()
    value = models.TextField(null=True)
    version = models.IntegerField()

    class Meta:
        app_label = "django_events"
        constraints = [models.UniqueConstraint(fields=["form", "item"], name="events_answer")]
