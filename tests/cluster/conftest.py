"""The cluster that the tests share; they run when they are asked for, since they take minutes."""

import os
from collections.abc import Iterator

import pytest
from slurm_machine import Slurm, why_not


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is marked `cluster` unless the mark is asked for."""
    if "cluster" not in config.option.markexpr:
        for item in items:
            if item.get_closest_marker("cluster"):
                item.add_marker(pytest.mark.skip(reason="`make test-cluster` runs it"))


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    """Bring up a Slurm on this machine, and take it down."""
    if reason := why_not():
        pytest.skip(reason)
    cluster = Slurm(tmp_path_factory.mktemp("slurm"))
    os.environ["SLURM_CONF"] = str(cluster.conf)
    try:
        cluster.start()
        yield cluster
    finally:
        del os.environ["SLURM_CONF"]
        cluster.stop()
