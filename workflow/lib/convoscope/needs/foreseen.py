"""The settings that the recipe will choose, as far as they can be foreseen before the data is made."""

from collections.abc import Mapping

from convoscope.config import ImageExperiment, Model, SequenceExperiment, Training
from convoscope.config.recipe import Situation, complete

TRAINED, VALIDATED, TESTED = 0.7, 0.15, 0.2  # shares of the examples in a usual split


def settings(experiment: SequenceExperiment | ImageExperiment, amounts: Mapping[str, float]) -> tuple[Model, Training]:
    """Return network and training of an experiment that has these amounts of examples, sites and positions."""
    examples = amounts["examples"]
    if isinstance(experiment, ImageExperiment):
        trained, validated = round(TRAINED * examples), round(VALIDATED * examples)
        cells = Situation(
            "cell", experiment.model.name, trained, trained, validated, round(amounts["positions"] ** 0.5)
        )
        return complete(experiment.model, experiment.training, cells)[:2]
    positives = amounts["sites"] if experiment.reference else examples / 2
    data = Situation(
        origin="site" if experiment.reference else "sequence",
        network=experiment.model.name,
        examples=round(TRAINED * examples),
        positives=round(TRAINED * positives),
        validation=round(VALIDATED * positives),
        window=round(amounts["positions"]),
        strands=experiment.read_strands,
    )
    model, training, _ = complete(experiment.model, experiment.training, data)
    return model, training
