"""Outside baselines on an encoder with mean pooling (all-MiniLM-L6-v2): accuracy on dev and test by task, method, seed.

    python quality.py --model CHECKPOINT --data DIR examples --methods tfidf probe
    python quality.py --model CHECKPOINT --data DIR --tasks trec6 banking77 --methods tfidf probe --per-class 8

A task is a folder in one of --data's, with train.jsonl, dev.jsonl and test.jsonl: {"text", "label"} a line. Methods:

    tfidf         logistic regression on TF-IDF of words and pairs of words
    probe         logistic regression on the frozen model's mean-pooled output, not normalised
    peft-prefix   PEFT's prefix tuning for SEQ_CLS; the classifier is learned along, on the checkpoint's own pooler
    model-tuning  every weight, under a linear head on the mean-pooled output

C (of 1, 10, 100) and the learning rate are chosen on dev: the rate with seed 0, and the other seeds then run at that
one. Runs see as many examples as ours do by default: 600 steps of 16, or 10 times through train where that is less.
AdamW, linear warm-up over 6 % of the steps, then linear decay to 0. A run is measured with the weights of its best
step on dev, of which at most 500 rows are looked at meanwhile; then on all of dev and, once, on test.

--per-class K learns from K examples of a class: those with the smallest SHA-256 of "<seed> <text>", the first quarter
of which (at least one) is dev. Where a class has fewer than K, it gives all.

--out (by default the .json beside this file) has {"versions", "settings", "rates", "results"}, rewritten after each
run; runs that it has are skipped. "results" has "task/method/seed", or "task@K/method/seed" with K examples a class:
{"dev", "test", "lr" or "C", "seconds", "device", …}; "rates" the runs that a learning rate was chosen from. seconds:
training and evaluating, wherever it ran and whatever ran beside it. "versions" are told by device.

--device cuda computes on the GPU, in float32 all through (no TF32). The rows, their order and a head's first weights
are those of the CPU; what dropout leaves out is not, so figures differ as those of other seeds do.
"""

import argparse
import hashlib
import json
import os
import platform
import random
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
import peft
import sklearn
import torch
import transformers
from batches import Example, batches, collate
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer
from transformers import AutoModel, AutoModelForSequenceClassification, get_linear_schedule_with_warmup
from transformers.modeling_outputs import SequenceClassifierOutput

SETTINGS = dict(maxSteps=600, maxEpochs=10, batch=16, virtualTokens=20, maxTokens=128, warmup=0.06, checkRows=500)
Row = dict[str, str]  # text, label


class Splits(NamedTuple):
    train: list[Row]
    dev: list[Row]
    test: list[Row]

    @property
    def labels(self) -> list[str]:
        return sorted({row["label"] for row in self.train})


