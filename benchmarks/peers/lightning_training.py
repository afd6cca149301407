"""One epoch of training by PyTorch Lightning, with its validation: `lightning_training.py <found> <model> <examples>`.

The network, batches, views and dropouts are those of `plain_training.py`. Bars, logs and checkpoints are off.
"""

import logging
import warnings
from typing import Any

import lightning
import numpy as np
import plain_training as plain
import torch
from serve import serve
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.simplefilter("ignore")
EXAMPLES = TensorDataset(plain.INPUTS, plain.LABELS)


class Training(lightning.LightningModule):
    """The steps of the plain loop."""

    def __init__(self) -> None:
        super().__init__()
        self.network = plain.TRAINED
        self.generator = torch.Generator().manual_seed(torch.initial_seed())

    def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
        """Return the loss of a batch."""
        inputs, labels = batch
        loss = plain.loss_of(self.network(plain.vary(inputs, self.generator)), labels)
        self.log("train", loss, on_step=False, on_epoch=True, batch_size=len(inputs))
        return loss

    def validation_step(self, batch: list[torch.Tensor], _: int) -> None:
        """Note the loss of a batch."""
        inputs, labels = batch
        self.log("validation", plain.loss_of(self.network(inputs), labels), batch_size=len(inputs))

    def configure_optimizers(self) -> dict[str, Any]:
        """Return the optimiser, and half a cosine after a warm-up."""
        optimizer = plain.make_optimizer()
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, plain.schedule(len(plain.draw_batches())))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


def epoch() -> dict[str, np.ndarray]:
    """Train from the first weights for one epoch; return the losses of training and validation."""
    plain.begin()
    options = {"max_epochs": 1, "accelerator": "cpu", "logger": False, "enable_checkpointing": False,
               "enable_progress_bar": False, "enable_model_summary": False, "num_sanity_val_steps": 0}  # fmt: skip
    trainer = lightning.Trainer(gradient_clip_val=1.0, **options)
    own = {"generator": torch.Generator()}  # so that the order leaves the dropouts alone
    batches = [batch.tolist() for batch in plain.draw_batches()]
    train = DataLoader(EXAMPLES, batch_sampler=batches, **own)
    validation = DataLoader(torch.utils.data.Subset(EXAMPLES, range(plain.HELD)), batch_size=512, **own)
    trainer.fit(Training(), train, validation)
    return {"losses": np.array([trainer.callback_metrics[name].item() for name in ("train", "validation")])}


serve(epoch)
