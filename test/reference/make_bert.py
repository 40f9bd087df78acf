"""Makes tiny random BERT checkpoints and PyTorch's numbers for them, float32, eager attention.

    python make_bert.py

Every folder gets config.json, model.safetensors, tokenizer.json (WordPiece) and reference.safetensors:

    bert-exact    BertModel as save_pretrained writes it, pooler included; gelu; eps 1e-12
    bert-tanh     BertForMaskedLM, so every name begins with `bert.` or `cls.` and there is no pooler; gelu_new; eps 0.01,
                  which shows in the numbers; sizes that are no powers of two; one token type; a tokenizer that keeps case
    minilm-st     a folder laid out as sentence-transformers/all-MiniLM-L6-v2: its files, its older config.json, the
                  buffer embeddings.position_ids [1, positions] int64 among the weights, and truncation and padding set
                  in tokenizer.json. 2_Normalize is named in modules.json and holds no file, there as here.

Norms and biases are random too: transformers begins them at 1 and 0, where a forgotten one wouldn't show.

One letter a dimension: B rows, T text tokens, P virtual tokens, H hidden, C classes, D head size.
The keys of reference.safetensors (int64 where said, else float32; `hidden` at padded positions means nothing):

    input_ids, attention_mask [B, T] int64      right-padded with id 0; position ids from 0, token types 0
    hidden [B, T, H], mean [B, H]               the last layer's output, and its mean over a row's real positions
    left_input_ids, left_attention_mask, left_position_ids [B, T] int64
    left_hidden [B, T, H], left_mean [B, H]     the same rows padded on the left, each text still at positions 0, 1, …
    types_token_type_ids [B, T] int64           zeros, then ones; not of bert-tanh
    types_hidden [B, T, H], types_mean [B, H]   the right-padded rows with these types
    label_rows [C, H], label_bias [C], labels [B] int64      a linear head, and each row's class
    past_key.{l}, past_value.{l} [1, heads, P, D]            a learned prefix, which the text sees; the text is at 0, 1, …
    prompt [P, H]                               embeddings at positions 0 … P−1, of token type 0; the text is at P, P+1, …
    embedding [B, H]                            minilm-st: mean divided by its length; rows and texts are texts.json's

and for X = past and X = prompt, with scores = X_mean · label_rowsᵀ + label_bias and loss = mean over b of
−log softmax(scores[b])[labels[b]]:

    X_hidden [B, T, H]                          the text's positions only
    X_mean [B, H], X_scores [B, C], X_loss [1]  the mean is over the text: virtual tokens count nothing
    past_key_grad.{l}, past_value_grad.{l} [1, heads, P, D], prompt_grad [P, H]      d loss / d the leaf
    X_label_rows_grad [C, H], X_label_bias_grad [C]
"""

import json
from pathlib import Path

import torch
from make_llama import HERE, cache, pad
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForMaskedLM, BertModel
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

disable_progress_bar()
set_verbosity_error()  # bert-tanh is read without its head

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LOWER, UPPER = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WORDS = ["the", "is", "not", "and", "where", "train", "film", "good", "bad", "please", "coffee", "open"]
PIECES = ["##s", "##ed", "##ing", "##er", "##ly", "##est"]
OTHER = [".", ",", "?", "!", "#", "'", "1", "2", "##1", "##2", "中", "文"]
UNCASED = [*SPECIAL, *OTHER, *LOWER, *(f"##{letter}" for letter in LOWER), *WORDS, *PIECES[1:]]
CASED = [*SPECIAL, *OTHER[:7], *LOWER, *UPPER, *(f"##{letter}" for letter in "aeionrst"), "The", "film", *PIECES[1:]]

CASES = {
    "bert-exact": dict(
        seed=21,
        vocabulary=UNCASED,
        model=BertModel,
        config=dict(
            hidden_act="gelu",
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=48,
            max_position_embeddings=40,
            type_vocab_size=2,
            layer_norm_eps=1e-12,
        ),
    ),
    "bert-tanh": dict(
        seed=22,
        vocabulary=CASED,
        model=BertForMaskedLM,
        config=dict(
            hidden_act="gelu_new",
            hidden_size=30,
            num_hidden_layers=3,
            num_attention_heads=3,
            intermediate_size=37,
            max_position_embeddings=35,
            type_vocab_size=1,
            layer_norm_eps=0.01,
        ),
    ),
    "minilm-st": dict(
        seed=23,
        vocabulary=UNCASED,
        model=BertModel,
        config=dict(
            hidden_act="gelu",
            hidden_size=24,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=96,
            max_position_embeddings=64,
            type_vocab_size=2,
            layer_norm_eps=1e-12,
        ),
    ),
}

TEXTS = ["The coffee is not good, and the film is the worst!", "Where is 中文 ☃?", "Openings"]