def read(folder: Path, per_class: int | None, seed: int) -> Splits:
    """A task's rows; with `per_class`, train and dev are the few that the head of this file names."""
    files = [(folder / f"{name}.jsonl").read_text(encoding="utf-8").split("\n") for name in Splits._fields]
    full = Splits(*([json.loads(line) for line in lines if line] for lines in files))
    if per_class is None:
        return full
    train, dev = [], []
    for label in full.labels:
        rows = [row for row in full.train if row["label"] == label]
        few = sorted(rows, key=lambda row: hashlib.sha256(f"{seed} {row['text']}".encode()).digest())[:per_class]
        held_out = max(1, len(few) // 4)
        dev += few[:held_out]
        train += few[held_out:]
    return Splits(train, dev, full.test)


class Encoder:
    """The frozen checkpoint: token ids of texts, and mean-pooled outputs, each text's computed once."""

    def __init__(self, checkpoint: str, device: str):
        self.checkpoint = checkpoint
        self.device = device
        self.tokenizer = Tokenizer.from_file(f"{checkpoint}/tokenizer.json")
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(SETTINGS["maxTokens"])  # the end of the text is cut, [SEP] stays
        self.model = AutoModel.from_pretrained(checkpoint, dtype=torch.float32, add_pooling_layer=False).eval()
        self.model.to(device)
        self.embeddings: dict[str, np.ndarray] = {}

    def examples(self, rows: list[Row], labels: list[str]) -> list[Example]:
        encodings = self.tokenizer.encode_batch([row["text"] for row in rows])
        return [(encoding.ids, labels.index(row["label"])) for encoding, row in zip(encodings, rows)]

    def embed(self, texts: list[str]) -> np.ndarray:
        """[N, H]: mean-pooled float32 outputs, not normalised."""
        new = [text for text in dict.fromkeys(texts) if text not in self.embeddings]
        examples = [(encoding.ids, 0) for encoding in self.tokenizer.encode_batch(new)]
        pooled = by_length(partial(mean_pooled, self.model), examples, self.device) if new else ()
        self.embeddings.update((text, row.numpy()) for text, row in zip(new, pooled))
        return np.stack([self.embeddings[text] for text in texts])


def mean_pooled(model, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    """The mean of the output over each row's real tokens: [B, H]."""
    output = model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state  # [B, T, H]
    return (output * attention_mask[..., None]).sum(1) / attention_mask.sum(1, keepdim=True)


def batch_on(device: str, examples: list[Example]) -> list[torch.Tensor]:
    return [tensor.to(device) for tensor in collate(examples)]


@torch.no_grad()
def by_length(compute: Callable, examples: list[Example], device: str) -> torch.Tensor:
    """`compute(input_ids, attention_mask)` of all examples, in batches of 64 of like length, in the examples' order."""
    order = sorted(range(len(examples)), key=lambda at: len(examples[at][0]))
    groups = [[examples[i] for i in order[at : at + 64]] for at in range(0, len(order), 64)]
    computed = torch.cat([compute(*batch_on(device, group)[:2]) for group in groups])
    return computed.cpu()[torch.tensor(order).argsort()]


def accuracy(model, examples: list[Example], device: str) -> float:
    """The share of the examples that is answered right."""
    model.eval()
    logits = by_length(lambda ids, mask: model(input_ids=ids, attention_mask=mask).logits, examples, device)  # [N, C]
    return (logits.argmax(1) == torch.tensor([label for _, label in examples])).float().mean().item()


# Methods that fit features: what stands for the texts of each split.


def tfidf(_: Encoder, splits: Splits) -> list:
    texts = [[row["text"] for row in rows] for rows in splits]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(texts[0])
    return [vectorizer.transform(rows) for rows in texts]


def probe(encoder: Encoder, splits: Splits) -> list:
    return [encoder.embed([row["text"] for row in rows]) for rows in splits]


def fit(features: Callable, encoder: Encoder, splits: Splits) -> dict:
    start = perf_counter()
    train, dev, test = features(encoder, splits)
    train_labels, dev_labels, test_labels = ([row["label"] for row in rows] for rows in splits)
    fits = [LogisticRegression(C=c, max_iter=1000).fit(train, train_labels) for c in (1, 10, 100)]
    best = max(fits, key=lambda fitted: fitted.score(dev, dev_labels))  # the smallest C of the best
    figures = dict(dev=best.score(dev, dev_labels), test=best.score(test, test_labels), C=best.C)
    return dict(**figures, seconds=perf_counter() - start)


# Methods that learn by gradient: a fresh model whose output has logits [B, C], and how it is learned.


class PooledClassifier(torch.nn.Module):
    """An encoder with a linear head on its mean-pooled output."""

    def __init__(self, checkpoint: str, classes: int):
        super().__init__()
        self.encoder = AutoModel.from_pretrained(checkpoint, dtype=torch.float32, add_pooling_layer=False)
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, classes)

    def forward(self, input_ids, attention_mask) -> SequenceClassifierOutput:
        return SequenceClassifierOutput(logits=self.head(mean_pooled(self.encoder, input_ids, attention_mask)))


def prefix_classifier(checkpoint: str, classes: int) -> peft.PeftModel:
    base = AutoModelForSequenceClassification.from_pretrained(checkpoint, num_labels=classes, dtype=torch.float32)
    config = peft.PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=SETTINGS["virtualTokens"])
    return peft.get_peft_model(base, config)


class Tuning(NamedTuple):
    make: Callable
    rates: tuple[float, ...]
    weight_decay: float


