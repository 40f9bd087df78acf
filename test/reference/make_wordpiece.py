"""Makes lines of many scripts, and of each the ids that Python's `tokenizers` gives it with BERT's WordPiece tokenizers.

    python make_wordpiece.py MINILM        (after make_bert.py; MINILM is a folder with all-MiniLM-L6-v2's tokenizer.json)

Writes wordpiece.json.gz:

    lines        10,000 texts, made here from ranges of Unicode and lists of words; a text may hold line breaks
    vocabulary   the SHA-256 of MiniLM's pieces, in the order of their ids, each followed by a line break
    ids          for "minilm", "minilm-st" (which lowers case, over a small vocabulary) and "bert-tanh" (which keeps it):
                 of each line the first 6 hex digits of the SHA-256 of its ids, written in decimal with commas between

The name of a special token in a text is text: such tokens are taken out of tokenizer.json before it is read. Nothing is
truncated, padded or added.

The lines hold only characters that Unicode 3.2 had, emoji apart, because the library's tables are about Unicode 8's and a
JavaScript engine's are newer: of later combining marks, format characters and punctuation they disagree whether to take
one out or to split there. So they do of U+1734, once a nonspacing mark, and U+166D, once punctuation.
"""

import argparse
import gzip
import hashlib
import json
import unicodedata
from pathlib import Path
from random import Random

from make_llama import HERE
from tokenizers import Tokenizer

LINES = 10_000


def span(*ranges: tuple[int, int]) -> list[str]:
    """The characters from each first to each last code point that Unicode 3.2 had and that mean the same today."""
    points = (point for first, last in ranges for point in range(first, last + 1))
    known = unicodedata.ucd_3_2_0.category
    return [chr(point) for point in points if known(chr(point)) not in ("Cn", "Cs") and point not in (0x1734, 0x166D)]