def make_tokenizer(vocabulary: list[str]) -> Tokenizer:
    """BERT's WordPiece tokenizer over these pieces; it lowers case where they have no capitals."""
    tokenizer = Tokenizer(models.WordPiece({piece: id for id, piece in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase="A" not in vocabulary)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, vocabulary.index(name)) for name in ("[CLS]", "[SEP]")],
    )
    assert tokenizer.get_vocab_size() == len(vocabulary)
    return tokenizer


def make_checkpoint(folder: Path, case: dict) -> None:
    """Writes a random checkpoint as save_pretrained does, with its tokenizer."""
    torch.manual_seed(case["seed"])
    model = case["model"](BertConfig(vocab_size=len(case["vocabulary"]), pad_token_id=0, **case["config"]))
    for name, parameter in model.named_parameters():
        scale = 0.2 if parameter.ndim == 1 or name.endswith("embeddings.weight") else 0.3
        parameter.data = scale * torch.randn_like(parameter) + (1 if name.endswith("LayerNorm.weight") else 0)
    folder.mkdir(exist_ok=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    make_tokenizer(case["vocabulary"]).save(str(folder / "tokenizer.json"), pretty=False)


def lay_out_as_sentence_transformers(folder: Path) -> None:
    """Turns a checkpoint's folder into one of sentence-transformers 2."""
    weights = load_file(folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    positions = config["max_position_embeddings"]
    weights["embeddings.position_ids"] = torch.arange(positions)[None]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})

    kept = (
        *("architectures", "attention_probs_dropout_prob", "hidden_act", "hidden_dropout_prob", "hidden_size"),
        *("initializer_range", "intermediate_size", "layer_norm_eps", "max_position_embeddings", "model_type"),
        *("num_attention_heads", "num_hidden_layers", "pad_token_id", "type_vocab_size", "vocab_size"),
    )
    older = dict(gradient_checkpointing=False, position_embedding_type="absolute", transformers_version="4.8.2", use_cache=True)
    modes = dict(cls_token=False, mean_tokens=True, max_tokens=False, mean_sqrt_len_tokens=False)
    files = {
        "config.json": {key: config[key] for key in kept} | older,
        "modules.json": [
            dict(idx=idx, name=str(idx), path=path, type=f"sentence_transformers.models.{kind}")
            for idx, (path, kind) in enumerate([("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")])
        ],
        "1_Pooling/config.json": dict(
            word_embedding_dimension=config["hidden_size"], **{f"pooling_mode_{mode}": on for mode, on in modes.items()}
        ),
        "sentence_bert_config.json": dict(max_seq_length=32, do_lower_case=False),
        "tokenizer_config.json": dict(
            do_lower_case=True,
            **{f"{name[1:-1].lower()}_token": name for name in SPECIAL},
            tokenize_chinese_chars=True,
            strip_accents=None,
            tokenizer_class="BertTokenizer",
            model_max_length=positions,
        ),
    }
    (folder / "1_Pooling").mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n")

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(max_length=16)
    tokenizer.enable_padding(length=16)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def load(folder: str | Path, kind=BertModel, **settings):
    """The checkpoint in float32, frozen, as `kind`."""
    model = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", **settings)
    return model.eval().requires_grad_(False)


