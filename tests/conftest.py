"""What holds for every test: the configuration of whoever runs them is none of theirs."""

import os
from pathlib import Path

os.environ["SPEEDPROOF_CONFIG"] = str(Path(__file__).parent / "there-is-none.toml")
