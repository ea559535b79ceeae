"""A report as one JSON document."""

import json
import math
from typing import Any

from speedproof.core.report import Report


def dumps(report: Report) -> str:
    """Strict JSON in ASCII: numbers that JSON lacks become null, and no terminal's encoding matters."""
    return json.dumps(_finite(report.to_json()), indent=2, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