def random_batch(seed: int, vocab_size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Three random texts of 12, 7 and 3 tokens from [CLS] to [SEP]: input_ids, attention_mask [3, 12]."""
    generator = torch.Generator().manual_seed(seed)
    first, last = SPECIAL.index("[CLS]"), SPECIAL.index("[SEP]")
    words = [torch.randint(len(SPECIAL), vocab_size, (n - 2,), generator=generator).tolist() for n in (12, 7, 3)]
    return pad([[first, *row, last] for row in words])


def run(model, input_ids, attention_mask, token_type_ids=None, position_ids=None, prompt=None, past=None) -> torch.Tensor:
    """The text's hidden states [B, T, H] behind a prompt [P, H], behind a past, or alone.

    Position ids begin at 0 where none are given, or at P behind a prompt.
    """
    rows, tokens = input_ids.shape
    embeddings = model.embeddings.word_embeddings(input_ids)  # [B, T, H]
    if token_type_ids is None:
        token_type_ids = torch.zeros_like(input_ids)
    if position_ids is None:
        position_ids = torch.arange(tokens).expand(rows, -1)
    virtual = 0
    if prompt is not None:
        virtual = prompt.shape[0]
        embeddings = torch.cat([prompt.expand(rows, -1, -1), embeddings], dim=1)  # [B, P + T, H]
        token_type_ids = torch.nn.functional.pad(token_type_ids, (virtual, 0))
        position_ids = torch.cat([torch.arange(virtual).expand(rows, -1), virtual + position_ids], dim=1)
    if past is not None:
        virtual = past[0][0].shape[2]
    seen = torch.nn.functional.pad(attention_mask, (virtual, 0), value=1)  # [B, P + T]
    return model(
        inputs_embeds=embeddings,
        attention_mask=-1e9 * (1 - seen[:, None, None].float()),  # taken as it is, and added to the attention's scores
        token_type_ids=token_type_ids,
        position_ids=position_ids,
        past_key_values=None if past is None else cache(past, rows),
    ).last_hidden_state[:, -tokens:]


def mean(hidden: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    """Hidden states [B, T, H], averaged over each row's real positions: [B, H]."""
    return (hidden * attention_mask[..., None]).sum(1) / attention_mask.sum(1, keepdim=True)


def alone(model, input_ids, attention_mask) -> dict[str, torch.Tensor]:
    """The values of the model without a prompt, in the three layouts that the head of this file names."""
    out = dict(input_ids=input_ids, attention_mask=attention_mask)
    out["hidden"] = run(model, input_ids, attention_mask)
    shifts = [int(length) for length in attention_mask.sum(1)]
    ids, mask = (torch.stack([row.roll(-n) for row, n in zip(side, shifts)]) for side in (input_ids, attention_mask))
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    out |= dict(left_input_ids=ids, left_attention_mask=mask, left_position_ids=positions)
    out["left_hidden"] = run(model, ids, mask, position_ids=positions)
    if model.config.type_vocab_size > 1:
        second = torch.arange(input_ids.shape[1]) >= attention_mask.sum(1, keepdim=True) // 2
        out["types_token_type_ids"] = second.long() * attention_mask
        out["types_hidden"] = run(model, input_ids, attention_mask, out["types_token_type_ids"])
    for layout in ("", "left_", "types_"):
        if f"{layout}hidden" in out:
            out[f"{layout}mean"] = mean(out[f"{layout}hidden"], mask if layout == "left_" else attention_mask)
    assert torch.allclose(out["left_mean"], out["mean"], atol=1e-5)  # padding doesn't tell in a text's numbers
    return out


def reference(model, input_ids, attention_mask, prompt, past, label_rows, label_bias, labels) -> dict[str, torch.Tensor]:
    """Every tensor that the head of this file names, but `embedding`; `past` is one (key, value) a layer."""
    with torch.no_grad():
        out = alone(model, input_ids, attention_mask)
    out |= dict(label_rows=label_rows, label_bias=label_bias, labels=labels)

    prompt = prompt.clone().requires_grad_()
    past = [(key.clone().requires_grad_(), value.clone().requires_grad_()) for key, value in past]
    for kind, leaves in dict(past=dict(past=past), prompt=dict(prompt=prompt)).items():
        rows, bias = label_rows.clone().requires_grad_(), label_bias.clone().requires_grad_()
        hidden = run(model, input_ids, attention_mask, **leaves)
        pooled = mean(hidden, attention_mask)  # [B, H]
        scores = pooled @ rows.T + bias  # [B, C]
        loss = torch.nn.functional.cross_entropy(scores, labels)
        loss.backward()
        out |= {f"{kind}_hidden": hidden, f"{kind}_mean": pooled, f"{kind}_scores": scores, f"{kind}_loss": loss.reshape(1)}
        out |= {f"{kind}_label_rows_grad": rows.grad, f"{kind}_label_bias_grad": bias.grad}

    out |= dict(prompt=prompt, prompt_grad=prompt.grad)
    for layer, (key, value) in enumerate(past):
        out |= {f"past_key.{layer}": key, f"past_value.{layer}": value}
        out |= {f"past_key_grad.{layer}": key.grad, f"past_value_grad.{layer}": value.grad}
    return {name: tensor.detach().clone().contiguous() for name, tensor in out.items()}


def make_tiny(name: str, case: dict) -> None:
    """Writes HERE/name: the checkpoint, and its numbers with 5 virtual tokens."""
    folder = HERE / name
    make_checkpoint(folder, case)
    model = load(folder)
    config = model.config
    input_ids, attention_mask = random_batch(case["seed"], config.vocab_size)
    if name == "minilm-st":
        lay_out_as_sentence_transformers(folder)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        ids = [tokenizer.encode(text).ids for text in TEXTS]
        input_ids, attention_mask = pad(ids)
        (folder / "texts.json").write_text(json.dumps(dict(texts=TEXTS, ids=ids), ensure_ascii=False) + "\n")

    torch.manual_seed(100 + case["seed"])
    heads, hidden = config.num_attention_heads, config.hidden_size
    prompt = 0.3 * torch.randn(5, hidden)
    past = [tuple(torch.randn(2, 1, heads, 5, hidden // heads)) for _ in range(config.num_hidden_layers)]
    label_rows, label_bias, labels = 0.3 * torch.randn(4, hidden), 0.3 * torch.randn(4), torch.tensor([2, 0, 3])
    tensors = reference(model, input_ids, attention_mask, prompt, past, label_rows, label_bias, labels)
    if name == "minilm-st":
        tensors["embedding"] = torch.nn.functional.normalize(tensors["mean"], dim=1)
    save_file(tensors, folder / "reference.safetensors")
    print(name, {key: tensors[f"{key}_loss"].item() for key in ("past", "prompt")})


if __name__ == "__main__":
    torch.set_num_threads(1)  # sums in one order
    for name, case in CASES.items():
        make_tiny(name, case)
