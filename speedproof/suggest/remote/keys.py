"""A server's key: fetched when it is first needed, kept in memory only, told to nobody but the server."""

import asyncio
import os
import shlex
import time
from asyncio.subprocess import DEVNULL, PIPE

from speedproof.core.errors import ModelError
from speedproof.suggest.remote.options import RemoteOptions

COMMAND_SECONDS = 60.0
"""Time for somebody to unlock a keyring."""
KEPT_SECONDS = 30.0
"""No command is run more often than this, whether it fails or what it says is refused."""


class Key:
    """Belongs to an event loop."""

    def __init__(self, options: RemoteOptions) -> None:
        self._variable = options.key_variable.strip()
        self._command = options.key_command.strip()
        self._fetching: asyncio.Task[str] | None = None
        self._fetched = 0.0
        self._refused = False

    @property
    def is_named(self) -> bool:
        return bool(self._variable or self._command)

    @property
    def source(self) -> str:
        """Where it comes from, in words."""
        if self._variable and (os.environ.get(self._variable) or not self._command):
            return f"the environment variable {self._variable}"
        return f"the command {_program(self._command)}"

    async def get(self) -> str:
        """Empty where none is named. Raises ModelError where the one that is named cannot be had."""
        value = os.environ.get(self._variable, "").strip() if self._variable else ""
        if not value and self._command:
            value = await self._from_command()
        if not value and self.is_named:
            raise ModelError(f"There is no key for the model server: {self.source} is not set where your editor runs.")
        # A character that no header can hold would come up again in the message of whoever finds it there.
        if not (value.isascii() and value.isprintable()):
            raise ModelError(f"What {self.source} holds is no key: there are characters in it that no key has.")
        return value

    def refused(self) -> None:
        """The server did not accept it. What a command says is asked for again, though not at once."""
        self._refused = True

    async def _from_command(self) -> str:
        failed = self._fetching is not None and self._fetching.done() and self._fetching.exception() is not None
        if (failed or self._refused) and time.monotonic() - self._fetched > KEPT_SECONDS:
            self._fetching = None
        if self._fetching is None:
            self._refused, self._fetched = False, time.monotonic()
            self._fetching = asyncio.create_task(_first_line(self._command))
            self._fetching.add_done_callback(lambda task: task.cancelled() or task.exception())
        # The request may be called off while the command waits for somebody to type a passphrase: it goes on.
        return await asyncio.shield(self._fetching)


async def _first_line(command: str) -> str:
    """Of what `command` prints. Its arguments and its other output are never told: they may hold secrets."""
    program = _program(command)
    try:
        words = shlex.split(command)
        process = await asyncio.create_subprocess_exec(*words, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
    except ValueError:
        raise ModelError("`model-key-command` cannot be split into words: a quote is missing.") from None
    except OSError as error:
        raise ModelError(f"`model-key-command` cannot be run: {program}: {error.strerror}.") from None
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        raise ModelError(f"`model-key-command` ({program}) gave no key within {COMMAND_SECONDS:g} s.") from None
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise ModelError(f"`model-key-command` ({program}) failed with status {process.returncode}.")
    line = output.decode("utf-8", "replace").partition("\n")[0].strip()
    if not line:
        raise ModelError(f"`model-key-command` ({program}) printed no key.")
    return line


def _program(command: str) -> str:
    return command.split(maxsplit=1)[0] if command else ""
