"""``convoscope <verb>``: every verb is a function of ``steps``, its signature is its command line."""

import difflib
import errno
import gc
import importlib
import logging
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType

from convoscope import __version__
from convoscope.download.addresses import redacted_text
from convoscope.errors import ERROR, MAY_PASS, MEMORY, InputError, error_lines
from convoscope.options import read_options
from convoscope.verbs import FORMER, VERBS, outline, overview

AGAIN = 0.05  # seconds after which a lost interrupt comes again
# What to do about errors of the system: those of networks, shared file systems and crowded machines come and go.
HINTS = {errno.ENOSPC: "; free some space and run again", errno.EDQUOT: "; free some space and run again"}
HINTS |= dict.fromkeys((errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.EBUSY, errno.ENOMEM), MAY_PASS)


def load_verb(name: str) -> Callable[..., None]:
    """Import ``steps/<verb>.py`` and return the function of the same name; only this verb's libraries are loaded.

    What libraries make of themselves stays to the end: to look for garbage in it takes an eighth of their import, and
    again whenever the verb has made as many objects.
    """
    function = name.replace("-", "_")
    gc.disable()
    try:
        return getattr(importlib.import_module(f"convoscope.steps.{function}"), function)
    finally:
        gc.freeze()
        gc.enable()


def find_verb(name: str) -> str:
    """Return the verb of a name, which may be its former one; refuse others, and propose the most similar verb."""
    if name in FORMER:
        logging.warning("verb %s is now called %s; the former name ends with the next release", name, FORMER[name])
        return FORMER[name]
    if name in VERBS:
        return name
    close = ["draw --item"] if name.startswith("draw-") else difflib.get_close_matches(name, VERBS, 1)
    raise InputError(f"verb: {name!r}; " + (f"did you mean {close[0]}?" if close else "--help lists the verbs"))


def explain(error: OSError | MemoryError | RuntimeError) -> str:
    """Say in one line what the system refused."""
    if not isinstance(error, OSError):
        found = " ".join(str(error).split())[:160] or "not enough"
        return f"{MEMORY}{found}; use a smaller model, window or batch, or more memory"
    return f"{error.filename or 'file system'}: {error.strerror or error}{HINTS.get(error.errno or 0, '')}"


def out_of_memory(error: MemoryError | RuntimeError) -> bool:
    """Tell whether the machine or its GPU has too little memory; torch's error is known by name, to not import it."""
    typed = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return typed or "can't allocate memory" in str(error)


class SafeFormatter(logging.Formatter):
    """Lines of a log, with the addresses in them redacted: those of libraries too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return redacted_text(super().format(record))


def say(text: str) -> None:
    """Print to stderr, or to stdout where stderr is a log on a full disk, with the addresses in it redacted."""
    try:
        print(redacted_text(text), file=sys.stderr, flush=True)
    except OSError:
        print(redacted_text(text), flush=True)


def say_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an exception that nothing caught as Python does, with the addresses in it redacted."""
    say("".join(traceback.format_exception(kind, error, trace)).rstrip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code: 0, 2 with one line on stderr for bad input, 130 when interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help", "--version"):
        print(f"convoscope {__version__}" if given == ["--version"] else overview())
        return 0
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SafeFormatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    try:
        verb = find_verb(given[0])
        options = read_options(verb, outline(verb), given[1:])
        load_verb(verb)(**options)
    except InputError as error:
        say(error_lines(error))
        return 2
    except OSError as error:
        say(f"{ERROR}{explain(error)}")
        return 2
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        say(f"{ERROR}{explain(error)}")
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def end(number: int, frame: FrameType | None) -> None:
    """Clean up after SIGTERM, with which Snakemake and Slurm end a job, as after Ctrl-C, instead of dying at once."""
    sys.unraisablehook = end_again
    raise KeyboardInterrupt


def end_again(unraised: "sys.UnraisableHookArgs") -> None:
    """Interrupt once more where Python dropped the interrupt, as it does while an object is being removed.

    All else that such an object complains of, because it was half made, the user need not see.
    """
    if issubclass(unraised.exc_type, KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, AGAIN)


def obey_signals() -> None:
    """End by `end`."""
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, end)


if __name__ == "__main__":
    obey_signals()
    sys.excepthook = say_exception
    sys.exit(main())
