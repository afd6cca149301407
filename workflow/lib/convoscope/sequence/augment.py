"""What varies a batch of codes in training: random shifts and reverse complements."""

import torch


def shifted(codes: torch.Tensor, shift: int, fill: int, generator: torch.Generator) -> torch.Tensor:
    """Move every row by its own random offset in ``[-shift, shift]``.

    Parameters
    ----------
    codes
        ``(batch, length)``.
    shift
        Largest offset in positions.
    fill
        Code of the positions that move in from outside.
    generator
        Source of randomness, on the device of the codes.
    """
    length = codes.shape[1]
    offsets = torch.randint(-shift, shift + 1, (len(codes), 1), generator=generator, device=codes.device)
    source = torch.arange(length, device=codes.device) + offsets
    inside = (source >= 0) & (source < length)
    return codes.gather(1, source.clamp(0, length - 1)).masked_fill(~inside, fill)


def other_strands(codes: torch.Tensor, table: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Replace each row, with probability ½, by its reverse complement; ``table`` maps a code to its complement's."""
    chosen = torch.rand(len(codes), 1, generator=generator, device=codes.device) < 0.5
    opposite = table.index_select(0, codes.flatten().int()).view_as(codes).flip(1)
    return torch.where(chosen, opposite, codes)
