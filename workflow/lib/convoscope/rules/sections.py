"""Sections of the configuration as the JSON that verbs take, without credentials."""

from convoscope.config import SequenceExperiment
from convoscope.download.addresses import redacted_json
from convoscope.download.credentials import sealed
from convoscope.rules.base import Experiments, Function, Wildcards
from convoscope.rules.files import Files


class Sections(Experiments):
    """Params functions: what a verb needs to know of an experiment."""

    def one(self, name: str) -> Function:
        """Return one section."""
        return lambda wildcards: redacted_json(getattr(self.all[wildcards.experiment], name).model_dump(mode="json"))

    def several(self, *names: str) -> Function:
        """Return several sections as one object."""
        return lambda wildcards: redacted_json(
            self.all[wildcards.experiment].model_dump(mode="json", include=set(names))
        )

    def whole(self, wildcards: Wildcards) -> str:
        """Return the whole experiment; what was added to it later is left out where it is not asked for."""
        experiment = self.all[wildcards.experiment]
        unset = {name for name in ("search", "sanity") if not getattr(experiment, name)}
        return redacted_json(experiment.model_dump(mode="json", exclude=unset))

    def block(self, kind: str) -> Function:
        """Return one of the blocks of a section, such as that of one file of variants."""
        return lambda wildcards: redacted_json(
            getattr(self.all[wildcards.experiment], kind)[wildcards.block].model_dump(mode="json")
        )

    def reference(self, wildcards: Wildcards) -> str:
        """Return the block on a reference, with mirrors from which it can be fetched."""
        block = self.config.references[wildcards.reference]
        return redacted_json({**block.model_dump(mode="json"), "mirrors": [sealed(one) for one in block.mirrors]})

    def windows(self, wildcards: Wildcards) -> str:
        """Return what placing windows needs to know."""
        experiment = self.sequence[wildcards.experiment]
        kept = {"sites", "windows", "negatives", "split", "alphabet", "contradictions"}
        own = {"strand_open": experiment.strand_open}
        return redacted_json({**experiment.model_dump(include=kept), **_reading(experiment), **own})

    def sequences(self, wildcards: Wildcards) -> str:
        """Return what reading listed sequences needs to know."""
        experiment = self.sequence[wildcards.experiment]
        kept = {"sequences", "alphabet", "negatives", "split", "contradictions", "fit"}
        own = {"max_dropped": experiment.windows.max_dropped, "strands": experiment.read_strands}
        return redacted_json({**experiment.model_dump(include=kept), **own})

    def encode(self, wildcards: Wildcards) -> str:
        """Return what encoding needs to know, with the labels in the order of the outputs."""
        experiment = self.sequence[wildcards.experiment]
        kept = {"alphabet", "unknown", "task", "split", "fit"}
        own = {"labels": experiment.labels, "seed": experiment.negatives.seed}
        return redacted_json({**experiment.model_dump(include=kept), **own, **_reading(experiment)})

    def crops(self, wildcards: Wildcards) -> str:
        """Return what cutting needs to know, with the columns that a split or the normalisation reads."""
        kept = self.image[wildcards.experiment].model_dump(include={"crops", "labels", "groups", "task"})
        return redacted_json({**kept, "cells": Files(self.config).cells_section(wildcards).model_dump()})


def _reading(experiment: SequenceExperiment) -> dict[str, str]:
    """Return in which direction, and on how many strands, an experiment reads its windows."""
    return {"direction": experiment.direction, "strands": experiment.read_strands}
