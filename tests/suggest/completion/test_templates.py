"""What a prompt looks like to each family of models, and by which tokens a family is known."""

from itertools import pairwise

import pytest

from speedproof.core.completion import Around, Chunk
from speedproof.suggest.completion.templates import TEMPLATES, Special, as_text, continued, template_for

PREFIX, SUFFIX = "import b\ndef f():\n    ret", "\n\nx = 1\n"
"""Above the cursor's line, on it with its indentation, behind it."""

QWEN = "<|fim_prefix|>import b\ndef f():\n    <|fim_suffix|>\n\nx = 1\n<|fim_middle|>ret"
STARCODER = "<fim_prefix>import b\ndef f():\n    <fim_suffix>\n\nx = 1\n<fim_middle>ret"
SANTACODER = "<fim-prefix>import b\ndef f():\n    <fim-suffix>\n\nx = 1\n<fim-middle>ret"
DEEPSEEK = "<｜fim▁begin｜>import b\ndef f():\n    <｜fim▁hole｜>\n\nx = 1\n<｜fim▁end｜>ret"

ALONE = {
    "qwen": QWEN,
    "codegemma": QWEN,
    "granite": QWEN,
    "deepseek": DEEPSEEK,
    "codeqwen": STARCODER,
    "starcoder2": STARCODER,
    "starcoder": STARCODER,
    "santacoder": SANTACODER,
    "codellama": "<PRE> import b\ndef f():\n    ret <SUF>\n\nx = 1\n <MID>",
    "codestral": "[SUFFIX]\n\nx = 1\n[PREFIX]import b\ndef f():\n    ret",
    "prefix-only-repository": PREFIX,
    "prefix-only": PREFIX,
}

PLAIN = "# lib/b.py\ndef g(): ...\n\n# c.py\nC = 1\n\n# a.py\n"
"""Other files where a family has no form of its own for them."""
IN_PLAIN = PLAIN + "import b\n"


def _repository(start: str, separator: str) -> str:
    """The other files and the name of the document, each behind a token."""
    files = "lib/b.py\ndef g(): ...\n", "c.py\nC = 1\n", "a.py\n"
    return start + "".join(separator + file for file in files)


WITH_FILES = {
    "qwen": _repository("<|repo_name|>project\n", "<|file_sep|>") + QWEN,
    "codegemma": "lib/b.py\ndef g(): ...\n<|file_separator|>c.py\nC = 1\n<|file_separator|>a.py\n" + QWEN,
    "granite": QWEN.replace("import b\n", IN_PLAIN),
    "deepseek": DEEPSEEK.replace("import b\n", _repository("", "#") + "import b\n"),
    "codeqwen": _repository("<reponame>project\n", "<file_sep>") + STARCODER,
    "starcoder2": _repository("<repo_name>project", "<file_sep>").removesuffix("a.py\n")
    + STARCODER.replace("import b\n", "a.py\nimport b\n"),
    "starcoder": STARCODER.replace("import b\n", IN_PLAIN),
    "santacoder": SANTACODER.replace("import b\n", IN_PLAIN),
    "codellama": ALONE["codellama"].replace("import b\n", IN_PLAIN),
    "codestral": "[SUFFIX]\n\nx = 1\n[PREFIX]+++++ lib/b.py\ndef g(): ...\n\n+++++ c.py\nC = 1\n\n+++++ a.py\n"
    + PREFIX,
    "prefix-only-repository": _repository("<repo_name>project", "<file_sep>") + PREFIX,
    "prefix-only": PLAIN + PREFIX,
}

FILES = (Chunk("lib/b.py", "def g(): ...\n\n"), Chunk("c.py", "C = 1"))

BARRED = {"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"}
HYPHENLESS = {"<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_pad>", "<|endoftext|>"}

