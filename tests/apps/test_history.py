"""What is changed is called by the names that people know."""

from __future__ import annotations

from apps.history import label


def test_a_file_of_an_export_and_a_word_of_a_thread_are_called_by_their_names() -> None:
    assert label(None, "", "file[manifest.json]") == "file manifest.json"
    assert label(None, "", "file[training-blank-crf.pdf]") == "file training-blank-crf.pdf"
    assert label(None, "", "thread[2]") == "Words 2"
