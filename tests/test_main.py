import errno
import inspect
import os
import signal
import subprocess
import sys
import typing
from pathlib import Path
from typing import Literal

import pytest

from convoscope import __main__ as command_line
from convoscope import __version__
from convoscope.__main__ import explain, load_verb, main
from convoscope.config import Reference
from convoscope.config.base import Seed
from convoscope.errors import InputError
from convoscope.options import Input, build_parser, describe_options, is_input, read_options, refuse_shared_paths
from convoscope.verbs import FORMER, GROUPS, OTHERS, VERBS, grouped, outline, overview, summary

ROOT = Path(__file__).parents[1]


def step(*, source: Path, many: list[Path], spec: Reference, fold_name: str = "x", count: int = 3, rate: float = 0.5,
         fast: bool = False, extra: Path | None = None, more: list[str] | None = None,
         kind: Literal["long", "short"] = "long", kinds: list[Literal["old", "new"]] | None = None,
         ) -> None:  # fmt: skip
    """Do something.

    Parameters are not part of the help's first line.

    Parameters
    ----------
    source, extra
        Where it comes from:
        50 % of it.
    rate
        Of it.

    Raises
    ------
    InputError
        Always.
    """


def parse(*arguments):
    return vars(build_parser("step", step).parse_args(arguments))


REQUIRED = ("--source", "a", "--many", "b", "c", "--spec", '{"mirrors": ["x"]}')


@pytest.fixture
def verb(monkeypatch):
    """Put a function in the place of the verb download."""

    def put(function):
        monkeypatch.setattr(command_line, "outline", lambda name: function)
        monkeypatch.setattr(command_line, "load_verb", lambda name: function)

    return put


def test_signature_is_the_command_line():
    found = parse(*REQUIRED)
    assert found == {
        "source": Path("a"), "many": [Path("b"), Path("c")], "spec": Reference(mirrors=["x"]), "fold_name": "x",
        "count": 3, "rate": 0.5, "fast": False, "extra": None, "more": None, "kind": "long",
        "kinds": None,
    }  # fmt: skip


def test_help_is_what_the_docstring_says():
    assert describe_options(inspect.getdoc(step)) == {
        "source": "Where it comes from: 50 % of it.", "extra": "Where it comes from: 50 % of it.", "rate": "Of it.",
    }  # fmt: skip
    assert describe_options("Do something.") == {}
    shown = " ".join(build_parser("step", step).format_help().split())
    assert "--source SOURCE Where it comes from: 50 % of it. --many" in shown
    assert "--rate RATE Of it. (default: 0.5)" in shown and "--count COUNT (default: 3)" in shown
    assert "--spec JSON Section of the configuration" in shown
    assert "--kind {long,short} (default: long)" in shown


def test_options_are_read_as_annotated():
    words = ("--fold-name", "y", "--count", "4", "--rate", "1e-3", "--fast", "--extra", "file://e", "--more")
    found = parse(*REQUIRED, *words, "--kind", "short")
    assert [found[key] for key in ("fold_name", "count", "rate", "fast", "extra", "more", "kind")] == [
        "y", 4, 0.001, True, Path("e"), [], "short",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (REQUIRED[2:], "required: --source"),
        ((*REQUIRED, "--count", "four"), "invalid int value: 'four'"),
        ((*REQUIRED, "--zzz", "a"), "unrecognized arguments: --zzz"),
        (
            ("--source", "https://a.org/b", *REQUIRED[2:]),
            "https://a.org/b: an address; fetch it with the verb download",
        ),
    ],
)
def test_wrong_options_are_refused_in_one_line(arguments, said):
    with pytest.raises(InputError, match=f"convoscope step: .*{said}.*; --help lists the options") as caught:
        parse(*arguments)
    assert "\n" not in str(caught.value)


def test_the_most_similar_option_is_proposed():
    with pytest.raises(InputError, match=r"unrecognized arguments: --sour; did you mean --source\?$"):
        parse(*REQUIRED, "--sour", "a")


def test_a_misspelt_option_is_said_rather_than_the_missing_one():
    with pytest.raises(InputError, match=r"unrecognized arguments: --sorce; did you mean --source\?$"):
        parse("--sorce=a", *REQUIRED[2:])


