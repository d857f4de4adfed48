"""One row per answer, with its history."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords


class Answer(models.Model):  # type: ignore[misc]
    """An answer in a form instance."""

    form = models.BigIntegerField()
    item = models.TextField()
    value = models.TextField(null=True)
    version = models.IntegerField()
    history = HistoricalRecords()

    class Meta:
        app_label = "django_history"
        constraints = [models.UniqueConstraint(fields=["form", "item"], name="history_answer")]
