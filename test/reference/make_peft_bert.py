"""Writes classifiers of BERT as PEFT's save_pretrained does, with the numbers that PEFT's forward gives for them.

    python make_peft_bert.py        (after make_bert.py; reads its checkpoints)

peft/<model>-prompt/ and peft/<model>-prefix/ get adapter_config.json, adapter_model.safetensors and
reference.safetensors, float32 where not said:

    input_ids, attention_mask [B, T] int64      right-padded, token types 0
    hidden [B, T, H]                            the text's positions only; at padded positions it means nothing
    first [B, H]                                the hidden state that is pooled
    pooler_weight [H, H], pooler_bias [H]       the pooler, which bert-tanh doesn't have: PyTorch drew it
    logits [B, C]                               classifier · tanh(pooler_weight · first + pooler_bias)

What PEFT 0.21 does with a BertForSequenceClassification and task type SEQ_CLS:

- adapter_model.safetensors holds `prompt_embeddings` and the classifier, `base_model.classifier.weight` [C, H] and
  `base_model.classifier.bias` [C]; in memory the latter are `base_model.classifier.modules_to_save.default.*`.
  adapter_config.json names it under `modules_to_save`, as ["classifier", "score"] and once more.
- `prompt_embeddings` is [P, H] for a prompt and [P, 2 · L · H] for a prefix, laid out as make_peft.py says of decoders.
- The text's positions begin at P for both kinds, and they count padding on the left. A prefix takes `position_ids` and
  adds P to them, so that −P, −P + 1, … puts the text at 0; a prompt drops them with a warning.
- Virtual tokens have token type 0.
- Pooled is the pooler's tanh layer on the first position: the text's first, [CLS], behind a prefix, and the first
  *virtual token* with a prompt. The pooler is frozen and not stored: where the checkpoint has none, a random one is
  trained through, and what was learned is of no use with another.
- Without the classifier's tensors a folder doesn't load into BertForSequenceClassification (KeyError:
  'base_model.classifier.weight'), whatever `modules_to_save` says; nor does it with another number of classes. It loads,
  and without a warning, into a BertModel, which has no classifier: the hidden states are the same. With task type
  FEATURE_EXTRACTION and `modules_to_save` null it loads into either. With no task type at all the forward pass leaves out
  what was learned, and nothing says so.
- A prefix needs no decoder: its keys and values are passed as a cache, with a mask [B, P + T], and every position of the
  text sees all of them.
"""

import shutil
import warnings
from pathlib import Path

import torch
from make_bert import HERE, load, random_batch, run
from make_peft import METHODS, VIRTUAL_TOKENS, as_past
from peft import PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForSequenceClassification

CLASSES = 3


def classifier(name: str) -> BertForSequenceClassification:
    """The checkpoint HERE/name with a classifier of CLASSES classes on it, frozen."""
    config = BertConfig.from_pretrained(HERE / name, num_labels=CLASSES)
    return load(HERE / name, BertForSequenceClassification, config=config)


def make_package(folder: Path, name: str, method: str, seed: int) -> None:
    """Writes the package of a random prompt or prefix, and a random classifier, for the checkpoint HERE/name."""
    torch.manual_seed(seed)
    base = classifier(name)
    model = get_peft_model(base, METHODS[method](task_type="SEQ_CLS", num_virtual_tokens=VIRTUAL_TOKENS)).eval()
    model.peft_config["default"].base_model_name_or_path = name  # not the folder's path on this machine
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for parameter in [*learned, *base.bert.pooler.parameters()]:
        torch.nn.init.normal_(parameter, std=0.5)

    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()

    input_ids, attention_mask = random_batch(seed, base.config.vocab_size)
    with torch.no_grad():
        output = model(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True)
    hidden = output.hidden_states[-1]  # [B, T, H], or [B, P + T, H] with a prompt
    tensors = dict(input_ids=input_ids, attention_mask=attention_mask, hidden=hidden[:, -input_ids.shape[1] :])
    tensors |= dict(first=hidden[:, 0], logits=output.logits)
    tensors |= {f"pooler_{name}": parameter for name, parameter in base.bert.pooler.dense.named_parameters()}
    tensors = {key: tensor.detach().clone() for key, tensor in tensors.items()}
    check(folder, name, method, tensors)
    save_file(tensors, folder / "reference.safetensors")


def check(folder: Path, name: str, method: str, wanted: dict[str, torch.Tensor]) -> None:
    """Fails unless the saved weights, read without PEFT as this file's head says, give the same numbers.

    And unless PEFT loads them into a BertModel with the classifier's tensors left out, to the same hidden states.
    """
    weights = load_file(folder / "adapter_model.safetensors")
    stored = weights["prompt_embeddings"]
    ids, mask = wanted["input_ids"], wanted["attention_mask"]
    base = load(HERE / name)
    if method == "prompt":
        given = dict(prompt=stored)  # [P, H]
    else:
        config = base.config
        past = as_past(stored, config.num_hidden_layers, config.num_attention_heads)
        given = dict(past=past, position_ids=VIRTUAL_TOKENS + torch.arange(ids.shape[1]).expand(len(ids), -1))
    pooled = torch.tanh(wanted["first"] @ wanted["pooler_weight"].T + wanted["pooler_bias"])
    logits = pooled @ weights["base_model.classifier.weight"].T + weights["base_model.classifier.bias"]

    bare = folder.parent / "without-classifier"
    shutil.copytree(folder, bare, dirs_exist_ok=True)
    save_file(dict(prompt_embeddings=stored), bare / "adapter_model.safetensors")
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("error", UserWarning)
        loaded = PeftModel.from_pretrained(load(HERE / name), bare).eval()
        theirs = loaded(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[-1]
    shutil.rmtree(bare)

    differences = dict(
        hidden=run(base, ids, mask, **given)[mask.bool()] - wanted["hidden"][mask.bool()],
        logits=logits - wanted["logits"],
        bare=(theirs[:, -ids.shape[1] :] - wanted["hidden"])[mask.bool()],
    )
    print(folder.name, {key: f"{difference.abs().max():.1e}" for key, difference in differences.items()})
    assert all(difference.abs().max() < 1e-5 for difference in differences.values())


if __name__ == "__main__":
    torch.set_num_threads(1)  # sums in one order
    for seed, name in enumerate(("bert-exact", "bert-tanh"), start=31):
        for method in METHODS:
            make_package(HERE / "peft" / f"{name}-{method}", name, method, seed)