SCRIPTS = {
    "latin": span((0x61, 0x7A)) * 4 + span((0xC0, 0x17F), (0x1E00, 0x1EF9)),
    "cyrillic": span((0x410, 0x44F)) * 3 + span((0x400, 0x45F), (0x48A, 0x4CE)),
    "greek": span((0x391, 0x3C9)) * 3 + span((0x386, 0x3CE), (0x1F00, 0x1FFC)),
    "arabic": span((0x621, 0x64A)) * 3 + span((0x64B, 0x655), (0x671, 0x6D3)),
    "hebrew": span((0x5D0, 0x5EA)) * 3 + span((0x5B0, 0x5C2)),
    "devanagari": span((0x905, 0x939)) * 2 + span((0x901, 0x903), (0x93E, 0x94D), (0x958, 0x963)),
    "thai": span((0xE01, 0xE2E)) * 2 + span((0xE30, 0xE3A), (0xE40, 0xE4E)),
    "hangul": span((0xAC00, 0xD7A3)),
    "kana": span((0x3041, 0x3094), (0x30A1, 0x30FA), (0x30FC, 0x30FE)),
    "cjk": span((0x4E00, 0x5FFF)) * 4 + span((0x3400, 0x3500), (0x6000, 0x9FA5), (0xF900, 0xFA2D), (0x20000, 0x2A6D6)),
}
MARKS = span((0x300, 0x34F), (0x360, 0x36F), (0x20D0, 0x20EA))
DIGITS = span((0x30, 0x39)) * 8 + span((0x660, 0x669), (0x966, 0x96F), (0xB2, 0xB3), (0x2160, 0x2183), (0xFF10, 0xFF19))
PUNCTUATION = span((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)) * 4
PUNCTUATION += span((0xA1, 0xBF), (0x2010, 0x2057), (0x3001, 0x3020), (0xFF01, 0xFF0F), (0x2190, 0x21FF), (0x2200, 0x22FF))
INVISIBLE = span((0x00, 0x1F), (0x7F, 0xA0), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x2063), (0x206A, 0x206F))
INVISIBLE += [*"\t\n\r\u00a0\u3000\u1680\u180e\u00ad\ufeff\ufffd\u2066\u2069\ue000\U000f0000\U000e0041"]
FACES = [chr(point) for point in [*range(0x1F600, 0x1F640), *range(0x1F300, 0x1F3FA), *range(0x1F400, 0x1F4FD), 0x2764, 0x263A]]
PEOPLE = [*"\U0001f468\U0001f469\U0001f467\U0001f466\U0001f44b\U0001f64f\U0001f3c3"]
TONES = [chr(point) for point in range(0x1F3FB, 0x1F400)]
FLAGS = [chr(point) for point in range(0x1F1E6, 0x1F200)]
NAMES = ["[SEP]", "[CLS]", "[MASK]", "[UNK]", "[PAD]", "[sep]", "[unused1]", "##ing", "##s", "##", "[ SEP ]", "</s>", "[[CLS]]"]
ANY = span((0x20, 0x33FF), (0xA000, 0xABFF), (0xF900, 0xFFEF), (0x10000, 0x1FFFF))  # all but the large blocks
STEMS = """
    the a of and to in that is was for on are with as they at be this have from or had by not but what all were when we
    there can an your which their said if do will each about how up out them then she many some so these would other into
    has more her two like him see time could no make than first been its who now people my made over did down only way
    find use may water long little very after word call just where most know get through back much go good new write our
    me man too any day same right look think also around another came come work three must because does part even place
    well such here take why help put different away again off went old number great tell men say small every found still
    between name should home big give air line set own under read last never us left end along while might next sound
    below saw something thought both few those always show large often together asked house world going want school
    important until form food keep children feet land side without boy once animal life enough took four head above kind
    began almost live page got earth need far hand high year mother light country father let night picture being study
    second soon story since white ever paper hard near sentence better best across during today however sure knew try
    told young sun thing whole hear example heard several change answer room sea against top turn learn point city play
    refund delivery invoice charged cancelled password unbelievable wonderful disappointing overpriced reservation tokenizer
""".split()
ENDINGS = ["", "", "", "s", "ed", "ing", "er", "est", "ly", "ness", "'s", "n't", "-like", "ization", "2", "ß", "é", "ı"]


def lexicon(random: Random, letters: list[str]) -> list[str]:
    """300 words of 1 to 9 of the letters, some with combining marks."""
    words = ["".join(random.choices(letters, k=random.randint(1, 9))) for _ in range(300)]
    return [word + random.choice(MARKS) * random.randint(1, 2) if random.random() < 0.1 else word for word in words]


