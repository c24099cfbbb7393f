"""What can go wrong. Every error of this package is a `SignalError`."""

from __future__ import annotations


class SignalError(Exception):
    """Signal could not do it. `hint` says what may help, where anything does.

    `retry_at` is the instant (RFC 3339, UTC) from which the same call can succeed, where time is all it takes.
    """

    def __init__(self, message: str, hint: str | None = None, retry_at: str | None = None) -> None:
        super().__init__(message, hint, retry_at)
        self.message = message
        self.hint = hint
        self.retry_at = retry_at

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message} (hint: {self.hint})"


class NotFoundError(SignalError, LookupError):
    """There is no such thing."""


class InvalidError(SignalError, ValueError):
    """A value cannot be used."""


class RefusedError(SignalError):
    """The rules of Signal say no."""


class StoreError(SignalError):
    """The store or the machine failed."""
