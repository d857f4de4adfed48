"""The key folder: every secret of a store, outside the database, encrypted at rest under one passphrase.

It holds the log key (Ed25519; older ones stay beside it), the application key of the tags, the key-encryption key that
wraps the subjects' data keys, and the unblinding key in a file of its own, which a blinded process does not have.
This module alone imports `cryptography`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from trialkit.errors import Broken, KeysMissing, WrongFile, WrongValue
from trialkit.ledger import canonical, durable
from trialkit.ledger.vkey import make_vkey, parse_vkey

NONCE = 12
_WORK = 2**15  # scrypt n; with r=8, p=1 about 0.1 s and 32 MB a guess


class Box:
    """AES-256-GCM under one key; a box is 12 bytes of nonce, ciphertext, tag. Make it once per key and keep it."""

    __slots__ = ("_aes",)

    def __init__(self, key: bytes) -> None:
        self._aes = AESGCM(key)

    def seal(self, plaintext: bytes, aad: bytes, nonce: bytes) -> bytes:
        """The box of a plaintext, bound to `aad`. A nonce is 12 random bytes, never used twice."""
        return nonce + self._aes.encrypt(nonce, plaintext, aad)

    def open(self, box: bytes, aad: bytes) -> bytes:
        """The plaintext. Raises Broken when key, box or aad is not the one it was sealed with."""
        try:
            return self._aes.decrypt(box[:NONCE], box[NONCE:], aad)
        except (InvalidTag, ValueError) as error:
            raise Broken(
                "a sealed value does not open",
                "it was altered, moved from another entry, or sealed with another key",
                table="disclosure",
                field="lines",
            ) from error


def signature_valid(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature over the message is by this public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class LogKey:
    """A private log key with its verifier key (vkey)."""

    def __init__(self, seed: bytes, name: str) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.vkey = make_vkey(name, self._private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature (deterministic, 64 bytes)."""
        return self._private.sign(message)


@dataclass(frozen=True, slots=True)
class Held:
    """A verifier key and the checkpoint size from which it holds; None: made, not yet in force."""

    since: int | None
    vkey: str


