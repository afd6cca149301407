"""The one exception that the user sees."""


class InputError(Exception):
    """Bad input, said in one line: ``where: what was found; what is allowed``.

    The command line prints it as ``ERROR: …`` and exits with 2, without a traceback. It does not inherit
    from ``ValueError`` because argparse and pydantic catch those and replace the message by one of their own.
    """
