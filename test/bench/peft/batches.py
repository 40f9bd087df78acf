"""Rows of ids in batches, for the scripts beside this one."""

import random

import torch

Example = tuple[list[int], int]  # token ids, class


def collate(examples: list[Example]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """input_ids [B, T], right-padded with id 0, attention_mask [B, T] and classes [B], all int64."""
    width = max(len(ids) for ids, _ in examples)
    ids = [ids + [0] * (width - len(ids)) for ids, _ in examples]
    mask = [[1] * len(ids) + [0] * (width - len(ids)) for ids, _ in examples]
    return torch.tensor(ids), torch.tensor(mask), torch.tensor([label for _, label in examples])


def batches(examples: list[Example], size: int, seed: int):
    """Random batches for ever, of texts of like length: 16 batches' worth are drawn, sorted by length and shuffled."""
    draw = random.Random(seed)
    queue: list[Example] = []
    while True:
        while len(queue) < 16 * size:
            queue += draw.sample(examples, len(examples))
        drawn, queue = sorted(queue[: 16 * size], key=lambda example: len(example[0])), queue[16 * size :]
        pool = [drawn[at : at + size] for at in range(0, len(drawn), size)]
        draw.shuffle(pool)
        yield from pool
