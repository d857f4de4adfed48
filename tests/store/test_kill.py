"""kill -9 at a random moment while two people save: nothing that was acknowledged is lost, and verify is clean.

`TRIALKIT_KILLS=150` runs it 150 times per engine. On PostgreSQL every other kill hits the server's own process, which
then recovers from its log, instead of the program that saves.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from itertools import count
from random import Random

from tests.fixtures_store import PASSPHRASE, Made, MakeStore
from tests.store.drafts import save
from trialkit.errors import StoreRefused
from trialkit.ledger.entry import Place
from trialkit.ledger.keys import KeyFolder
from trialkit.store.database import Store, open_store
from trialkit.store.postgres import PostgresEngine

KILLS = int(os.environ.get("TRIALKIT_KILLS", "15"))
Acknowledged = tuple[str, int, str]


def two_savers(made: Made, run: int, pipe: int) -> None:
    """In a process of its own: save and say so, for ever; sign now and then."""
    keys = KeyFolder.open(made.keys.path, PASSPHRASE)
    store = open_store(made.url, keys, clock=made.clock)

    def saves(name: str) -> None:
        for number in count():
            place = Place("01", f"01-{name}", "V1", 1, "VS", run * 100_000 + number + 1)
            with suppress(StoreRefused):  # a server that was killed: this one was not acknowledged
                [receipt] = store.append(
                    [save({"PULSE": "61", "TEMP": "36.6"}, place=place)], request=f"{name}{run}-{number}"
                )
                os.write(pipe, f"{name}{run}-{number} {receipt.seq} {receipt.leaf.hex()}\n".encode())
            if number % 20 == 19:
                with suppress(StoreRefused):
                    store.checkpoint()

    threading.Thread(target=saves, args=("ana",), daemon=True).start()
    saves("ito")


def killed_at_random(made: Made, run: int, random: Random) -> list[Acknowledged]:
    """Start two savers, kill, and give what they had acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            two_savers(made, run, writing)
        finally:
            os._exit(1)
    os.close(writing)
    try:
        first = os.read(reading, 4096)
        time.sleep(random.uniform(0.01, 0.15))
        if made.store.engine.name == "postgresql" and run % 2:
            assert kill_a_backend(made)
            time.sleep(random.uniform(0.01, 0.15))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        said = first
        while more := os.read(reading, 65536):
            said += more
    finally:
        os.close(reading)
    lines = said.decode().split("\n")[:-1]
    return [(request, int(seq), leaf) for request, seq, leaf in map(str.split, lines)]


def kill_a_backend(made: Made) -> bool:
    """SIGKILL to a server process that works for the child: the whole server goes down and recovers from its log."""
    engine = made.store.engine
    assert isinstance(engine, PostgresEngine)
    engine.close()  # then all connections to this schema but the one that asks are the child's
    with engine.reading() as session:
        found = session.all(
            "SELECT pid FROM pg_stat_activity WHERE application_name = ? AND pid <> pg_backend_pid() "
            "ORDER BY query_start DESC LIMIT 1",
            engine.application,
        )
    for (pid,) in found:
        os.kill(pid, signal.SIGKILL)
    return bool(found)


def lost(store: Store, acknowledged: list[Acknowledged]) -> list[Acknowledged]:
    """What was acknowledged and is not there, byte for byte."""
    leaves = [leaf.hex() for leaf in store.leaves()]
    return [ack for ack in acknowledged if ack[1] >= len(leaves) or leaves[ack[1]] != ack[2]]


def reopened(made: Made) -> Store:
    """The store after the crash; a recovering server is waited for."""
    for _ in range(200):
        try:
            return made.open()
        except StoreRefused:
            if made.store.engine.name == "sqlite":
                raise
            time.sleep(0.05)
    raise AssertionError("the server did not come back")


def test_no_acknowledged_save_is_lost_to_kill_9(make_store: MakeStore) -> None:
    """Shows 6: `kill -9` at random moments with two writers."""
    made = make_store()
    random = Random(300)
    acknowledged: list[Acknowledged] = []
    for run in range(KILLS):
        acknowledged += killed_at_random(made, run, random)
        store = reopened(made)
        assert lost(store, acknowledged) == []
        store.verify()
        assert store.opened.size >= len(acknowledged)
        store.engine.close()
    assert len(acknowledged) > 3 * KILLS
    with reopened(made) as store:
        # control: an acknowledgement of something that was never written is noticed
        forged = ("nobody-1", acknowledged[-1][1], "00" * 32)
        assert lost(store, [*acknowledged, forged]) == [forged]


def test_a_save_whose_answer_was_lost_is_written_once(made: Made) -> None:
    """The screen does not know whether its save arrived, and sends it again after the restart."""
    [first] = made.store.append([save({"PULSE": "61"})], request="save-9")
    made.store.engine.close()
    with reopened(made) as store:
        [again] = store.append([save({"PULSE": "61"})], request="save-9")
        assert again == first
        assert store.receipts("save-9") == [first]


def test_the_next_start_says_what_it_found(made: Made) -> None:
    made.store.append([save({"PULSE": "61"})])
    made.store.engine.close()  # as a crash would leave it: not signed
    store = made.open()
    assert "1 entries after the last checkpoint" in str(store.opened)
    store.close()
    assert "after the last checkpoint" not in str(made.open().opened)
