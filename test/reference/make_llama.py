"""Makes tiny random Llama checkpoints and PyTorch's numbers for them, float32, eager attention.

    python make_llama.py [--bootstrap CHECKPOINT]

Every folder gets config.json, *.safetensors, tokenizer.json and reference.safetensors; with --bootstrap, that
checkpoint's numbers go to bootstrap/ (no copy of the checkpoint). The same versions give the same bytes.

One letter a dimension: B rows, T text tokens, P virtual tokens, H hidden, V vocabulary, C classes, D head size.
The keys of reference.safetensors (int64 where said, else float32; values at padded positions mean nothing):

    input_ids, attention_mask [B, T] int64      right-padded with id 0
    logits [B, T, V], hidden [B, T, H]          the bare model; hidden is after the final norm
    label_token_ids [C] int64, labels [B] int64 a class's token, and each row's class
    prompt [P, H]                               embeddings at positions 0 … P−1; the text is at P, P+1, …
    past_key.{l}, past_value.{l} [1, kv, P, D]  in the prompt's place, used as they are (no rotation is applied)

and for X = prompt and X = past, with scores[b, c] = hidden[b, b's last token] · output row of label_token_ids[c] and
loss = mean over b of −log softmax(scores[b])[labels[b]]:

    X_hidden [B, T, H], X_logits [B, T, V]      the text's positions only
    X_scores [B, C], X_loss [1]
    prompt_grad [P, H], past_key_grad.{l}, past_value_grad.{l} [1, kv, P, D]      d loss / d the leaf
    label_rows_grad [C, H]                      for X = prompt, the output rows as a leaf of their own
    past_label_rows_grad [C, H]                 the same for X = past

bootstrap/ keeps the last real token's values instead: last_logits [B, V], X_last_hidden [B, H], X_last_logits [B, V].
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM
from transformers.utils.logging import disable_progress_bar

disable_progress_bar()
HERE = Path(__file__).parent

SENTENCES = [
    "The quick brown fox jumps over the lazy dog.",
    "Where is the nearest train station, and when does the next train leave?",
    "I would like 2 coffees and 3 rolls, please.",
    "This film was the best thing that they have shown here in the last 10 years.",
    "The worst of it is that nobody there would answer the letter.",
]

SHARED = dict(vocab_size=300, max_position_embeddings=128, bos_token_id=0, eos_token_id=0)
GROUPED = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48)

# One dtype each, so that a reader of checkpoints meets all three.
CASES = {
    "gqa-tied": dict(
        seed=1,
        dtype=torch.float32,
        config=dict(
            **GROUPED,
            head_dim=8,
            tie_word_embeddings=True,
            rms_norm_eps=1e-5,
            initializer_range=0.15,
            rope_parameters=dict(rope_type="default", rope_theta=10000.0),
        ),
    ),
    "mha-untied": dict(
        seed=2,
        dtype=torch.float16,
        config=dict(
            hidden_size=48,
            num_hidden_layers=3,
            num_attention_heads=3,
            num_key_value_heads=3,
            head_dim=16,
            intermediate_size=64,
            tie_word_embeddings=False,
            rms_norm_eps=1e-6,
            initializer_range=0.1,
            rope_parameters=dict(rope_type="default", rope_theta=10000.0),
        ),
    ),
    # At head size 32 one wavelength lies in each branch of the llama3 scaling (6.3 kept, 14.3 blended, 32.4 and above
    # divided by 8); at head size 8 none would be blended. heads · head size, 128, also isn't H here.
    "rope-scaled": dict(
        seed=3,
        dtype=torch.bfloat16,
        shards="40KB",
        config=dict(
            **GROUPED,
            head_dim=32,
            tie_word_embeddings=True,
            rms_norm_eps=1e-5,
            initializer_range=0.15,
            rope_parameters=dict(
                rope_type="llama3",
                rope_theta=500000.0,
                factor=8.0,
                low_freq_factor=1.0,
                high_freq_factor=4.0,
                original_max_position_embeddings=32,
            ),
        ),
    ),
}

BOOTSTRAP_TEXTS = [
    "The meal was cold, the waiter was rude, and we left before the coffee came. It was",
    "What a lovely little town! We walked along the river all day. It was",
    "The museum opens at 9 and closes at 5. It was",
]
BOOTSTRAP_WORDS = ["bad", "good", "open"]
BOOTSTRAP_LABELS = [0, 1, 2]


def train_tokenizer(vocab_size: int) -> Tokenizer:
    """A byte-level BPE of exactly `vocab_size` entries, <|endoftext|> being id 0 and digits standing apart."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    assert tokenizer.get_vocab_size() == vocab_size and tokenizer.token_to_id("<|endoftext|>") == 0
    return tokenizer


