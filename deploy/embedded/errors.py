"""What can go wrong with embedded servers."""


class EmbeddedServerError(RuntimeError):
    """An embedded server can't be had. The message is one line for the operator: what, why, where to look."""
