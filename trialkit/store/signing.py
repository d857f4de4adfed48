"""The signer at work beside an open store: a checkpoint within a second of new entries (design 3.3)."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING

from trialkit.errors import TrialkitError

if TYPE_CHECKING:
    from trialkit.store.handle import Store


class Signing:
    """`with Signing(store):` signs what others append, every `seconds`. A refusal stops it and stands in `refused`.

    For processes that stay open; a command signs when it ends. After a refusal (NotContinuous: the ledger is not a
    continuation of what was last signed) nothing more is signed and the store must not be written to.
    """

    def __init__(self, store: Store, seconds: float = 1.0) -> None:
        self._store = store
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="signing", daemon=True)
        self.refused: TrialkitError | None = None

    def _work(self) -> None:
        signed = -1
        while not self._ended.wait(self._seconds):
            try:
                size = self._store.size
                if size != signed:
                    self._store.checkpoint()
                    signed = size
            except TrialkitError as refused:
                self.refused = refused
                return

    def __enter__(self) -> Signing:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()
        if self.refused is not None and error is None:
            raise self.refused