def make_lines() -> list[str]:
    """The texts, the same each time."""
    random = Random(1)
    words = {script: lexicon(random, letters) for script, letters in SCRIPTS.items()}

    def cased(word: str) -> str:
        return random.choice([word, word, word, word.lower(), word.upper(), word.capitalize(), word.swapcase()])

    def english() -> str:
        return cased(random.choice(STEMS) + random.choice(ENDINGS))

    def emoji() -> str:
        person = random.choice(PEOPLE)
        return random.choice(
            [
                random.choice(FACES) * random.randint(1, 3),
                random.choice(FACES) + "\ufe0f",
                person + random.choice(TONES),
                person + random.choice(TONES) + "\u200d" + random.choice(PEOPLE),
                "\u200d".join(random.choices(PEOPLE, k=3)),
                "".join(random.choices(FLAGS, k=2)),
                random.choice("0123456789#*") + "\ufe0f\u20e3",
            ]
        )

    def number() -> str:
        return "".join(random.choices(DIGITS + [*".,:-/%€$"], k=random.randint(1, 7)))

    def spelt(text: str) -> str:
        return unicodedata.normalize(random.choice(["NFC", "NFD", "NFC", "NFD", "NFKC"]), text)

    def sentence(word, least: int = 1, most: int = 7) -> str:
        parts = []
        for _ in range(random.randint(least, most)):
            parts.append(random.choices([word(), number(), emoji()], [12, 1, 0.4])[0])
            parts.append(random.choices(["", random.choice(PUNCTUATION)], [4, 1])[0])
            parts.append(random.choices([" ", "", "  ", "\t", "\u00a0"], [16, 1.5, 1, 0.5, 0.5])[0])
        return "".join(parts)

    def of(script: str):
        return lambda: cased(random.choice(words[script]))

    def mixed() -> str:
        return of(random.choice(list(words)))() if random.random() < 0.7 else english()

    def dirty(text: str) -> str:
        for _ in range(random.randint(1, 4)):
            at = random.randint(0, len(text))
            text = text[:at] + random.choice(INVISIBLE) + text[at:]
        return text

    def long() -> str:
        length = random.choice([99, 100, 101, random.randint(100, 300)])
        letters = random.choice([[*"aeinst"], [*"aeinst"], SCRIPTS["greek"], SCRIPTS["cyrillic"], [*"ae\u0301\u0323"], FACES])
        part = "".join(random.choices(letters, k=random.randint(1, 12)))
        return f"{english()} {(part * length)[:length]}{random.choice(['', '.', ' '])}{english()}"

    def special() -> str:
        text = sentence(english, 1, 5)
        for _ in range(random.randint(1, 3)):
            at = random.randint(0, len(text))
            text = text[:at] + random.choice(["", " "]) + random.choice(NAMES) + random.choice(["", " "]) + text[at:]
        return text

    def single() -> str:
        return " ".join(f"{random.choice(['a', 'E', ''])}{random.choice(ANY)}{random.choice(['b', 'T', ''])}" for _ in range(6))

    kinds = [
        (3000, lambda: sentence(english)),
        (2000, lambda: spelt(sentence(of(random.choice(list(words)))))),
        (1200, lambda: spelt(sentence(mixed))),
        (1200, lambda: dirty(sentence(english))),
        (600, lambda: dirty(spelt(sentence(mixed)))),
        (600, special),
        (500, long),
        (900, single),
    ]
    lines = [make() for count, make in kinds for _ in range(count)]
    assert len(lines) == LINES
    random.shuffle(lines)
    return lines


def read_tokenizer(path: Path) -> tuple[Tokenizer, str]:
    """The tokenizer without special tokens, truncation and padding, and the SHA-256 of its vocabulary."""
    parsed = json.loads(path.read_text())
    vocabulary = sorted(parsed["model"]["vocab"], key=parsed["model"]["vocab"].get)
    parsed |= dict(added_tokens=[token for token in parsed["added_tokens"] if not token["special"]])
    parsed |= dict(truncation=None, padding=None)
    return Tokenizer.from_str(json.dumps(parsed)), hashlib.sha256("".join(f"{piece}\n" for piece in vocabulary).encode()).hexdigest()


def digest(ids: list[int]) -> str:
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()[:6]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Makes lines of many scripts and the ids that Python gives them.")
    arguments.add_argument("minilm", metavar="MINILM", type=Path, help="a folder with all-MiniLM-L6-v2's tokenizer.json")
    options = arguments.parse_args()
    lines = make_lines()
    folders = {"minilm": options.minilm, "minilm-st": HERE / "minilm-st", "bert-tanh": HERE / "bert-tanh"}
    made = dict(vocabulary=read_tokenizer(options.minilm / "tokenizer.json")[1], lines=lines, ids={})
    for name, folder in folders.items():
        tokenizer, _ = read_tokenizer(folder / "tokenizer.json")
        rows = [encoding.ids for encoding in tokenizer.encode_batch(lines, add_special_tokens=False)]
        made["ids"][name] = [digest(ids) for ids in rows]
        unknown = tokenizer.token_to_id("[UNK]")
        print(name, sum(map(len, rows)), "tokens,", sum(ids.count(unknown) for ids in rows), "of them unknown")
    packed = gzip.compress(json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)
    (HERE / "wordpiece.json.gz").write_bytes(packed)
    print(len(packed), "bytes")
