"""Marks the messages of verification for the catalogues, where they are written down before a language is known."""


def N_(message: str) -> str:
    """The message itself."""
    return message
