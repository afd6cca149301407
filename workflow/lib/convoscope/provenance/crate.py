"""The manifest of a run as a Workflow Run RO-Crate 0.5: inputs, configuration, versions, commands, every output.

The profile is https://w3id.org/ro/wfrun/workflow/0.5, on RO-Crate 1.1.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from convoscope.files import digest
from convoscope.provenance.files import sums
from convoscope.provenance.places import Places
from convoscope.tables import header_of, read_table

WORKFLOW = "workflow.smk"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
CONTEXT = "https://w3id.org/ro/terms/workflow-run/context"


def build(folder: Path, run: Mapping[str, Any], working: Path) -> dict[str, Any]:
    """Return the manifest of a folder of results.

    Parameters
    ----------
    folder
        The results, complete.
    run
        What Snakemake knows of the run, as `convoscope.rules.run_record` writes it.
    working
        The directory that the run was started in.
    """
    places = Places(working, [one["path"] for one in run["inputs"]])
    return _Crate(folder, run, places, working).filled()


class _Crate:
    """A manifest that is being filled."""

    def __init__(self, folder: Path, run: Mapping[str, Any], places: Places, working: Path) -> None:
        self.folder, self.run, self.places, self.working = folder, run, places, working
        self.crate = ROCrate(version="1.1")
        self.crate.metadata.extra_contexts.append(CONTEXT)
        self.files: dict[str, Entity] = {}

    def filled(self) -> dict[str, Any]:
        """Fill it and return it as JSON types."""
        self._describe_root()
        for path, sha256 in sums(self.folder).items():
            self.files[path] = self._file(path, sha256)
        given = self._inputs()
        values = [self._value("configuration", json.dumps(self.places.content(self.run["configuration"])))]
        values += [self._value(f"seeds of {name}", ", ".join(map(str, seeds))) for name, seeds in self._seeds()]
        values += [self._value(f"device of {path}", device) for path, device in self._devices()]
        software = self._software()
        action = self._action("#run", "Run of the workflow", self.crate.mainEntity, self.run["jobs"])
        action["object"] = [*given.values(), *values]
        action["result"] = list(self.files.values())
        actions = [action]
        for number, job in enumerate(self.run["jobs"], 1):
            actions.append(self._job(number, job, software, given))
        self.crate.root_dataset["mentions"] = actions
        return self.crate.metadata.generate()

    def _describe_root(self) -> None:
        """Say what the folder is, by which profiles, and with which workflow it was made."""
        profiles = [
            self._entity(address, "CreativeWork", name=name, version=version)
            for address, (name, version) in PROFILES.items()
        ]
        root = self.crate.root_dataset
        root["name"] = "Results of Convoscope"
        root["description"] = f"Networks, predictions and report in the folder {self.places.text(self.run['results'])}"
        root["license"] = "not stated; that of the data holds"
        root["conformsTo"] = profiles
        root["datePublished"] = _time(max((job["ended"] or 0 for job in self.run["jobs"]), default=0))
        properties = {"name": "Convoscope", "version": self._version()}
        versions = self.run["versions"]
        self.files[WORKFLOW] = self.crate.add_workflow(
            dest_path=WORKFLOW, main=True, lang="snakemake", lang_version=versions["Snakemake"], properties=properties
        )
        self.crate.mainEntity["sha256"] = digest(self.folder / WORKFLOW)

    def _version(self) -> str:
        """Return the version of the package, and the commit of the checkout where there is one."""
        version, commit = self.run["versions"]["convoscope"], self.run["commit"]
        return f"{version}+{commit}" if commit else version

    def _entity(self, identifier: str, kind: str, **properties: Any) -> Entity:
        """Add what is no file."""
        return self.crate.add(ContextEntity(self.crate, identifier, properties={"@type": kind, **properties}))

    def _file(self, path: str, sha256: str) -> Entity:
        """Add a file of the results."""
        if path == WORKFLOW:
            return self.files[path]
        size = (self.folder / path).stat().st_size
        properties = {"name": path, "sha256": sha256, "contentSize": str(size)}
        return self.crate.add_file(dest_path=path, properties=properties)

    def _value(self, name: str, value: str) -> Entity:
        """Add a setting or a fact of the run."""
        return self._entity(f"#{name.replace(' ', '-')}", "PropertyValue", name=name, value=value)

    def _inputs(self) -> dict[str, Entity]:
        """Add the files that the configuration names; those that were fetched are among the results."""
        found: dict[str, Entity] = {}
        for number, one in enumerate(self.run["inputs"], 1):
            own = self._own(one["path"])
            if own in self.files:
                entity = self.files[own]
                entity["url"] = one.get("address", one["key"])
            else:
                path = self.working / one["path"]
                entity = self._entity(
                    f"#input-{number}",
                    "CreativeWork",
                    name=self.places.text(one["path"]),
                    description=one["key"],
                    sha256=digest(path),
                    contentSize=str(path.stat().st_size),
                )
            found[one["path"]] = entity
        return found

    def _own(self, path: str) -> str:
        """Return a path relative to the results, or nothing of one that is elsewhere."""
        place, root = Path(self.working, path).resolve(), self.folder.resolve()
        return place.relative_to(root).as_posix() if place.is_relative_to(root) else ""

    def _seeds(self) -> list[tuple[str, list[int]]]:
        """Return the seeds of the networks of each experiment."""
        kinds = self.run["configuration"]["experiments"].values()
        return [(name, experiment["seeds"]) for kind in kinds for name, experiment in kind.items()]

    def _devices(self) -> list[tuple[str, str]]:
        """Return where each network was trained."""
        histories = [path for path in self.files if Path(path).name == "history.tsv"]
        there = [path for path in histories if "device" in header_of(self.folder / path)]
        tables = {path: read_table(self.folder / path, "history") for path in there}
        return [(path, ", ".join(dict.fromkeys(table["device"].astype(str)))) for path, table in tables.items()]

    def _software(self) -> Entity:
        """Add Convoscope, Python and every package of the environment that this is written in."""
        versions = dict(self.run["versions"])
        named = {**_packages(), **versions}
        entities = {
            name: self._entity(f"#software-{name}", "SoftwareApplication", name=name, softwareVersion=version)
            for name, version in named.items()
        }
        own = entities.pop("convoscope")
        own["softwareRequirements"] = list(entities.values())
        own["operatingSystem"] = self.run["platform"]
        return own

    def _action(self, identifier: str, title: str, instrument: Entity, jobs: Iterable[Mapping[str, Any]]) -> Entity:
        """Add the execution of some jobs, from the first start to the last end."""
        starts = [job["started"] for job in jobs if job["started"]]
        ends = [job["ended"] for job in jobs if job["ended"]]
        times = {"startTime": _time(min(starts)), "endTime": _time(max(ends))} if starts and ends else {}
        return self._entity(identifier, "CreateAction", name=title, instrument=instrument, **times)

    def _job(self, number: int, job: Mapping[str, Any], software: Entity, given: Mapping[str, Entity]) -> Entity:
        """Add the execution of one job: its command, what it read and what it wrote."""
        action = self._action(f"#job-{number}", job["rule"], software, [job])
        action["description"] = " ".join(self.places.text(job["command"]).split())
        action["object"] = [one for path in job["inputs"] for one in (given.get(path), *self._inside(path)) if one]
        action["result"] = [one for path in job["outputs"] for one in self._inside(path)]
        return action

    def _inside(self, path: str) -> list[Entity]:
        """Return the files of the results that are at a path: one, or all of a folder."""
        own = self._own(path)
        if own in self.files:
            return [self.files[own]]
        return [entity for name, entity in self.files.items() if name.startswith(f"{own}/")] if own else []


@cache
def _packages() -> dict[str, str]:
    """Return the packages of this environment and their versions, by name. Their metadata are read once."""
    said = [one.metadata for one in distributions()]
    packages = {one["Name"]: one["Version"] for one in said if one["Name"]}
    return {name: packages[name] for name in sorted(packages, key=str.lower)}


def _time(seconds: float) -> str:
    """Return a time in ISO 8601, in UTC.

    >>> _time(0)
    '1970-01-01T00:00:00+00:00'
    """
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