def make_checkpoint(folder: Path, case: dict) -> None:
    """Writes a random checkpoint as save_pretrained does; the norms' weights are random around 1."""
    torch.manual_seed(case["seed"])
    model = LlamaForCausalLM(LlamaConfig(**SHARED, **case["config"]))
    for name, parameter in model.named_parameters():
        if "norm" in name:
            parameter.data = 1 + 0.2 * torch.randn_like(parameter)
    folder.mkdir(exist_ok=True)
    for old in folder.glob("model*.safetensors*"):
        old.unlink()
    model.to(case["dtype"]).save_pretrained(folder, max_shard_size=case.get("shards", "1GB"))
    (folder / "generation_config.json").unlink()
    train_tokenizer(SHARED["vocab_size"]).save(str(folder / "tokenizer.json"), pretty=False)


def load(folder: str | Path, attention: str = "eager") -> LlamaForCausalLM:
    """The checkpoint in float32, frozen."""
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation=attention)
    return model.eval().requires_grad_(False)


def pad(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of ids, padded on the right with id 0: input_ids [B, T], attention_mask [B, T], int64."""
    width = max(map(len, rows))
    ids = [row + [0] * (width - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (width - len(row)) for row in rows]
    return torch.tensor(ids), torch.tensor(mask)


def random_batch(seed: int, vocab_size: int = SHARED["vocab_size"]) -> tuple[torch.Tensor, torch.Tensor]:
    """Three random texts of 12, 7 and 3 tokens, each beginning with id 0: input_ids, attention_mask [3, 12]."""
    generator = torch.Generator().manual_seed(seed)
    return pad([[0, *torch.randint(1, vocab_size, (n - 1,), generator=generator).tolist()] for n in (12, 7, 3)])


def cache(past: list[tuple[torch.Tensor, torch.Tensor]], rows: int) -> DynamicCache:
    """Keys and values [1, kv, P, D] of every layer, the same for each of `rows` rows."""
    made = DynamicCache()
    for layer, (key, value) in enumerate(past):
        made.update(key.expand(rows, -1, -1, -1), value.expand(rows, -1, -1, -1), layer)
    return made


def run(model, input_ids, attention_mask, prompt=None, past=None) -> tuple[torch.Tensor, torch.Tensor]:
    """The text [B, T] behind a prompt [P, H], behind a past, or alone: hidden [B, T, H] and logits [B, T, V]."""
    rows, tokens = input_ids.shape
    embeddings = model.get_input_embeddings()(input_ids)  # [B, T, H]
    virtual = 0
    if prompt is not None:
        virtual = prompt.shape[0]
        embeddings = torch.cat([prompt.expand(rows, -1, -1), embeddings], dim=1)  # [B, P + T, H]
    if past is not None:
        virtual = past[0][0].shape[2]
    hidden = model.model(
        inputs_embeds=embeddings,
        attention_mask=torch.cat([torch.ones(rows, virtual, dtype=torch.int64), attention_mask], dim=1),
        past_key_values=None if past is None else cache(past, rows),
        use_cache=False,
    ).last_hidden_state[:, -tokens:]
    return hidden, model.lm_head(hidden)


def at_answer(values: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    """Values [B, T, N] at each row's last real token: [B, N]."""
    return values[torch.arange(len(values)), attention_mask.sum(1) - 1]


def reference(model, input_ids, attention_mask, prompt, past, label_token_ids, labels) -> dict[str, torch.Tensor]:
    """Every tensor that the head of this file names, `past` being one (key, value) a layer."""
    out = dict(input_ids=input_ids, attention_mask=attention_mask, label_token_ids=label_token_ids, labels=labels)
    with torch.no_grad():
        out["hidden"], out["logits"] = run(model, input_ids, attention_mask)

    prompt = prompt.clone().requires_grad_()
    past = [(key.clone().requires_grad_(), value.clone().requires_grad_()) for key, value in past]
    for kind, leaves in dict(prompt=dict(prompt=prompt), past=dict(past=past)).items():
        label_rows = model.lm_head.weight[label_token_ids].clone().requires_grad_()  # [C, H]
        hidden, logits = run(model, input_ids, attention_mask, **leaves)
        scores = at_answer(hidden, attention_mask) @ label_rows.T  # [B, C]
        loss = torch.nn.functional.cross_entropy(scores, labels)
        loss.backward()
        out |= {f"{kind}_hidden": hidden, f"{kind}_logits": logits, f"{kind}_scores": scores}
        out |= {f"{kind}_loss": loss.reshape(1), f"{kind}_label_rows_grad": label_rows.grad}

    out |= dict(prompt=prompt, prompt_grad=prompt.grad, label_rows_grad=out.pop("prompt_label_rows_grad"))
    for layer, (key, value) in enumerate(past):
        out |= {f"past_key.{layer}": key, f"past_value.{layer}": value}
        out |= {f"past_key_grad.{layer}": key.grad, f"past_value_grad.{layer}": value.grad}
    return {name: tensor.detach().clone().contiguous() for name, tensor in out.items()}


def make_tiny(name: str, case: dict) -> None:
    """Writes HERE/name: the checkpoint, and its numbers on random ids with 5 virtual tokens."""
    make_checkpoint(HERE / name, case)
    model = load(HERE / name)
    input_ids, attention_mask = random_batch(case["seed"])
    config = model.config
    torch.manual_seed(100 + case["seed"])
    prompt = 0.3 * torch.randn(5, config.hidden_size)
    shape = (2, 1, config.num_key_value_heads, 5, config.head_dim)
    past = [tuple(torch.randn(shape)) for _ in range(config.num_hidden_layers)]
    label_token_ids = torch.randperm(config.vocab_size - 1)[:3] + 1
    labels = torch.tensor([2, 0, 1])
    tensors = reference(model, input_ids, attention_mask, prompt, past, label_token_ids, labels)
    save_file(tensors, HERE / name / "reference.safetensors")
    print(name, {key: tensors[f"{key}_loss"].item() for key in ("prompt", "past")})


def make_bootstrap(checkpoint: str) -> None:
    """Writes bootstrap/: a real checkpoint's numbers on sentences, with 20 virtual tokens."""
    model, tokenizer = load(checkpoint), Tokenizer.from_file(f"{checkpoint}/tokenizer.json")
    rows = [[0, *tokenizer.encode(text).ids] for text in BOOTSTRAP_TEXTS]
    input_ids, attention_mask = pad(rows)
    torch.manual_seed(100)
    vocabulary = model.get_input_embeddings().weight  # [V, H]
    prompt = vocabulary[torch.randint(len(vocabulary), (20,))]
    prompt = prompt + 0.5 * vocabulary.std() * torch.randn_like(prompt)
    own = model(torch.randint(1, len(vocabulary), (1, 20)), use_cache=True).past_key_values
    past = [(layer.keys, layer.values) for layer in own.layers]
    label_token_ids = torch.tensor([tokenizer.encode(" " + word).ids[0] for word in BOOTSTRAP_WORDS])
    labels = torch.tensor(BOOTSTRAP_LABELS)

    tensors = reference(model, input_ids, attention_mask, prompt, past, label_token_ids, labels)
    tensors["last_logits"] = at_answer(tensors.pop("logits"), attention_mask)
    for kind in ("prompt", "past"):
        for value in ("hidden", "logits"):
            tensors[f"{kind}_last_{value}"] = at_answer(tensors.pop(f"{kind}_{value}"), attention_mask)
    folder = HERE / "bootstrap"
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "reference.safetensors")
    card = dict(texts=BOOTSTRAP_TEXTS, ids=rows, words=BOOTSTRAP_WORDS, labelTokenIds=label_token_ids.tolist())
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in card.items())
    (folder / "texts.json").write_text(f"{{\n{lines}\n}}\n")
    print("bootstrap", {key: tensors[f"{key}_loss"].item() for key in ("prompt", "past")})


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Makes tiny Llama checkpoints and their reference numbers.")
    arguments.add_argument("--bootstrap", metavar="CHECKPOINT", help="also write this checkpoint's numbers")
    options = arguments.parse_args()
    torch.set_num_threads(1)  # sums in one order
    for name, case in CASES.items():
        make_tiny(name, case)
    if options.bootstrap:
        make_bootstrap(options.bootstrap)
