"""Writes a checkpoint as transformers.js wants it: the graph of transformers' own model, its weights in int8 (dynamic quantization).

    python export_onnx.py CHECKPOINT FOLDER
"""

import shutil
import sys
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel

checkpoint, folder = Path(sys.argv[1]), Path(sys.argv[2])
(folder / "onnx").mkdir(parents=True, exist_ok=True)
for name in ["config.json", "tokenizer.json", "tokenizer_config.json"]:
    shutil.copy(checkpoint / name, folder / name)

model = AutoModel.from_pretrained(checkpoint, attn_implementation="eager").eval()
names = ["input_ids", "attention_mask", "token_type_ids"]
example = tuple(torch.ones(2, 16, dtype=torch.int64) for _ in names)


class LastHiddenState(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.model = model

    def forward(self, *inputs):
        return self.model(**dict(zip(names, inputs))).last_hidden_state


whole = folder / "onnx/model.onnx"
torch.onnx.export(
    LastHiddenState(),
    example,
    str(whole),
    input_names=names,
    output_names=["last_hidden_state"],
    dynamic_axes={name: {0: "batch", 1: "sequence"} for name in [*names, "last_hidden_state"]},
    opset_version=17,
    dynamo=False,
)
quantize_dynamic(str(whole), str(folder / "onnx/model_quantized.onnx"), weight_type=QuantType.QInt8)
whole.unlink()
