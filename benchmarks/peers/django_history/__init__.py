"""A Django app whose answers are kept with django-simple-history."""