VOCABULARIES = {
    "Qwen2.5-Coder": ("qwen", {*BARRED, "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<|endoftext|>", "<|im_end|>"}),
    "CodeQwen1.5": ("codeqwen", {*HYPHENLESS, "<reponame>", "<file_sep>"}),
    "DeepSeek-Coder": ("deepseek", {"<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<｜end▁of▁sentence｜>"}),
    "StarCoder2": ("starcoder2", {*HYPHENLESS, "<repo_name>", "<file_sep>", "<issue_start>", "<jupyter_start>"}),
    "StarCoder": ("starcoder", {*HYPHENLESS, "<filename>", "<reponame>", "<gh_stars>"}),
    "Granite 3 code": ("starcoder", {*HYPHENLESS, "<filename>", "<reponame>", "<|start_of_role|>"}),
    "Stable Code": ("starcoder", {*HYPHENLESS, "<filename>", "<gh_stars>", "<repo_continuation>"}),
    "SantaCoder": ("santacoder", {"<fim-prefix>", "<fim-suffix>", "<fim-middle>", "<fim-pad>", "<|endoftext|>"}),
    "CodeLlama": ("codellama", {"<s>", "</s>", "▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"}),
    "Codestral": ("codestral", {"<s>", "</s>", "[INST]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]"}),
    "CodeGemma": ("codegemma", {*BARRED, "<|file_separator|>", "<bos>", "<eos>"}),
    "Granite 4": ("granite", {*BARRED, "<|fim_pad|>", "<|filename|>", "<|reponame|>", "<|end_of_text|>"}),
    "SmolLM2": ("prefix-only-repository", {"<|endoftext|>", "<|im_start|>", "<repo_name>", "<reponame>", "<file_sep>"}),
    "Llama 2": ("prefix-only", {"<s>", "</s>", "<unk>"}),
    "nothing known": ("prefix-only", set()),
    "half of a family": ("prefix-only", {"<fim_prefix>", "<fim_suffix>"}),
}


def check(name: str, prefix: str, suffix: str, files: tuple[Chunk, ...], expected: str) -> None:
    around = Around("a.py", prefix, suffix, files)
    pieces = TEMPLATES[name].pieces(around)
    assert as_text(pieces) == expected
    assert all(piece if isinstance(piece, str) else piece.token for piece in pieces)
    assert not any(isinstance(one, str) and isinstance(other, str) for one, other in pairwise(pieces))
    assert TEMPLATES[name].pieces(around) == pieces


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_prompt_of_a_file_alone(name: str) -> None:
    check(name, PREFIX, SUFFIX, (), ALONE[name])


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_prompt_with_other_files(name: str) -> None:
    check(name, PREFIX, SUFFIX, FILES, WITH_FILES[name])


@pytest.mark.parametrize(
    ("prefix", "suffix", "expected"),
    [
        ("", "", "<|fim_prefix|><|fim_suffix|><|fim_middle|>"),
        ("x", "", "<|fim_prefix|><|fim_suffix|><|fim_middle|>x"),
        ("a\n", "b", "<|fim_prefix|>a\n<|fim_suffix|>b<|fim_middle|>"),
        ("a\n\t", "\n", "<|fim_prefix|>a\n\t<|fim_suffix|>\n<|fim_middle|>"),
        ("a\n  b = ", "", "<|fim_prefix|>a\n  <|fim_suffix|><|fim_middle|>b ="),
        ("a\n  b =  ", "", "<|fim_prefix|>a\n  <|fim_suffix|><|fim_middle|>b = "),
        ("a\n\x0c b\u2028c", "", "<|fim_prefix|>a\n\x0c <|fim_suffix|><|fim_middle|>b\u2028c"),
    ],
)
def test_what_is_typed_goes_behind_the_middle(prefix: str, suffix: str, expected: str) -> None:
    check("qwen", prefix, suffix, (), expected)


