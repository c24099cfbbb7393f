"""What can go wrong. Every error of this package is a `SignalError`."""

from __future__ import annotations


class SignalError(Exception):
    """Signal could not do it. `hint` says what may help, where anything does."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

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