def test_one_file_for_two_options_is_refused():
    refuse_shared_paths({"many": [Path("a"), Path("a")], "source": Path("b"), "count": 3, "extra": None})
    with pytest.raises(InputError, match="--many and --out-file: both are a; give each a file of its own"):
        refuse_shared_paths({"many": [Path("b"), Path("a")], "out_file": Path("a")})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"mirors": ["x"]}', r"--spec: mirors: unknown key; did you mean mirrors\?"),
        ('{"mirrors": "x"}', r"--spec: mirrors: should be a list, such as \[value\]; found 'x'"),
        ("{}", "--spec: give either mirrors or simulate"),
        ("{", "--spec: Invalid JSON"),
    ],
)
def test_wrong_section_is_one_line_with_its_key(text, said):
    with pytest.raises(InputError, match=said):
        parse(*REQUIRED[:-1], text)


def test_a_word_that_is_no_choice_is_refused():
    with pytest.raises(InputError, match=r"^--kind: 'wide'; one of long, short$"):
        parse(*REQUIRED, "--kind", "wide")
    assert parse(*REQUIRED, "--kinds", "new", "old")["kinds"] == ["new", "old"]
    with pytest.raises(InputError, match=r"^--kinds: 'wide'; one of old, new$"):
        parse(*REQUIRED, "--kinds", "new", "wide")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_bare_call_lists_the_verbs(capsys, arguments):
    assert main(arguments) == 0
    assert capsys.readouterr().out == overview() + "\n"


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"convoscope {__version__}\n"


def test_every_verb_stands_in_one_group_with_one_line():
    assert sorted(verb for verbs in grouped().values() for verb in verbs) == VERBS
    assert (
        [*grouped()]
        == [*GROUPS, OTHERS]
        == [
            "plan a run, and check it",
            "use a trained network",
            "train",
            "steps of the workflow",
        ]
    )
    lines = overview().splitlines()
    assert max(map(len, lines)) <= 110
    lines = [line for line in lines if line.startswith("  ")]  # without the headings
    for verb in VERBS:
        assert summary(verb).endswith(".")
        assert [line.split()[1:] for line in lines if line.split()[:1] == [verb]] == [summary(verb).split()]


def test_help_of_a_verb_opens_with_its_sentence(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["download", "--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert "Fetch one file, as it is, from an address or a local path." in shown
    assert "Parameters" not in shown


@pytest.mark.parametrize("name", VERBS)
def test_outlines_have_the_command_line_of_their_verbs(name):
    helps = [build_parser(name, step).format_help() for step in (outline(name), load_verb(name))]
    assert helps[0] == helps[1]
    assert f"convoscope {name}" in helps[0]


@pytest.mark.parametrize("name", VERBS)
def test_every_option_has_help_which_says_what_is_written(name):
    """A path is read, and then of the type `Input`, or its help says that it is written."""
    step = outline(name)
    hints = typing.get_type_hints(step, include_extras=True)
    for option in build_parser(name, step)._actions:
        assert option.help, f"{name} --{option.dest}"
        if "Path" in str(hints.get(option.dest)):
            assert is_input(hints[option.dest]) != (" write" in option.help), f"{name} --{option.dest}: {option.help}"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("predict-bd", "did you mean predict-bed?"),
        ("draw-maps", "did you mean draw --item?"),
        ("fly", "--help lists the verbs"),
    ],
)
def test_unknown_verb_is_refused(refuse, name, said):
    assert refuse(name) == f"ERROR: verb: {name!r}; {said}"


@pytest.mark.parametrize(("former", "verb"), FORMER.items())
def test_a_former_name_is_understood_and_said(refuse, caplog, former, verb):
    assert former not in VERBS and verb in VERBS
    assert refuse(former, "--no-such-option").startswith(f"ERROR: convoscope {verb}: ")
    assert caplog.messages[0] == f"verb {former} is now called {verb}; the former name ends with the next release"


def reading(*, one: Input, many: list[Input], other: Input | None = None, out_file: Path) -> None:
    """Read and write."""


def test_only_what_is_read_has_to_be_there(tmp_path):
    there, gone = tmp_path / "there", tmp_path / "gone"
    there.touch()
    words = ["--one", there, "--many", tmp_path, "--out-file", tmp_path / "new"]
    assert read_options("step", reading, list(map(str, words)))["other"] is None
    for option in ("--one", "--other", "--many"):
        with pytest.raises(InputError, match=f"^{option}: {gone}: no such file or folder; give an existing one$"):
            read_options("step", reading, [*map(str, words), option, str(gone)])


