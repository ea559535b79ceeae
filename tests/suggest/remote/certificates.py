"""A certificate authority that nobody knows, made with the openssl command."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAMES = "subjectAltName=DNS:model.test,IP:127.0.0.1"


@dataclass(frozen=True)
class Authority:
    """Its certificate, and a server with one that it signed for NAMES."""

    pem: Path
    server: ssl.SSLContext


def made_authority(folder: Path) -> Authority:
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    ca, leaf = folder / "ca.pem", folder / "leaf.pem"
    _openssl(
        "req", "-x509", *key, "-keyout", f"{folder}/ca.key", "-out", str(ca), "-subj", "/CN=Nobody knows us",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )  # fmt: skip
    _openssl("req", *key, "-keyout", f"{folder}/leaf.key", "-out", f"{folder}/leaf.csr", "-subj", "/CN=model.test")
    extensions = folder / "extensions"
    extensions.write_text(f"{NAMES}\nbasicConstraints=CA:FALSE\n")
    _openssl(
        "x509", "-req", "-in", f"{folder}/leaf.csr", "-CA", str(ca), "-CAkey", f"{folder}/ca.key", "-CAcreateserial",
        "-days", "2", "-extfile", str(extensions), "-out", str(leaf),
    )  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(leaf, folder / "leaf.key")
    return Authority(ca, server)


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
