"""Loads a prompt package with PEFT and prints what the model then answers, as one JSON line.

    python check_peft.py DIR --model CHECKPOINT --ids 0,5,9,12 0,7

Each of --ids is a row of token ids; rows are padded on the right. Printed, over the text's real positions only:
`hiddenSum`, the sum of the hidden states after the final norm; `hidden` [B, H] and `logits` [B, V] at each row's last
token; `peftType` and `virtualTokens` as PEFT read them.
"""

import argparse
import json

import torch
from make_llama import at_answer, load, pad
from peft import PeftModel

if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Loads a prompt package with PEFT and prints the model's answers.")
    arguments.add_argument("package", metavar="DIR")
    arguments.add_argument("--model", metavar="CHECKPOINT", required=True)
    arguments.add_argument("--ids", metavar="ROW", nargs="+", required=True, help="comma-separated token ids")
    options = arguments.parse_args()

    input_ids, attention_mask = pad([[int(token) for token in row.split(",")] for row in options.ids])
    model = PeftModel.from_pretrained(load(options.model), options.package).eval()
    with torch.no_grad():
        output = model(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True)
    text = slice(-input_ids.shape[1], None)  # PEFT returns a prompt's positions too
    hidden, logits = output.hidden_states[-1][:, text], output.logits[:, text]  # [B, T, H], [B, T, V]
    config = model.active_peft_config
    answer = dict(
        peftType=config.peft_type.value,
        virtualTokens=config.num_virtual_tokens,
        hiddenSum=hidden[attention_mask.bool()].sum().item(),
        hidden=at_answer(hidden, attention_mask).tolist(),
        logits=at_answer(logits, attention_mask).tolist(),
    )
    print(json.dumps(answer))
