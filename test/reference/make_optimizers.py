"""Writes optimizers.json: a few steps of PyTorch's AdamW and transformers' Adafactor, for the optimizers in trainer/optimizer.

    python make_optimizers.py
"""

import json
from pathlib import Path

import torch
from transformers.optimization import Adafactor

STEPS = 6


def run(make, shape: list[int], weight_decay: float, rates: list[float]) -> dict:
    """The gradients [STEPS, *shape] that an optimizer was given and the values after each step, flattened."""
    generator = torch.Generator().manual_seed(len(shape))
    value = torch.nn.Parameter(torch.randn(shape, generator=generator))
    optimizer = make([value], weight_decay)
    record = {"shape": shape, "weightDecay": weight_decay, "rates": rates, "start": value.flatten().tolist(), "gradients": [], "values": []}
    for rate in rates:
        value.grad = torch.randn(shape, generator=generator) * 0.3
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        record["gradients"].append(value.grad.flatten().tolist())
        record["values"].append(value.detach().flatten().tolist())
    return record


def adamw(parameters, weight_decay):
    return torch.optim.AdamW(parameters, lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=weight_decay)


def adafactor(parameters, weight_decay):
    return Adafactor(
        parameters, lr=0.3, eps=(1e-30, 1e-3), clip_threshold=1.0, decay_rate=-0.8, beta1=None,
        weight_decay=weight_decay, scale_parameter=False, relative_step=False, warmup_init=False,
    )  # fmt: skip


RATES = [0.05, 0.1, 0.3, 0.2, 0.1, 0.05]
cases = {
    "adamw": [run(adamw, [3, 4], 0.0, RATES), run(adamw, [5], 0.1, RATES)],
    "adafactor": [run(adafactor, [3, 4], 0.0, RATES), run(adafactor, [2, 3, 4], 0.01, RATES), run(adafactor, [5], 0.0, RATES)],
}
Path(__file__).with_name("optimizers.json").write_text(json.dumps(cases) + "\n")
