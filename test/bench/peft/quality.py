"""PEFT's side of the quality benchmark: trains a prompt or a prefix on a classification task and reports dev accuracy.

    python quality.py --model CHECKPOINT --data DIR --task sst2 --method prompt --lr 0.1 0.3 --steps 600 \\
        --template "{text} It was" --verbalizers '{"positive": "good", "negative": "bad"}' --out FILE.json

DIR/<task>/train.jsonl and dev.jsonl hold {"text", "label"} a line. The objective is ours: cross-entropy over the scores
of the labels' tokens (the first token of " " + word) at the text's last token, the whole vocabulary left out. Texts
begin with id 0. AdamW without weight decay, linear warm-up over 6 % of the steps, then linear decay to 0.

Each learning rate starts anew from the same seed, with the model loaded once. Progress goes to stderr; stdout gets a
line for each of several learning rates, and last the best: {"task", "method", "lr", "steps", "accuracy" (the best seen
on dev), "finalAccuracy", "seconds" (training and evaluating), …}. --out holds the last line's object, kept up to date
as runs end; with several learning rates it has all of them under "runs".
"""

import argparse
import json
import random
import sys
from pathlib import Path
from time import perf_counter

import torch
from peft import PeftModel, get_peft_model
from tokenizers import Tokenizer
from train_step import METHODS
from transformers import AutoModelForCausalLM, get_linear_schedule_with_warmup

Example = tuple[list[int], int]  # token ids, class


def encode(tokenizer: Tokenizer, template: str, text: str, limit: int) -> list[int]:
    """The ids of the filled template behind id 0, at most `limit`: the end of the text is cut, never the template.

    The filled template is tokenised whole; a token that lies in both the text and the template counts as template.
    """
    before, after = template.split("{text}")
    encoding = tokenizer.encode(before + text + after, add_special_tokens=False)
    end = len(before) + len(text)
    inside = [at for at, (start, stop) in enumerate(encoding.offsets) if start >= len(before) and stop <= end]
    excess = 1 + len(encoding.ids) - limit
    if excess > len(inside):
        raise ValueError(
            f"Cannot fit the template into {limit} tokens: {excess - len(inside)} too many without a text."
        )
    cut = set(inside[len(inside) - excess :]) if excess > 0 else set()
    return [0, *(token for at, token in enumerate(encoding.ids) if at not in cut)]


