"""Linear layers by precision of their weights. All take and give float32 [n, features], or the dtype of the weights."""

from collections.abc import Callable
from enum import StrEnum

import torch
from torch import Tensor
from torch.nn import functional

Linear = Callable[[Tensor], Tensor]


class Precision(StrEnum):
    """Of the weights in memory."""

    INT8 = "int8"
    BF16 = "bf16"
    FP32 = "fp32"


def linear(weight: Tensor, bias: Tensor | None, precision: Precision) -> Linear:
    """x → x @ weight.T + bias, for `weight` [out, in] in float32. With INT8 on a CPU weights have one scale per row."""
    if precision is Precision.INT8 and weight.device.type == "cpu":
        return _Int8(weight, bias)
    return _Float(weight, bias, torch.float32 if precision is Precision.FP32 else torch.bfloat16)


class _Float:
    def __init__(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> None:
        self._weight = weight.to(dtype).contiguous()
        self._bias = None if bias is None else bias.to(dtype)

    def __call__(self, x: Tensor) -> Tensor:
        return functional.linear(x, self._weight, self._bias)


class _Int8:
    """Weights in int8, symmetric, a scale for each row; activations quantized by the kernel as they come."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        scale = weight.abs().amax(1).clamp(min=1e-12) / 127
        zero = torch.zeros(len(scale), dtype=torch.long)
        quantized = torch.quantize_per_channel(weight.float(), scale.double(), zero, 0, torch.qint8)
        self._packed = torch.ops.quantized.linear_prepack(quantized, None if bias is None else bias.float())

    def __call__(self, x: Tensor) -> Tensor:
        made: Tensor = torch.ops.quantized.linear_dynamic(x, self._packed)
        return made
