"""Sections of the configuration as the JSON that verbs take, without credentials."""

from types import SimpleNamespace

from convoscope.config import Section, SequenceExperiment
from convoscope.download.credentials import sealed
from convoscope.rules.base import Experiments, Function, Wildcards
from convoscope.rules.files import Files


class Sections(Experiments):
    """Params functions: what a verb needs to know of an experiment."""

    def one(self, name: str, *keys: str) -> Function:
        """Return one section, or of it the keys that the verb reads, so that the others do not run it again."""
        kept = set(keys) or None
        return lambda wildcards: self.arguments.section(
            name, getattr(self.all[wildcards.experiment], name).model_dump(mode="json", include=kept), wildcards
        )

    def of(self, experiment: str, name: str, *keys: str) -> Function:
        """Return the same for a rule of one experiment, which has no wildcards."""
        return lambda wildcards: self.one(name, *keys)(SimpleNamespace(experiment=experiment))

    def simulation(self, wildcards: Wildcards) -> list[str]:
        """Return the option with the simulation that an experiment's ceiling follows from, or nothing without one."""
        simulation = self.ceiling(wildcards.experiment)
        if simulation is None:
            return []
        return ["--simulation", self.arguments.section("ceiling", simulation.model_dump(mode="json"), wildcards)]

    def training(self, wildcards: Wildcards) -> str:
        """Return the written keys of the section on training: the recipe chooses the others by the training data."""
        content = self.all[wildcards.experiment].training.model_dump(mode="json", exclude_unset=True)
        return self.arguments.section("training", content, wildcards)

    def model(self, wildcards: Wildcards) -> str:
        """Return the written keys of the section on the network, with the place of the weights that it starts from."""
        content = self.all[wildcards.experiment].model.model_dump(mode="json", exclude_unset=True)
        for path in Files(self.config).weights(wildcards):
            content["weights"] = path
        return self.arguments.section("model", content, wildcards)

    def several(self, verb: str, *names: str) -> Function:
        """Return several sections as one object, for a verb."""
        return lambda wildcards: self.arguments.section(
            verb, self.all[wildcards.experiment].model_dump(mode="json", include=set(names)), wildcards
        )

    def whole(self, wildcards: Wildcards) -> str:
        """Return the whole experiment; what was added to it later is left out where it is not asked for."""
        experiment = self.all[wildcards.experiment]
        unset = {name for name in ("search", "sanity") if not getattr(experiment, name)}
        return self.arguments.section("experiment", experiment.model_dump(mode="json", exclude=unset), wildcards)

    def block(self, kind: str) -> Function:
        """Return one of the blocks of a section, such as that of one file of variants."""
        return lambda wildcards: self._word(
            f"{kind}.{wildcards.block}", getattr(self.all[wildcards.experiment], kind)[wildcards.block], wildcards
        )

    def reference(self, wildcards: Wildcards) -> str:
        """Return the block on a reference, with mirrors from which it can be fetched."""
        block = self.config.references[wildcards.reference]
        content = {**block.model_dump(mode="json"), "mirrors": [sealed(one) for one in block.mirrors]}
        return self.arguments.section(wildcards.reference, content, wildcards)

    def fixed(self, name: str, section: Section) -> Function:
        """Return a section that is known without wildcards."""
        return lambda wildcards: self._word(name, section, wildcards)

    def _word(self, name: str, section: Section, wildcards: Wildcards) -> str:
        """Return a section as an argument."""
        return self.arguments.section(name, section.model_dump(mode="json"), wildcards)

    def windows(self, wildcards: Wildcards) -> str:
        """Return what placing windows needs to know."""
        experiment = self.sequence[wildcards.experiment]
        kept = {"sites", "windows", "negatives", "split", "alphabet", "contradictions"}
        own = {"strand_open": experiment.strand_open}
        content = {**experiment.model_dump(include=kept), **_reading(experiment), **own}
        return self.arguments.section("windows", content, wildcards)

    def sequences(self, wildcards: Wildcards) -> str:
        """Return what reading listed sequences needs to know."""
        experiment = self.sequence[wildcards.experiment]
        kept = {"sequences", "alphabet", "negatives", "split", "contradictions", "fit"}
        own = {"max_dropped": experiment.windows.max_dropped, "strands": experiment.read_strands}
        return self.arguments.section("sequences", {**experiment.model_dump(include=kept), **own}, wildcards)

    def encode(self, wildcards: Wildcards) -> str:
        """Return what encoding needs to know, with the labels in the order of the outputs."""
        experiment = self.sequence[wildcards.experiment]
        kept = {"alphabet", "unknown", "task", "split", "fit"}
        asked = experiment.strands is None and experiment.reference is None
        own = {"labels": experiment.labels, "seed": experiment.negatives.seed, "ask_strand": asked}
        content = {**experiment.model_dump(include=kept), **own, **_reading(experiment)}
        return self.arguments.section("encode", content, wildcards)

    def crops(self, wildcards: Wildcards) -> str:
        """Return what cutting needs to know, with the columns that a split or the normalisation reads."""
        kept = self.image[wildcards.experiment].model_dump(include={"crops", "labels", "groups", "task"})
        cells = Files(self.config).cells_section(wildcards)
        return self.arguments.section("crops", {**kept, "cells": cells.model_dump()}, wildcards)


def _reading(experiment: SequenceExperiment) -> dict[str, str]:
    """Return in which direction, and on how many strands, an experiment reads its windows."""
    return {"direction": experiment.direction, "strands": experiment.read_strands}