@pytest.mark.parametrize(
    ("name", "prefix", "expected"),
    [
        ("prefix-only", "if x:\n    ", "if x:\n   "),
        ("prefix-only", "if x:\n\t", "if x:\n\t"),
        ("prefix-only", "x = ", "x ="),
        ("prefix-only", " ", ""),
        ("prefix-only", "", ""),
        ("codestral", "x = ", "[SUFFIX][PREFIX]x ="),
        ("codestral", "if x:\n    ", "[SUFFIX][PREFIX]if x:\n   "),
        # Here the text ends where a token says so.
        ("qwen", "if x:\n    ", "<|fim_prefix|>if x:\n    <|fim_suffix|><|fim_middle|>"),
        ("codellama", "x = ", "<PRE> x =  <SUF> <MID>"),
    ],
)
def test_a_space_at_the_end_is_left_to_the_answer(name: str, prefix: str, expected: str) -> None:
    check(name, prefix, "", (), expected)


@pytest.mark.parametrize(
    ("answer", "prefix", "expected"),
    [
        (" 1", "x = ", "1"),
        ("1", "x = ", "1"),
        (" 1", "x =", " 1"),
        (" return x\n    y", "    ", "return x\n    y"),
        ("    return x", "    ", "    return x"),
        (" ", "x = ", " "),
        ("", "x = ", ""),
        ("\n", "x = ", "\n"),
        (" 1", "", " 1"),
        (" \n", "x = ", "\n"),
    ],
)
def test_an_answer_goes_on_where_the_text_ends(answer: str, prefix: str, expected: str) -> None:
    assert continued(answer, prefix) == expected
    so_far = ""
    for letter in answer:
        so_far = continued(so_far + letter, prefix)
    assert so_far == expected


@pytest.mark.parametrize("name", [name for name, text in ALONE.items() if text.endswith("ret")])
def test_typing_only_appends(name: str) -> None:
    for files in ((), FILES):
        before = as_text(TEMPLATES[name].pieces(Around("a.py", PREFIX, SUFFIX, files)))
        after = as_text(TEMPLATES[name].pieces(Around("a.py", PREFIX + "urn", SUFFIX, files)))
        assert after == before + "urn"


@pytest.mark.parametrize("name", TEMPLATES)
def test_other_files_come_before_the_text_above(name: str) -> None:
    text = as_text(TEMPLATES[name].pieces(Around("a.py", PREFIX, SUFFIX, FILES)))
    assert text.index("def g()") < text.index("C = 1") < text.index("import b")


@pytest.mark.parametrize("model", VOCABULARIES)
def test_a_family_is_known_by_its_tokens(model: str) -> None:
    name, vocabulary = VOCABULARIES[model]
    assert template_for(vocabulary.__contains__).name == name


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_found_by_what_it_needs(name: str) -> None:
    assert template_for(set(TEMPLATES[name].needs).__contains__).name == name


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_answer_ends_where_a_prompt_would_go_on(name: str) -> None:
    pieces = TEMPLATES[name].pieces(Around("a.py", PREFIX, SUFFIX, FILES))
    specials = {piece.token for piece in pieces if isinstance(piece, Special)}
    stops = TEMPLATES[name].stops
    assert specials <= set(stops)
    assert len(set(stops)) == len(stops) > 0


def test_the_last_resort_needs_nothing() -> None:
    assert list(TEMPLATES)[-1] == "prefix-only"
    assert template_for(lambda token: False).name == "prefix-only"


@pytest.mark.parametrize(
    ("name", "text", "as_written"),
    [
        ("qwen", "x = '<|fim_suffix|>'", "x = '< |fim_suffix|>'"),
        ("codellama", "x = '<SUF>'", "x = '< SUF>'"),
        ("codestral", "x = '[SUFFIX]'", "x = '[ SUFFIX]'"),
        ("prefix-only", "x = '<|fim_suffix|>'", "x = '<|fim_suffix|>'"),
    ],
)
def test_a_users_text_holds_no_special_tokens(name: str, text: str, as_written: str) -> None:
    pieces = TEMPLATES[name].pieces(Around("a.py", f"{text}\n", "", ()))
    assert any(isinstance(piece, str) and text in piece for piece in pieces)
    assert as_written in as_text(pieces)
