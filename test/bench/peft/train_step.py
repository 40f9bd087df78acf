"""PEFT's side of the training-step benchmark: a server on stdin and stdout, so that a bench can alternate with its own.

    python train_step.py --model CHECKPOINT --method prompt|prefix [--logits-to-keep 1]

Prints {"ready": true, …} with the settings and versions. Then it answers each line on stdin with a line {"ms": …}:

    step       forward, loss, backward and AdamW step of the prompt, on new random ids; also prints "loss"
    forward    the bare model without a prompt and without gradients, on as many text tokens
    exit       ends the server

An encoder (BERT) is read by the mean of its last hidden states under a linear head of four classes, learned along.

A text of --text-tokens ends with the label's token, as PEFT's examples for CAUSAL_LM have it: labels are −100 but
there, and the logits of every position are computed. With --logits-to-keep 1 they are computed at the last position
only; the label's token then isn't part of the text, which is as long as before. No text is padded: transformers drops
the mask where it can, which is to PEFT's advantage. Eager attention and sdpa are within 5 % of each other at H 256.
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable
from time import perf_counter

import peft
import torch
import transformers
from peft import PrefixTuningConfig, PromptTuningConfig, get_peft_model

METHODS = dict(
    prompt=lambda virtual, task="CAUSAL_LM": PromptTuningConfig(
        task_type=task, num_virtual_tokens=virtual, prompt_tuning_init="SAMPLE_VOCAB" if task == "CAUSAL_LM" else "RANDOM"
    ),
    prefix=lambda virtual, task="CAUSAL_LM": PrefixTuningConfig(task_type=task, num_virtual_tokens=virtual),
)
CLASSES = 4


class DecoderBench:
    """A model with a prompt and its optimizer. Its methods time themselves, on ids [B, T] drawn before."""

    family = "decoder"

    def __init__(self, options: argparse.Namespace):
        base = transformers.AutoModelForCausalLM.from_pretrained(
            options.model, dtype=torch.float32, attn_implementation=options.attention
        )
        self.vocabulary = base.config.vocab_size
        self.options = options
        self.model = get_peft_model(base, METHODS[options.method](options.virtual_tokens)).train()
        learned = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.learned = sum(parameter.numel() for parameter in learned)
        self.optimizer = torch.optim.AdamW(learned, lr=1e-3)

    def ids(self, *shape: int) -> torch.Tensor:
        return torch.randint(1, self.vocabulary, shape)

    def step(self) -> dict:
        compute = self.loss()
        start = perf_counter()
        loss = compute()
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        loss = loss.item()
        return dict(ms=1000 * (perf_counter() - start), loss=loss)

    def loss(self) -> Callable[[], torch.Tensor]:
        """What computes the loss of a new batch, which is drawn already."""
        batch, tokens, keep = self.options.batch, self.options.text_tokens, self.options.logits_to_keep
        input_ids, answers = self.ids(batch, tokens), self.ids(batch)
        given = dict(input_ids=input_ids, attention_mask=torch.ones_like(input_ids), use_cache=False)
        labels = torch.full_like(input_ids, -100)
        labels[:, -1] = input_ids[:, -1]

        def compute() -> torch.Tensor:
            if not keep:
                return self.model(**given, labels=labels).loss
            output = self.model(**given, logits_to_keep=keep)
            return torch.nn.functional.cross_entropy(output.logits[:, -1], answers)

        return compute

    def forward(self) -> dict:
        base = self.model.get_base_model()
        input_ids = self.ids(self.options.batch, self.options.text_tokens)
        mask = torch.ones_like(input_ids)

        start = perf_counter()
        with torch.no_grad():
            base(input_ids=input_ids, attention_mask=mask, **self.bare())
        return dict(ms=1000 * (perf_counter() - start))

    def bare(self) -> dict:
        return dict(use_cache=False, logits_to_keep=self.options.logits_to_keep)


class EncoderBench(DecoderBench):
    """The same for a model that is read by the mean of its last hidden states."""

    family = "encoder"

    def __init__(self, options: argparse.Namespace):
        base = transformers.AutoModel.from_pretrained(
            options.model, dtype=torch.float32, attn_implementation=options.attention, add_pooling_layer=False
        )
        self.vocabulary = base.config.vocab_size
        self.options = options
        self.model = get_peft_model(base, METHODS[options.method](options.virtual_tokens, "FEATURE_EXTRACTION")).train()
        self.head = torch.nn.Linear(base.config.hidden_size, CLASSES)
        learned = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        learned += self.head.parameters()
        self.learned = sum(parameter.numel() for parameter in learned)
        self.optimizer = torch.optim.AdamW(learned, lr=1e-3)

    def loss(self) -> Callable[[], torch.Tensor]:
        input_ids = self.ids(self.options.batch, self.options.text_tokens)
        answers = torch.randint(0, CLASSES, (self.options.batch,))
        given = dict(input_ids=input_ids, attention_mask=torch.ones_like(input_ids))

        def compute() -> torch.Tensor:
            hidden = self.model(**given).last_hidden_state
            return torch.nn.functional.cross_entropy(self.head(hidden.mean(1)), answers)

        return compute

    def bare(self) -> dict:
        return {}


def say(line: dict) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Times PEFT's training step, on request over stdin.")
    arguments.add_argument("--model", metavar="CHECKPOINT", required=True)
    arguments.add_argument("--method", choices=METHODS, required=True)
    arguments.add_argument("--batch", type=int, default=16)
    arguments.add_argument("--text-tokens", type=int, default=64)
    arguments.add_argument("--virtual-tokens", type=int, default=20)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--attention", choices=("sdpa", "eager"), default="sdpa")
    arguments.add_argument("--logits-to-keep", type=int, choices=(0, 1), default=0, help="0: every position's")
    options = arguments.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    is_encoder = transformers.AutoConfig.from_pretrained(options.model).model_type == "bert"
    bench = (EncoderBench if is_encoder else DecoderBench)(options)
    versions = dict(
        torch=torch.__version__,
        transformers=transformers.__version__,
        peft=peft.__version__,
        python=platform.python_version(),
    )
    settings = dict(
        family=bench.family,
        method=options.method,
        batch=options.batch,
        textTokens=options.text_tokens,
        virtualTokens=options.virtual_tokens,
        threads=options.threads,
        attention=options.attention,
        logitsToKeep=options.logits_to_keep,
        learned=bench.learned,
    )
    say(dict(ready=True, **settings, versions=versions))
    commands = dict(step=bench.step, forward=bench.forward)
    for line in sys.stdin:
        command = line.strip()
        if command == "exit":
            break
        say(commands[command]() if command in commands else dict(error=f"no such command: {command}"))