class KeyFolder:
    """An open key folder. Make one with `create` or `open`; what it does not hold raises KeysMissing when asked for."""

    def __init__(self, path: Path, master: Box, random: Callable[[int], bytes]) -> None:
        self.path = path
        self._master = master
        self._random = random
        self._wrapping: dict[str, tuple[tuple[int, ...], Box]] = {}

    @classmethod
    def create(
        cls,
        path: Path | str,
        passphrase: str,
        origin: str,
        *,
        random: Callable[[int], bytes] = os.urandom,
        work: int = _WORK,
    ) -> KeyFolder:
        """Make a new folder (0700, files 0600) with fresh keys. `origin` names the log, for example `trial.example/T1`.

        `work` is scrypt's n, a power of two. Raises WrongFile where something already stands, WrongValue for an empty
        passphrase or an origin with spaces or a plus sign.
        """
        folder = Path(path)
        if not passphrase:
            raise WrongValue("the passphrase is empty", "the keys are encrypted under it: choose one and keep it safe")
        if folder.exists() and any(folder.iterdir()):
            raise WrongFile(f"{folder} is not empty", "keys are never written over; name a new folder")
        first = LogKey(random(32), origin)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        salt = random(16)
        keys = cls(folder, Box(_derive(passphrase, salt, work)), random)
        for name in ("app", "kek", "unblinding"):
            keys._keep(name, random(32))
        seed = first._private.private_bytes_raw()
        keys._keep("log-1", seed)
        keys._write_held([Held(0, first.vkey)])
        durable.write(folder / "signer.json", canonical.dumps({"frontier": [], "origin": origin, "size": 0, "v": 1}))
        check = base64.b64encode(keys._master.seal(b"trialkit", b"folder", random(NONCE))).decode()
        about = {"v": 1, "kdf": "scrypt", "n": work, "salt": base64.b64encode(salt).decode(), "check": check}
        durable.write(folder / "folder.json", canonical.dumps(about))
        return keys

    @classmethod
    def open(cls, path: Path | str, passphrase: str, *, random: Callable[[int], bytes] = os.urandom) -> KeyFolder:
        """Open a folder. Raises KeysMissing when there is none or the passphrase does not open it."""
        folder = Path(path)
        try:
            about = canonical.loads_object((folder / "folder.json").read_bytes())
            salt = base64.b64decode(cast(str, about["salt"]), validate=True)
            check = base64.b64decode(cast(str, about["check"]), validate=True)
            work = cast(int, about["n"])
        except OSError as error:
            raise KeysMissing(
                f"there is no key folder at {folder}", "trialkit init makes one; or name yours"
            ) from error
        except (WrongFile, KeyError, TypeError, binascii.Error) as error:
            raise KeysMissing(f"{folder}/folder.json is damaged", "restore the key folder from its backup") from error
        if type(work) is not int or not 2 <= work <= 2**20 or work & (work - 1):
            raise KeysMissing(f"{folder}/folder.json is damaged", "restore the key folder from its backup")
        keys = cls(folder, Box(_derive(passphrase, salt, work)), random)
        try:
            keys._master.open(check, b"folder")
        except Broken as error:
            raise KeysMissing(
                f"the passphrase does not open the keys in {folder}", "check TRIALKIT_PASSPHRASE or type it again"
            ) from error
        return keys

    @cached_property
    def app_key(self) -> bytes:
        """The key of the tags (32 bytes)."""
        return self._kept("app")

    @cached_property
    def unblinding(self) -> Box | None:
        """The box for unblinded values; None where its file is absent (a blinded process)."""
        return Box(self._kept("unblinding")) if (self.path / "unblinding.key").exists() else None

    @cached_property
    def desk(self) -> Box:
        """The box for what is typed and not yet saved: derived from the application key, for this machine's use."""
        return Box(hmac.digest(self.app_key, b"trialkit desk", "sha256"))

    @cached_property
    def codes(self) -> Box:
        """The box for the secrets of second factors: derived from the application key."""
        return Box(hmac.digest(self.app_key, b"trialkit codes", "sha256"))

    def wrap(self, subject: str, data_key: bytes) -> bytes:
        """A subject's data key, encrypted for keeping in the database; bound to that subject.

        Under the store's lock only: a key-encryption key that another process rotated is noticed here.
        """
        return self._kek("kek").seal(data_key, b"subject/" + subject.encode(), self._random(NONCE))

    def unwrap(self, subject: str, wrapped: bytes) -> bytes:
        """The data key of `wrap`. Raises Broken when it is another subject's or altered.

        While a rotation is under way, or was interrupted, both key-encryption keys are tried.
        """
        bound = b"subject/" + subject.encode()
        try:
            return self._kek("kek").open(wrapped, bound)
        except Broken:
            try:
                return self._kek("kek-next").open(wrapped, bound)
            except KeysMissing:
                return self._kek("kek").open(wrapped, bound)  # a rotation may have ended between the two looks

    def kek_waits(self) -> bool:
        """Whether a key of `rotate_kek` is neither in force nor given up."""
        return (self.path / "kek-next.key").exists()

    def opens_with_next(self, subject: str, wrapped: bytes) -> bool:
        """Whether the waiting key-encryption key opens this wrap."""
        try:
            self._kek("kek-next").open(wrapped, b"subject/" + subject.encode())
        except Broken:
            return False
        return True

    def rotate_kek(self, wrapped: dict[str, bytes]) -> dict[str, bytes]:
        """A new key-encryption key; gives every subject's data key wrapped anew. No ciphertext and no leaf changes.

        A key already waiting is used again, never written over: wraps may hang on it. Call `settle_kek` once every
        wrap in the store is a new one: until then both keys are on disk.
        """
        data_keys = {subject: self.unwrap(subject, box) for subject, box in wrapped.items()}
        if not self.kek_waits():
            self._keep("kek-next", self._random(32))
        fresh = self._kek("kek-next")
        return {s: fresh.seal(key, b"subject/" + s.encode(), self._random(NONCE)) for s, key in data_keys.items()}

    def settle_kek(self) -> None:
        """Put the key of `rotate_kek` in force and destroy the old one; under the store's lock, all wraps being new."""
        self._keep("kek", self._kept("kek-next"))
        self.discard_kek()

    def discard_kek(self) -> None:
        """Give up the key of `rotate_kek`: nothing is wrapped with it."""
        (self.path / "kek-next.key").unlink()
        durable.flush_folder(self.path)

    def _kek(self, name: str) -> Box:
        """A key-encryption key, read anew whenever its file is another: several processes share the folder."""
        try:
            about = (self.path / f"{name}.key").stat()
        except OSError:
            self._wrapping.pop(name, None)
            return Box(self._kept(name))  # says what is missing
        stamp = (about.st_ino, about.st_mtime_ns, about.st_ctime_ns, about.st_size)
        held = self._wrapping.get(name)
        if held is None or held[0] != stamp:
            held = self._wrapping[name] = (stamp, Box(self._kept(name)))
        return held[1]

    @property
    def held(self) -> list[Held]:
        """All verifier keys, oldest first."""
        try:
            lines = (self.path / "vkeys").read_text(encoding="ascii").splitlines()
            pairs = [line.split(" ", 1) for line in lines]
            held = [Held(None if since == "next" else int(since), parse_vkey(vkey).text) for since, vkey in pairs]
            if not any(key.since is not None for key in held):
                raise ValueError("no key in force")
            return held
        except (OSError, ValueError, WrongValue) as error:
            raise KeysMissing(f"{self.path}/vkeys is missing or damaged", "restore the key folder") from error

    @property
    def vkey(self) -> str:
        """The verifier key in force: what auditors are given (21 CFR 11.10(b)), kept in the trial master file."""
        return [key.vkey for key in self.held if key.since is not None][-1]

    @property
    def origin(self) -> str:
        """The name of the log that is being written."""
        return parse_vkey(self.vkey).name

    @property
    def log_key(self) -> LogKey:
        """The log key in force. Raises KeysMissing in a process that does not sign."""
        return self._log_key(self.vkey)

    @property
    def all_log_keys(self) -> list[LogKey]:
        """Every log key that is or was in force, oldest first: all of them sign the first checkpoint after a loss."""
        return [self._log_key(key.vkey) for key in self.held if key.since is not None]

    @property
    def next_log_key(self) -> LogKey | None:
        """The log key made by `rotate` that no checkpoint has been signed with yet."""
        waiting = [key.vkey for key in self.held if key.since is None]
        return self._log_key(waiting[0]) if waiting else None

    def rotate(self, origin: str | None = None) -> str:
        """Make a new log key and give its vkey; it is in force from the checkpoint that covers the entry naming it.

        A key already waiting is given again. `origin`: the new log's name, only after a declared loss.
        """
        held = self.held
        if held[-1].since is None:
            if parse_vkey(held[-1].vkey).name == (origin or self.origin):
                return held[-1].vkey
            held = held[:-1]
        seed = self._random(32)
        fresh = LogKey(seed, origin or self.origin)
        self._keep(f"log-{len(held) + 1}", seed)
        self._write_held([*held, Held(None, fresh.vkey)])
        return fresh.vkey

    def promote(self, vkey: str, size: int) -> None:
        """Put the waiting log key in force from that checkpoint size. The signer calls it; repeating is harmless."""
        held = self.held
        if held[-1] == Held(None, vkey):
            self._write_held([*held[:-1], Held(size, vkey)])

    def _log_key(self, vkey: str) -> LogKey:
        numbers = [number for number, key in enumerate(self.held, start=1) if key.vkey == vkey]
        key = LogKey(self._kept(f"log-{numbers[-1]}"), parse_vkey(vkey).name)
        if key.vkey != vkey:
            raise KeysMissing(f"log-{numbers[-1]}.key is not the key of {vkey}", "restore the key folder")
        return key

    def _write_held(self, held: list[Held]) -> None:
        lines = [f"{'next' if key.since is None else key.since} {key.vkey}\n" for key in held]
        durable.write(self.path / "vkeys", "".join(lines).encode("ascii"))

    def _keep(self, name: str, secret: bytes) -> None:
        durable.write(self.path / f"{name}.key", self._master.seal(secret, name.encode(), self._random(NONCE)))

    def _kept(self, name: str) -> bytes:
        path = self.path / f"{name}.key"
        try:
            return self._master.open(path.read_bytes(), name.encode())
        except OSError as error:
            raise KeysMissing(
                f"{path} is not there", "this act needs it: run it where the whole key folder is"
            ) from error
        except Broken as error:
            raise KeysMissing(f"{path} is damaged", "restore the key folder from its backup") from error


def _derive(passphrase: str, salt: bytes, work: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=work, r=8, p=1).derive(passphrase.encode())
