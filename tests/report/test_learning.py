import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from convoscope.report.learning import best_epochs, draw_curves, learning_finding, learning_key, learning_table


def history(validation: list[float]) -> pd.DataFrame:
    epochs = range(1, len(validation) + 1)
    held = pd.DataFrame({"epoch": epochs, "split": "validation", "loss": validation, "metric": validation})
    return pd.concat([held.assign(split="train", loss=0.1, metric=np.nan), held])


def test_best_epoch_by_loss_and_by_metric() -> None:
    table = learning_table({"a": history([0.5, 0.3, 0.4])})
    assert best_epochs(table)["epoch"].tolist() == [2]
    assert best_epochs(table, {"a": "metric"})["epoch"].tolist() == [1]


def test_every_network_has_the_epoch_of_its_own_monitor() -> None:
    table = learning_table({name: history([0.5, 0.3, 0.4]) for name in "abc"})
    best = best_epochs(table, {"a": "none", "b": "metric"})
    assert best[["network", "epoch", "last"]].to_numpy().tolist() == [["a", 3, 3], ["b", 1, 3], ["c", 2, 3]]
    assert learning_finding(table, best).startswith("3 networks did best at epochs 1 to 3; validation loss")
    ends = best_epochs(table, dict.fromkeys("abc", "none"))
    assert learning_finding(table, ends).startswith("3 networks trained to the end, epoch 3;")


def test_finding_measures_the_gap() -> None:
    table = learning_table({"a": history([0.5, 0.3, 0.4]), "b": history([0.5, 0.4, 0.3, 0.4])})
    assert learning_finding(table, best_epochs(table)) == (
        "2 networks did best at epochs 2 to 3; validation loss is .20 above training loss there"
    )


def test_finding_warns_of_short_training() -> None:
    table = learning_table({"a": history([0.5, 0.4])})
    assert learning_finding(table, best_epochs(table)) == (
        "The network did best at epoch 2, its last: more epochs may help"
    )


def test_no_history_and_no_figures() -> None:
    for table in (learning_table({}), learning_table({"a": history([np.nan, np.nan])})):
        best = best_epochs(table)
        assert "best epoch is unknown" in learning_finding(table, best)
        axes = Figure().subplots()
        draw_curves(table, best, "metric", axes)
        assert [text.get_text() for text in axes.texts] == ["no metric was recorded"]


def test_thirty_networks_are_drawn_and_nine_named() -> None:
    table = learning_table({f"network {k}": history([0.5, 0.3, 0.4]) for k in range(30)})
    axes = Figure().subplots()
    draw_curves(table, best_epochs(table), "loss", axes)
    learning_key(table, axes)
    assert len(axes.lines) == 60
    assert axes.get_legend().get_texts()[-1].get_text() == "and 21 more"