def test_missing_files_are_refused_before_torch_is_imported(tmp_path):
    code = (
        "import sys; from convoscope.__main__ import main; assert main(sys.argv[1:]) == 2;"
        "assert 'torch' not in sys.modules"
    )
    words = ["predict-fasta", "--models", tmp_path / "gone.safetensors", "--fasta", ROOT / "README.md"]
    words += ["--predictions", tmp_path / "p.tsv", "--dropped", tmp_path / "d.tsv"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "lib")}
    done = subprocess.run([sys.executable, "-c", code, *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 0
    missing = f"--models: {tmp_path / 'gone.safetensors'}: no such file or folder"
    assert done.stderr == f"ERROR: {missing}; give an existing one\n"
    assert not list(tmp_path.iterdir())


def test_input_error_is_one_line_without_a_traceback(verb, capsys):
    def fails() -> None:
        raise InputError("here: this; that")

    verb(fails)
    assert main(["download"]) == 2
    assert capsys.readouterr().err == "ERROR: here: this; that\n"


def test_full_disk_is_one_line(verb, refuse, tmp_path):
    def fails() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path))

    verb(fails)
    assert refuse("download") == f"ERROR: {tmp_path}: No space left on device; free some space and run again"


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (MemoryError(), "not enough"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes"), "DefaultCPUAllocator: can't allocate"),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory.\nTried"), "CUDA out of memory. Tried"),
    ],
)
def test_too_little_memory_is_one_line(verb, refuse, error, found):
    def fails() -> None:
        raise error

    verb(fails)
    line = refuse("download")
    assert line.startswith(f"ERROR: memory: {found}")
    assert line.endswith("; use a smaller model, window or batch, or more memory")


def test_interruption_is_no_traceback(verb, capsys):
    def fails() -> None:
        raise KeyboardInterrupt

    verb(fails)
    assert main(["download"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_programming_errors_keep_their_traceback(verb):
    def fails() -> None:
        raise ValueError("a defect")

    verb(fails)
    with pytest.raises(ValueError, match="a defect"):
        main(["download"])


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/a"), "/a: Permission denied"),
        (OSError("no code"), "file system: no code"),
        (OSError(errno.ENOSPC, "full"), "file system: full; free some space and run again"),
    ],
)
def test_explain(error, line):
    assert explain(error) == line


def test_end_by_signal_is_quiet_about_what_was_half_made(tmp_path):
    code = (
        "import os, runpy, signal, sys\n"
        "from convoscope.download import fetch\n"
        "class Half:\n"
        "    def __init__(self, *_): os.kill(os.getpid(), signal.SIGTERM)\n"
        "    def __del__(self): self.missing\n"
        "fetch._progress = Half\n"
        "runpy.run_module('convoscope', run_name='__main__')"
    )
    (tmp_path / "a").write_text("a")
    command = [sys.executable, "-c", code, "download", "--url", str(tmp_path / "a"), "--file", str(tmp_path / "b")]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "lib")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")
    assert not (tmp_path / "b").exists()


def test_end_by_signal_leaves_nothing(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    command = [sys.executable, "-m", "convoscope", "reference", "--spec", '{"mirrors": ["%s"]}' % (tmp_path / "pipe")]
    outputs = ["fasta", "sizes", "gaps", "provenance"]
    command += [part for name in outputs for part in (f"--{name}", str(tmp_path / "out" / name))]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "lib")}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    with process, open(tmp_path / "pipe", "w") as pipe:  # returns when the step has opened its end
        pipe.write(">a\nAC")
        pipe.flush()
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=20)[1]
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not [path for path in (tmp_path / "out").iterdir() if not path.name.startswith(".partial-")]


def test_a_signal_while_an_object_is_removed_is_not_lost():
    code = """
import os, signal, time
from convoscope.__main__ import obey_signals
class Removed:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
obey_signals()
try:
    Removed()
    time.sleep(20)
except KeyboardInterrupt:
    print("ended")
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "lib")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("ended\n", "")


def test_a_log_on_a_full_disk_does_not_swallow_the_error():
    command = [sys.executable, "-m", "convoscope", "download", "--url", "gone", "--file", "x"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "lib")}
    with open("/dev/full", "w") as log:
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    assert done.returncode == 2
    assert done.stdout.startswith("ERROR: x: gone: no such file")


def test_a_seed_of_the_command_line_is_one_of_the_configuration():
    def step(*, seed: Seed) -> None:
        """Do nothing."""

    assert read_options("step", step, ["--seed", str(2**32 - 1)]) == {"seed": 2**32 - 1}
    for seed in ("-1", str(2**32)):
        with pytest.raises(InputError, match=r"^--seed: Input should be .* than or equal to"):
            read_options("step", step, [f"--seed={seed}"])
