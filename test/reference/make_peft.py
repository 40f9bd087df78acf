"""Writes prompt packages as PEFT's save_pretrained does, with the numbers that PEFT's forward gives for them.

    python make_peft.py        (after make_llama.py; reads its checkpoints)

peft/<model>-prompt/ and peft/<model>-prefix/ get adapter_config.json, adapter_model.safetensors and
reference.safetensors: input_ids, attention_mask [B, T] int64 (right-padded), and of the text's positions hidden
[B, T, H] (after the final norm) and logits [B, T, V], float32; values at padded positions mean nothing.

How PEFT 0.21 lays out a prefix, `prompt_embeddings` [P, 2 · L · token_dim]:

- It views a row as (2 · L, num_attention_heads, token_dim / num_attention_heads) and splits the first axis in pairs:
  layer l's key is at 2l, its value at 2l + 1. No rotation is applied to the keys.
- For a prefix, adapter_config.json's `num_attention_heads` holds the number of *key/value* heads, and `token_dim` is
  kv heads · head size: 16 on gqa-tied, whose H is 32. For a prompt the same two fields hold the model's attention heads
  and H, so `token_dim` alone doesn't tell H.
- Grouped queries are left to the model: one key/value head is stored once, not once for every query head.
- Both kinds are one tensor named `prompt_embeddings`; `peft_type` alone tells them apart.
- A fresh prefix is drawn from N(0, 1) and so is a prompt of the initialisation RANDOM, whatever the model's scale.
"""

import shutil
from pathlib import Path

import torch
from make_llama import HERE, load, random_batch, run
from peft import PrefixTuningConfig, PromptTuningConfig, get_peft_model
from safetensors.torch import load_file, save_file

VIRTUAL_TOKENS = 6
METHODS = dict(prompt=PromptTuningConfig, prefix=PrefixTuningConfig)


def make_package(folder: Path, name: str, method: str, seed: int) -> None:
    """Writes the package of a random prompt or prefix for the checkpoint HERE/name."""
    torch.manual_seed(seed)
    base = load(HERE / name)
    model = get_peft_model(base, METHODS[method](task_type="CAUSAL_LM", num_virtual_tokens=VIRTUAL_TOKENS)).eval()
    model.peft_config["default"].base_model_name_or_path = name  # not the folder's path on this machine
    torch.nn.init.normal_(model.prompt_encoder["default"].embedding.weight, std=0.5)

    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()

    input_ids, attention_mask = random_batch(seed)
    with torch.no_grad():
        output = model(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True)
    text = slice(-input_ids.shape[1], None)  # PEFT returns a prompt's positions too
    hidden, logits = output.hidden_states[-1][:, text], output.logits[:, text]
    check(folder, base, method, input_ids, attention_mask, hidden)
    tensors = dict(input_ids=input_ids, attention_mask=attention_mask, hidden=hidden, logits=logits)
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, folder / "reference.safetensors")


def as_past(weights: torch.Tensor, layers: int, heads: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The keys and values [1, heads, P, D] of every layer that a stored prefix [P, 2 · L · heads · D] holds."""
    view = weights.view(len(weights), 2 * layers, heads, -1).permute(1, 2, 0, 3)  # [2L, heads, P, D]
    return [(view[None, 2 * layer], view[None, 2 * layer + 1]) for layer in range(layers)]


def check(folder: Path, base, method: str, input_ids, attention_mask, hidden: torch.Tensor) -> None:
    """Fails unless the saved weights, read without PEFT as this file's head says, give its `hidden` [B, T, H]."""
    weights = load_file(folder / "adapter_model.safetensors")["prompt_embeddings"]
    if method == "prompt":
        leaves = dict(prompt=weights)  # [P, H]
    else:
        config = base.config
        leaves = dict(past=as_past(weights, config.num_hidden_layers, config.num_key_value_heads))
    with torch.no_grad():
        ours, _ = run(base, input_ids, attention_mask, **leaves)
    difference = (ours - hidden)[attention_mask.bool()].abs().max().item()
    print(f"{folder.name}: differs from PEFT by {difference:.1e}")
    assert difference < 1e-5


if __name__ == "__main__":
    torch.set_num_threads(1)  # sums in one order
    for seed, name in enumerate(("gqa-tied", "mha-untied"), start=11):
        for method in METHODS:
            make_package(HERE / "peft" / f"{name}-{method}", name, method, seed)
