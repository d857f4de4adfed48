"""The only writer of the ledger. Savers that come together are committed together; each is answered after its commit.

Whoever finds nobody writing becomes the leader: it takes the database's lock, writes every save that waits, commits
once, and wakes the others. A single saver therefore never waits for another thread. What can be done before the lock
(bytes, salts, commitments) is done before it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import orjson

from trialkit import __version__
from trialkit.errors import Broken, KeysMissing, OutOfOrder, StaleRecord, StoreRefused, WrongValue
from trialkit.ledger.commitment import SALT, Committed, aad, commit, parse_change
from trialkit.ledger.entry import Change, Draft, Receipt, Visibility
from trialkit.ledger.header import header, stamp
from trialkit.ledger.keys import KeyFolder
from trialkit.ledger.leaf import leaf, tag
from trialkit.ledger.seals import Seals
from trialkit.store.append_state import After, Earlier, Output, State, Unanswered, Wanted, Writer
from trialkit.store.fold import Row, fold, pointed, pointer, table_of

SOFTWARE = f"trialkit {__version__}"
MOST = 256  # saves in one commit


class Save:
    """One call of `append` on its way through the queue."""

    __slots__ = ("after", "committed", "drafts", "error", "finished", "receipts", "requests", "turn")

    def __init__(self, drafts: Sequence[Draft], requests: list[str | None], after: After | None) -> None:
        self.drafts = drafts
        self.requests = requests
        self.after = after
        self.committed: list[Committed | None] = []
        self.turn = threading.Lock()
        self.turn.acquire()
        self.finished = False
        self.receipts: list[Receipt] = []
        self.error: BaseException | None = None


class Appender:
    """The queue of one open store."""

    def __init__(
        self,
        writer: Callable[[], Writer],
        keys: KeyFolder,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
    ) -> None:
        self._writer = writer
        self._keys = keys
        self._clock = clock
        self._random = random
        self._mutex = threading.Lock()
        self._waiting: list[Save] = []
        self._led = False
        self._wrapped: dict[str, bytes] = {}
        self._pending: dict[int, bytes] = {}
        self._seals = Seals(keys, lambda subject: self._wrapped.get(subject), random)

    def append(self, drafts: Sequence[Draft], request: str | None, after: After | None = None) -> list[Receipt]:
        """Commit these drafts as one; see `Store.append`."""
        if request is None:
            requests = [draft.request for draft in drafts]
        else:
            requests = [f"{request}:{i}" for i in range(len(drafts))]
        save = Save(drafts, requests, after)
        for draft in drafts:
            save.committed.append(None if _protected(draft) else self._commit(draft, -1))
        with self._mutex:
            self._waiting.append(save)
            lead, self._led = not self._led, True
        if not lead:
            save.turn.acquire()
        if not save.finished:
            self._lead(save)
        if save.error is not None:
            raise save.error
        return save.receipts

    def _commit(self, draft: Draft, seq: int) -> Committed:
        return commit(draft.changes, seq, self._seal, self._random, draft.place.subject)

    def _seal(self, visibility: Visibility, subject: str, plaintext: bytes, bound: bytes) -> dict[str, object]:
        """A seal that says which item it is of and whether it clears it, as the projection needs without the key."""
        change = orjson.loads(plaintext[SALT:])
        cleared = {"z": 1} if change["n"] is None else {}
        return {**self._seals.seal(visibility, subject, plaintext, bound), "i": change["i"], **cleared}

    def _lead(self, own: Save) -> None:
        with self._mutex:
            saves, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            self._write(saves)
        except BaseException as error:
            for save in saves:
                save.error = save.error or error
            raise
        finally:
            for save in saves:
                save.finished = True
            with self._mutex:
                if self._waiting:
                    self._waiting[0].turn.release()
                else:
                    self._led = False
            for save in saves:
                if save is not own:
                    save.turn.release()

    def _write(self, saves: list[Save]) -> None:
        try:
            self._try(saves)
        except Unanswered:
            # under the lock again, the old transaction is over: either its entries are there or they never will be
            try:
                self._try([save for save in saves if save.error is None], again=True)
            except Unanswered as error:
                raise StoreRefused(
                    "the database did not answer at the commit, twice: whether this save is there is not known",
                    "save again with the same request: it is written once",
                ) from error
        except StoreRefused as refused:
            if len(saves) == 1:
                saves[0].error = refused
                return
            for save in saves:  # one of them may be the cause: each for itself
                save.error, save.receipts = None, []
                self._write([save])

    def _try(self, saves: list[Save], again: bool = False) -> None:
        self._pending.clear()
        wanted = Wanted()
        for save in saves:
            _want(save, wanted)
        writer = self._writer()
        try:
            state = writer.begin(wanted)
            output, after = Output(), list[After]()
            for save in saves:
                if again and save.receipts and _stands(writer, save):
                    continue
                before, part = state, Output()
                state = state.copy() if len(saves) > 1 else state
                try:
                    save.receipts = self._number(save, state, part, writer)
                except (StaleRecord, StoreRefused, OutOfOrder, WrongValue, KeysMissing, Broken) as refused:
                    save.error, state = refused, before
                    continue
                output.take(part)
                if save.after is not None and part.entries:
                    after.append(save.after)
            if output.entries:
                writer.finish(output, after)
            else:
                writer.abort()
        except BaseException:
            writer.abort()
            raise

    def _number(self, save: Save, state: State, output: Output, writer: Writer) -> list[Receipt]:
        """Give each draft its number, time, leaf and tag; raises what makes the whole save impossible."""
        earlier = [state.requests[request] for request in save.requests if request and request in state.requests]
        if earlier:
            if len(earlier) != len(save.drafts) or not all(map(_same, earlier, save.drafts)):
                raise StoreRefused(
                    "this request was already used for another act", "give every act a request of its own"
                )
            return [first.receipt for first in earlier]
        receipts = []
        for draft, request, committed in zip(save.drafts, save.requests, save.committed, strict=True):
            receipt = self._one(draft, request, committed, state, output, writer)
            if request:
                state.requests[request] = Earlier(receipt, draft.act)
            receipts.append(receipt)
        return receipts

    def _one(
        self,
        draft: Draft,
        request: str | None,
        committed: Committed | None,
        state: State,
        output: Output,
        writer: Writer,
    ) -> Receipt:
        stream, subject, seq = draft.stream, draft.place.subject, state.size
        version = state.streams.get(stream, 0)
        if draft.expected is not None and draft.expected != version:
            raise _stale(draft, version)
        if draft.subject_seen is not None and draft.subject_seen != state.subjects.get(subject, 0):
            raise StaleRecord(
                f"something else of subject {subject} was written since this was judged",
                "nothing typed is lost: judge it again on what stands now",
                stream=f"subject/{subject}",
                expected=draft.subject_seen,
                found=state.subjects.get(subject, 0),
            )
        table = table_of(stream)
        row = state.rows.get(stream)
        if committed is None:
            self._have_key(draft, state, output, writer)
            committed = self._commit(draft, seq)
        if table is not None:
            news = self._news(draft, seq, row, version, writer)
            row = fold(row, stream, seq, draft.place, draft.study, news)
            state.rows[stream] = output.rows[stream] = row
        version += 1
        subject_no = state.subjects.get(subject, 0) + 1 if subject else 0
        at, skew = stamp(self._clock(), state.at)
        said = header(
            draft, seq=seq, at=at, stream_no=version, subject_no=subject_no, software=SOFTWARE, skew=skew,
            request=request,
        )  # fmt: skip
        top = leaf(said, committed.digests)
        output.entries.append(
            (
                seq, said, committed.digests, tag(self._keys.app_key, top), at, draft.act, subject or None,
                subject_no or None, stream, version, request, draft.target[0] if draft.target else None,
            )
        )  # fmt: skip
        output.disclosures.append((seq, committed.salts, committed.lines))
        self._pending[seq] = committed.lines
        state.size, state.at, state.streams[stream] = seq + 1, at, version
        if subject:
            state.subjects[subject] = subject_no
        return Receipt(seq, at, top, stream, version)

    def _have_key(self, draft: Draft, state: State, output: Output, writer: Writer) -> None:
        """See to it that the subject has a data key before an identifier of it is sealed."""
        self._wrapped = state.keys
        subject = draft.place.subject
        if subject in state.keys or not any(change.visibility == "identifier" for change in draft.changes):
            return
        if writer.erased(subject):
            raise OutOfOrder(
                f"the identifiers of subject {subject} were erased", "no new ones are taken; enrol the person anew"
            )
        if subject:
            state.keys[subject] = self._seals.new_subject_key(subject)
            output.keys.append((subject, state.keys[subject]))

    def _news(self, draft: Draft, seq: int, row: Row | None, version: int, writer: Writer) -> list[tuple[str, Any]]:
        """What the draft makes of its stream; raises StaleRecord where its `old` is not what stands."""
        doc = row.doc if row else {}
        news: dict[str, Any] = {}
        for n, change in enumerate(draft.changes):
            item, new = change.item, change.new
            if item in news:
                raise WrongValue(
                    f"{item} changes twice in one entry", "say each item once, from what stood to what stands"
                )
            stands = doc.get(item)
            where = pointed(stands)
            if where is not None:
                if change.visibility == "open":
                    raise WrongValue(
                        f"{item} is protected and cannot be written openly", "give it its visibility class"
                    )
                stands = self._unsealed(*where[:2], writer).new
            if stands != change.old:
                raise _stale(draft, version, item)
            if new is not None and change.visibility != "open":
                news[item] = pointer(seq, n, change.visibility)
            else:
                news[item] = new
        return list(news.items())

    def _unsealed(self, seq: int, n: int, writer: Writer) -> Change:
        lines = self._pending.get(seq) or writer.lines(seq)
        if lines is None:
            raise Broken(
                f"entry {seq} has no disclosure", "run trialkit verify", table="disclosure", row=seq, field="seq"
            )
        sealed = orjson.loads(lines.split(b"\n")[n])
        return parse_change(self._seals.unseal(sealed, aad(seq, n))[SALT:])


def _protected(draft: Draft) -> bool:
    return not {change.visibility for change in draft.changes} <= {"open"}


def _same(earlier: Earlier, draft: Draft) -> bool:
    """Whether the draft is the act that was written before: on the same stream, and based on the same version."""
    receipt = earlier.receipt
    based = draft.expected is None or draft.expected + 1 == receipt.version
    return (receipt.stream, earlier.act) == (draft.stream, draft.act) and based


def _want(save: Save, wanted: Wanted) -> None:
    for draft, request, committed in zip(save.drafts, save.requests, save.committed, strict=True):
        wanted.streams.add(draft.stream)
        if draft.place.subject:
            wanted.subjects.add(draft.place.subject)
            if committed is None:
                wanted.keys.add(draft.place.subject)
        if request:
            wanted.requests.add(request)


def _stands(writer: Writer, save: Save) -> bool:
    """Whether the entries of a save whose commit went unanswered are there: same number, same leaf."""
    last = save.receipts[-1]
    return writer.leaf(last.seq) == last.leaf


def _stale(draft: Draft, found: int, item: str | None = None) -> StaleRecord:
    if item is None:
        sentence = f"{draft.stream} is at version {found}, and this was based on version {draft.expected}"
    else:
        sentence = f"{item} of {draft.stream} no longer holds what this change says it held"
    return StaleRecord(
        sentence,
        "nothing typed is lost: look at what changed and save again",
        stream=draft.stream,
        expected=draft.expected,
        found=found,
        item=item,
    )
