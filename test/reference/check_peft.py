"""Loads a prompt package with PEFT and prints what the model then answers, as one JSON line.

    python check_peft.py DIR --model CHECKPOINT [--position-offset N] [--classes N] --ids 0,5,9,12 0,7

Each of --ids is a row of token ids; rows are padded on the right. Printed, over the text's real positions only:
`hiddenSum`, the sum of the hidden states after the final norm; `peftType` and `virtualTokens` as PEFT read them; of a
Llama `hidden` [B, H] and `logits` [B, V] at each row's last token; of a BERT `hidden` [B, H], the mean over a row.

The text's positions begin at the number of virtual tokens; of a BERT with a prefix, at --position-offset where given.
With --classes a BERT is loaded as a BertForSequenceClassification, whose classifier is random: the hidden states are the
same.
"""

import argparse
import json
from pathlib import Path

import make_bert
import torch
from make_llama import at_answer, load, pad
from peft import PeftModel
from transformers import BertConfig, BertForSequenceClassification

if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Loads a prompt package with PEFT and prints the model's answers.")
    arguments.add_argument("package", metavar="DIR")
    arguments.add_argument("--model", metavar="CHECKPOINT", required=True)
    arguments.add_argument("--position-offset", metavar="N", type=int, help="the position of the text's first token")
    arguments.add_argument("--classes", metavar="N", type=int, help="load a BERT with a classifier of so many classes")
    arguments.add_argument("--ids", metavar="ROW", nargs="+", required=True, help="comma-separated token ids")
    options = arguments.parse_args()

    input_ids, attention_mask = pad([[int(token) for token in row.split(",")] for row in options.ids])
    encoder = json.loads((Path(options.model) / "config.json").read_text())["model_type"] == "bert"
    if options.classes is not None:
        assert encoder
        config = BertConfig.from_pretrained(options.model, num_labels=options.classes)
        base = make_bert.load(options.model, BertForSequenceClassification, config=config)
    else:
        base = make_bert.load(options.model) if encoder else load(options.model)
    model = PeftModel.from_pretrained(base, options.package).eval()
    config = model.active_peft_config
    positions = {}
    if options.position_offset is not None:
        assert encoder and config.peft_type.value == "PREFIX_TUNING"  # PEFT drops the position ids of others
        begin = options.position_offset - config.num_virtual_tokens  # which PEFT adds to each
        positions["position_ids"] = begin + torch.arange(input_ids.shape[1]).expand(len(input_ids), -1)
    with torch.no_grad():
        output = model(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True, **positions)
    text = slice(-input_ids.shape[1], None)  # PEFT returns a prompt's positions too
    hidden = output.hidden_states[-1][:, text]  # [B, T, H]
    answer = dict(
        peftType=config.peft_type.value,
        virtualTokens=config.num_virtual_tokens,
        hiddenSum=hidden[attention_mask.bool()].sum().item(),
    )
    if encoder:
        answer |= dict(hidden=make_bert.mean(hidden, attention_mask).tolist())
    else:
        logits = output.logits[:, text]  # [B, T, V]
        answer |= dict(hidden=at_answer(hidden, attention_mask).tolist(), logits=at_answer(logits, attention_mask).tolist())
    print(json.dumps(answer))
