"""What an experiment says of the network that its trainings start from, compared with its file."""

from pathlib import Path

from convoscope.config import Config, ImageExperiment, Model, SequenceExperiment
from convoscope.errors import InputError, Problems
from convoscope.preflight.given import here


def _experiments(config: Config) -> dict[str, SequenceExperiment | ImageExperiment]:
    """Return all experiments by name."""
    return {**config.experiments.sequence, **config.experiments.image}


def networks_made(config: Config) -> dict[str, str]:
    """Return the networks that a run makes, from which other experiments may start, with their experiments."""
    return {
        f"{config.results}/{name}/{fold}/{seed}/model.safetensors": name
        for name, one in _experiments(config).items()
        for fold in one.folds
        for seed in one.seeds
    }


def check_weights(
    problems: Problems, key: str, experiment: SequenceExperiment | ImageExperiment, config: Config
) -> None:
    """Refuse a file that is no network, one of another architecture or alphabet, and one that nothing fits of."""
    model, alphabet = experiment.model, getattr(experiment, "alphabet", None)
    if model.weights is None:
        return
    with problems.at(f"{key}.model.weights"):
        path, made = here(model.weights), networks_made(config)
        if model.weights in made:
            _check_maker(made[model.weights], experiment, config)
        elif path:
            _check_file(path, model, alphabet)


def _check_maker(name: str, experiment: SequenceExperiment | ImageExperiment, config: Config) -> None:
    """Refuse to start from a network of this run that is of another kind, or the experiment's own."""
    maker = _experiments(config)[name]
    if maker is experiment:
        raise InputError("a network of this experiment itself; name one of another experiment, or a file elsewhere")
    for what, one, other in (
        ("model.name", maker.model.name, experiment.model.name),
        ("alphabet", getattr(maker, "alphabet", None), getattr(experiment, "alphabet", None)),
    ):
        if one != other:
            raise InputError(f"{what} of {name} is {one}, here it is {other}; both have to agree")


def _check_file(path: Path, model: Model, alphabet: str | None) -> None:
    """Refuse a file that a training could not start from; layers are compared where options are written."""
    from convoscope.modelfile import read_shapes
    from convoscope.modelfile.start import describe_start, fitting, require_fit

    metadata = describe_start(path, model.name, alphabet)
    if set(model.options) - {"dropout"}:  # which changes no shape
        import torch

        from convoscope.models import build

        shape = (metadata["channels"], metadata["space"], len(metadata["labels"]))
        with torch.device("meta"):
            network = build(model.name, *shape, {**metadata["options"], **model.options})
        wanted = {name: tuple(values.shape) for name, values in network.state_dict().items() if values.ndim}
        require_fit(path, fitting(read_shapes(path), wanted), wanted)