def read(path: Path, tokenizer: Tokenizer, labels: list[str], options: argparse.Namespace) -> list[Example]:
    """The examples of a file of {"text", "label"} lines, a label's class being its place in `labels`."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [
        (encode(tokenizer, options.template, row["text"], options.max_tokens), labels.index(row["label"]))
        for row in rows
    ]


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


def scores(model: PeftModel, input_ids, attention_mask, label_ids: torch.Tensor) -> torch.Tensor:
    """The logits of the labels' tokens at each row's last real token: [B, C]."""
    answer = attention_mask.sum(1, keepdim=True) - 1  # [B, 1], counted in the text
    if model.active_peft_config.peft_type == "PROMPT_TUNING":
        answer = answer + model.active_peft_config.num_virtual_tokens  # a prompt's positions are in the output too
    output = model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False, logits_to_keep=answer)
    return output.logits[:, 0, label_ids]


@torch.no_grad()
def evaluate(model: PeftModel, dev: list[Example], label_ids: torch.Tensor) -> float:
    """The share of dev that is answered right."""
    ordered = sorted(dev, key=lambda example: len(example[0]))
    right = 0
    for at in range(0, len(ordered), 32):
        input_ids, attention_mask, classes = collate(ordered[at : at + 32])
        right += (scores(model, input_ids, attention_mask, label_ids).argmax(1) == classes).sum().item()
    return right / len(ordered)


def train(base, train_set: list[Example], dev: list[Example], label_ids, lr: float, options) -> dict:
    """One run on the frozen `base`; the line that the head of this file names."""
    torch.manual_seed(options.seed)
    start = perf_counter()
    model = get_peft_model(base, METHODS[options.method](options.virtual_tokens))
    optimizer = torch.optim.AdamW((p for p in model.parameters() if p.requires_grad), lr=lr, weight_decay=0)
    schedule = get_linear_schedule_with_warmup(optimizer, round(0.06 * options.steps), options.steps)
    every = max(1, options.steps // 5)
    losses, accuracies = [], []
    for step, batch in zip(range(1, options.steps + 1), batches(train_set, options.batch, options.seed)):
        input_ids, attention_mask, classes = collate(batch)
        loss = torch.nn.functional.cross_entropy(scores(model, input_ids, attention_mask, label_ids), classes)
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if step % every == 0 or step == options.steps:
            accuracies.append(evaluate(model, dev, label_ids))
            mean = sum(losses[-every:]) / len(losses[-every:])
            report = f"loss {mean:.3f}  dev {accuracies[-1]:.3f}  {perf_counter() - start:.0f} s"
            print(f"{options.task} {options.method} lr {lr:g}  step {step}  {report}", file=sys.stderr, flush=True)
    return dict(
        task=options.task,
        method=options.method,
        lr=lr,
        steps=options.steps,
        accuracy=max(accuracies),
        finalAccuracy=accuracies[-1],
        seconds=round(perf_counter() - start, 1),
        batch=options.batch,
        virtualTokens=options.virtual_tokens,
        seed=options.seed,
        devRows=len(dev),
    )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Trains a prompt or a prefix with PEFT; reports dev accuracy.")
    arguments.add_argument("--model", metavar="CHECKPOINT", required=True)
    arguments.add_argument("--data", metavar="DIR", type=Path, required=True)
    arguments.add_argument("--task", required=True)
    arguments.add_argument("--method", choices=METHODS, required=True)
    arguments.add_argument("--lr", type=float, nargs="+", required=True)
    arguments.add_argument("--steps", type=int, default=600)
    arguments.add_argument("--batch", type=int, default=16)
    arguments.add_argument("--virtual-tokens", type=int, default=20)
    arguments.add_argument("--max-tokens", type=int, default=96, help="of a filled template, id 0 included")
    arguments.add_argument("--template", default="{text}", help="holds {text} once")
    arguments.add_argument("--verbalizers", type=json.loads, required=True, help='JSON: {"label": "word", …}')
    arguments.add_argument("--dev-rows", type=int, help="the first so many rows of dev only")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--out", metavar="FILE", type=Path)
    options = arguments.parse_args()
    if options.template.count("{text}") != 1:
        arguments.error(f"--template must hold {{text}} once: current value is {options.template!r}")

    torch.set_num_threads(options.threads)
    base = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32, attn_implementation="sdpa")
    tokenizer = Tokenizer.from_file(f"{options.model}/tokenizer.json")
    labels = list(options.verbalizers)
    label_ids = [tokenizer.encode(" " + word, add_special_tokens=False).ids[0] for word in options.verbalizers.values()]
    if len(set(label_ids)) < len(label_ids):
        shared = {label: tokenizer.id_to_token(token) for label, token in zip(labels, label_ids)}
        arguments.error(f"--verbalizers must begin with different tokens: these begin with {shared}")
    folder = options.data / options.task
    train_set = read(folder / "train.jsonl", tokenizer, labels, options)
    dev = read(folder / "dev.jsonl", tokenizer, labels, options)[: options.dev_rows]

    runs = []
    for lr in options.lr:
        runs.append(train(base, train_set, dev, torch.tensor(label_ids), lr, options))
        best = dict(max(runs, key=lambda run: run["accuracy"]))
        if len(options.lr) > 1:
            print(json.dumps(runs[-1]), flush=True)
            best["runs"] = runs
        if options.out:
            options.out.write_text(json.dumps(best, indent=2) + "\n")
    print(json.dumps(best))