def tune(method: Tuning, encoder: Encoder, splits: Splits, seed: int, lr: float, log: Callable) -> dict:
    """One run at one learning rate."""
    start = perf_counter()
    torch.manual_seed(seed)
    labels = splits.labels
    train, dev, test = (encoder.examples(rows, labels) for rows in splits)
    check = random.Random(0).sample(dev, min(len(dev), SETTINGS["checkRows"]))
    steps = min(SETTINGS["maxSteps"], -(-SETTINGS["maxEpochs"] * len(train) // SETTINGS["batch"]))
    every = min(100, -(-steps // 6))

    model = method.make(encoder.checkpoint, len(labels)).to(encoder.device)
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=lr, weight_decay=method.weight_decay)
    schedule = get_linear_schedule_with_warmup(optimizer, round(SETTINGS["warmup"] * steps), steps)
    best, best_step, best_weights = -1.0, 0, []
    for step, batch in zip(range(1, steps + 1), batches(train, SETTINGS["batch"], seed)):
        model.train()
        input_ids, attention_mask, classes = batch_on(encoder.device, batch)
        logits = model(input_ids=input_ids, attention_mask=attention_mask).logits
        loss = torch.nn.functional.cross_entropy(logits, classes)
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % every == 0 or step == steps:
            reached = accuracy(model, check, encoder.device)
            log(f"step {step}  loss {loss.item():.3f}  dev {reached:.3f}  {perf_counter() - start:.0f} s")
            if reached >= best:
                best, best_step, best_weights = reached, step, [weight.detach().clone() for weight in learned]

    with torch.no_grad():
        for weight, kept in zip(learned, best_weights):
            weight.copy_(kept)
    figures = {name: accuracy(model, rows, encoder.device) for name, rows in (("dev", dev), ("test", test))}
    return dict(**figures, lr=lr, step=best_step, steps=steps, seconds=perf_counter() - start)


FITTED = dict(tfidf=tfidf, probe=probe)
TUNED = {
    "peft-prefix": Tuning(prefix_classifier, rates=(0.01, 0.03, 0.05), weight_decay=0),
    "model-tuning": Tuning(PooledClassifier, rates=(1e-4, 3e-4, 5e-4), weight_decay=0.01),
}


class Record:
    """The file of results: what has been measured, kept up to date as runs end."""

    def __init__(self, path: Path, device: str):
        packages = dict(torch=torch, transformers=transformers, peft=peft, sklearn=sklearn)
        versions = dict(python=platform.python_version(), **{name: of.__version__ for name, of in packages.items()})
        if device == "cuda":
            versions["gpu"] = torch.cuda.get_device_name()
        empty = dict(versions={}, settings=SETTINGS, rates={}, results={})
        self.path = path
        self.device = device
        self.kept = json.loads(path.read_text()) if path.exists() else empty
        if self.kept["settings"] != SETTINGS or self.kept["versions"].setdefault(device, versions) != versions:
            raise SystemExit(f"{path} was measured with other settings or versions: name another file with --out")

    def once(self, section: str, key: str, measure: Callable[[], dict]) -> dict:
        """The figures under `key`, measured and written first where the file doesn't have them."""
        if key not in self.kept[section]:
            figures = {"device": self.device, **measure()}
            digits = dict(dev=4, test=4, seconds=1)
            self.kept[section][key] = {
                name: round(value, digits[name]) if name in digits else value for name, value in figures.items()
            }
            written = self.path.with_suffix(".json.new")
            written.write_text(json.dumps(self.kept, indent=2) + "\n")
            os.replace(written, self.path)
            if section == "results":
                print(key, json.dumps(self.kept[section][key]), flush=True)
        return self.kept[section][key]


def measure(record: Record, encoder: Encoder, folder: Path, method: str, seed: int, per_class: int | None) -> dict:
    """The figures of one (task, method, seed)."""
    task = folder.name if per_class is None else f"{folder.name}@{per_class}"
    splits = read(folder, per_class, seed)
    if method in FITTED:
        return fit(FITTED[method], encoder, splits)

    def run(lr: float) -> dict:
        def log(line: str) -> None:
            print(f"{task} {method} seed {seed} lr {lr:g}  {line}", file=sys.stderr, flush=True)

        return tune(TUNED[method], encoder, splits, seed, lr, log)

    if seed != 0:
        chosen = record.kept["results"].get(f"{task}/{method}/0")
        if chosen is None:
            raise SystemExit(f"Cannot choose the learning rate of {task}/{method}/{seed}: run seed 0 first.")
        return run(chosen["lr"])
    runs = [record.once("rates", f"{task}/{method}/{lr:g}", partial(run, lr)) for lr in TUNED[method].rates]
    return max(runs, key=lambda figures: figures["dev"])


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Measures outside baselines on an encoder; a rerun goes on.")
    arguments.add_argument("--model", metavar="CHECKPOINT", required=True, help="with safetensors and tokenizer.json")
    arguments.add_argument("--data", metavar="DIR", type=Path, nargs="+", required=True, help="folders of tasks")
    arguments.add_argument("--tasks", nargs="+", help="only these")
    arguments.add_argument("--methods", nargs="+", choices=[*FITTED, *TUNED], default=[*FITTED, *TUNED])
    arguments.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    arguments.add_argument("--per-class", metavar="K", type=int, help="learn from K examples of a class")
    arguments.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--out", metavar="FILE", type=Path, default=Path(__file__).with_suffix(".json"))
    options = arguments.parse_args()
    if options.per_class is not None and options.per_class < 2:
        arguments.error(f"--per-class must be at least 2, one of them for dev: current value is {options.per_class}")

    torch.set_num_threads(options.threads)
    if options.device == "cuda" and not torch.cuda.is_available():
        arguments.error("--device cuda: PyTorch finds no GPU")
    if options.device == "cuda":
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # what cuBLAS needs to be deterministic
        torch.use_deterministic_algorithms(True)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    transformers.logging.set_verbosity_error()  # each load would list the pooler that is left out
    transformers.logging.disable_progress_bar()
    folders = {file.parent.name: file.parent for data in options.data for file in sorted(data.glob("*/train.jsonl"))}
    unknown = set(options.tasks or ()) - set(folders)
    if unknown:
        arguments.error(f"no folder in --data has the train.jsonl of {', '.join(sorted(unknown))}")
    record, encoder = Record(options.out, options.device), Encoder(options.model, options.device)
    # Seed by seed, so that every task has a first figure early.
    for seed in options.seeds:
        for task in options.tasks or folders:
            for method in options.methods:
                if method in FITTED and options.per_class is None and seed != options.seeds[0]:
                    continue  # nothing in it is random
                at = task if options.per_class is None else f"{task}@{options.per_class}"
                run = partial(measure, record, encoder, folders[task], method, seed, options.per_class)
                record.once("results", f"{at}/{method}/{seed}", run)
