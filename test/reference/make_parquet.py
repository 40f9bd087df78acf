"""Writes parquet/: the same rows as pyarrow stores them in different ways, and rows.json, what they are.

    python make_parquet.py
"""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent / "parquet"
NAMES = ["refund", "card lost", "ümlaut 🎈"]
TEXTS = [f"text {i}: naïve “quotes”, 日本語 🎈\n" + "x" * (i % 7) for i in range(40)]
LABELS = [(i * i + i // 3) % 3 for i in range(40)]


def names(labels: list[int]) -> pa.Array:
    return pa.array([NAMES[label] for label in labels])


def write(name: str, columns: dict[str, pa.Array], metadata: dict[str, str] | None = None, **options) -> None:
    table = pa.table(columns).replace_schema_metadata(metadata)
    pq.write_table(table, FOLDER / f"{name}.parquet", **{"row_group_size": 16, "compression": "snappy", **options})


def features(label: dict) -> dict[str, str]:
    return {"huggingface": json.dumps({"info": {"features": {"text": {"dtype": "string", "_type": "Value"}, "label": label}}})}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    text, label = pa.array(TEXTS), names(LABELS)
    both = {"text": text, "label": label}
    for codec in ("none", "snappy", "zstd", "gzip", "brotli"):
        write(codec, both, compression=codec)
        write(f"{codec}-v2", both, compression=codec, data_page_version="2.0")
    write("plain", both, use_dictionary=False)
    write("small-pages", both, data_page_size=64, write_batch_size=4)
    write("small-pages-v2", both, data_page_size=64, write_batch_size=4, data_page_version="2.0", use_dictionary=False)
    write("delta-length", both, use_dictionary=False, column_encoding={"text": "DELTA_LENGTH_BYTE_ARRAY", "label": "PLAIN"})
    required = pa.schema([pa.field("text", pa.string(), False), pa.field("label", pa.string(), False)])
    pq.write_table(pa.table(both, schema=required), FOLDER / "required.parquet", row_group_size=16)
    write("large-strings", {"text": text.cast(pa.large_string()), "label": label.dictionary_encode()})
    more = {"id": pa.array(range(40)), "Label": label, "spans": pa.array([[i] for i in range(40)]), " Text": text}
    write("more-columns", more)
    kinds = features({"names": NAMES, "_type": "ClassLabel"})
    write("class-label", {"text": text, "label": pa.array(LABELS)}, kinds)
    write("class-label-unlabelled", {"text": text, "label": pa.array([-1] * 40)}, kinds)

    write("int8", {"text": text, "label": pa.array(LABELS, pa.int8())})
    write("uint64-delta", {"text": text, "label": pa.array(LABELS, pa.uint64())}, use_dictionary=False, column_encoding={"label": "DELTA_BINARY_PACKED"})  # fmt: skip
    write("bool", {"text": text, "label": pa.array([label == 1 for label in LABELS])})
    write("bool-v2", {"text": text, "label": pa.array([label == 1 for label in LABELS])}, data_page_version="2.0")
    write("float", {"text": text, "label": pa.array([label / 2 for label in LABELS])})

    write("nulls", {"text": pa.array([None if i == 21 else text for i, text in enumerate(TEXTS)]), "label": label})
    write("nested", {"text": pa.array([{"a": text} for text in TEXTS]), "label": label})
    write("lists", {"text": text, "label": pa.array([[label] for label in LABELS])})
    write("dates", {"text": text, "label": pa.array([0] * 40, pa.timestamp("ms"))})
    write("delta", both, use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY", "label": "PLAIN"})
    write("lz4", both, compression="lz4")
    write("empty", {"text": text.slice(0, 0), "label": label.slice(0, 0)})
    write("latin1", {"text": pa.array(["caf\xe9".encode("latin-1")] * 40, pa.binary()), "label": label})
    rows = {"texts": TEXTS, "labels": LABELS, "names": NAMES}
    (FOLDER / "rows.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
