"""Which weights may be halved."""

import pytest
import torch

from speedproof.suggest.local.linear import Float, Half, Linear, half_or_float

X = torch.randn(7, 32, generator=torch.Generator().manual_seed(1))
WEIGHT = torch.randn(48, 32, generator=torch.Generator().manual_seed(2))
BIAS = torch.randn(48, generator=torch.Generator().manual_seed(3))


def check_product(linear: Linear, weight: torch.Tensor, bias: torch.Tensor | None, off: float) -> None:
    expected = torch.nn.functional.linear(X, weight, bias)
    assert float((linear(X) - expected).abs().max()) < off * float(expected.abs().max())


@pytest.mark.parametrize("bias", [None, BIAS])
def test_half_is_as_good_as_its_bits(bias: torch.Tensor | None) -> None:
    linear = half_or_float(WEIGHT, bias)
    check_product(linear, WEIGHT, bias, 1e-3)
    assert isinstance(linear, Half) or "fbgemm" not in torch.backends.quantized.supported_engines


def test_weights_too_large_for_sixteen_bits_keep_their_own() -> None:
    weight = WEIGHT.clone()
    weight[3, 4] = 1e5
    linear = half_or_float(weight, BIAS)
    assert isinstance(linear, Float)
    check_product(linear, weight, BIAS, 1e-6)


def test_where_no_product_takes_halves_floats_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("this engine has no such product")

    monkeypatch.setattr(torch.ops.quantized, "linear_prepack_fp16", refuse)
    linear = half_or_float(WEIGHT, BIAS)
    assert isinstance(linear, Float)
    check_product(linear, WEIGHT, BIAS, 1e-6)
