"""The error tree.

    SpeedproofError
    ├── UsageError          the user asked for something that cannot be: exit status 2, message as is
    │   └── ProjectError    the project or its interpreter is not usable
    ├── SandboxError        the sandbox could not be set up, or broke: the verdict is `unverifiable`
    ├── ModelError          a model cannot be loaded or reached, refuses, or breaks off: told once, and typing goes on
    └── Cancelled           the user or a newer request stopped this work; never reported as a failure

A function's own misbehaviour (it raises, loops, dies) is never an exception of ours: it is a verdict.
"""


class SpeedproofError(Exception):
    """Base of everything that Speedproof raises on purpose."""


class UsageError(SpeedproofError):
    """Bad input from the user. The message says what is wrong, where, and what to do next."""


class ProjectError(UsageError):
    """The user's project or interpreter cannot be used as it is."""


class SandboxError(SpeedproofError):
    """The sandbox is not available or broke; nothing ran unconfined."""


class ModelError(SpeedproofError):
    """A model gives no answer. The message says which, why, and what to do next; it holds no key and no source text."""


class Cancelled(SpeedproofError):
    """The work was called off."""
