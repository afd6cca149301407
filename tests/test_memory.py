"""What a process keeps of the memory that it frees."""

import subprocess
import sys
import textwrap

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="of glibc alone")
def test_memory_that_is_freed_is_kept() -> None:
    """Blocks of 100 MB, which glibc would fetch page by page each time, find the pages of those before."""
    script = """
        import resource, numpy
        from convoscope.memory import keep_memory

        def faults():
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            numpy.full((100 << 20,), 1, dtype=numpy.uint8)
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

        keep_memory()
        print(*[faults() for _ in range(4)])
    """
    said = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)
    first, *_, last = map(int, said.stdout.split())
    assert last < first / 10
