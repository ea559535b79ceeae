"""Linear layers by precision of their weights. All take and give [n, features] in the dtype of activations.

Int8 is what a CPU multiplies fastest, and hard to do well: a few inputs of every layer are a hundred times larger than
the others. So their scale is moved into the weights first (SmoothQuant, Xiao et al., 2023), from what a sample of code
shows of them, and every row of activations gets a scale of its own. With that a token's result does not depend on what
it is computed together with, which a cache that is repaired in parts relies on.
"""

from collections.abc import Callable
from enum import StrEnum

import torch
from torch import Tensor
from torch.nn import functional

Linear = Callable[[Tensor], Tensor]

SMOOTHING = 0.5
"""How much of the difference in size between inputs is moved into the weights."""
SMALLEST = 1e-5


class Precision(StrEnum):
    """Of the weights in memory."""

    INT8 = "int8"
    BF16 = "bf16"
    FP32 = "fp32"


class Float:
    """x → x @ weight.T + bias."""

    def __init__(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> None:
        """`weight` is [out, in]."""
        self._weight = weight.to(dtype).contiguous()
        self._bias = None if bias is None else bias.to(dtype)
        self._dtype = dtype

    def __call__(self, x: Tensor) -> Tensor:
        if x.dtype is self._dtype:
            return functional.linear(x, self._weight, self._bias)
        return functional.linear(x.to(self._dtype), self._weight, self._bias).to(x.dtype)


class Recording(Float):
    """As Float, and notes the largest size of each input: `largest` is [in]."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__(weight, bias, torch.float32)
        self.largest = torch.zeros(weight.shape[1])

    def __call__(self, x: Tensor) -> Tensor:
        self.largest = torch.maximum(self.largest, x.abs().amax(0))
        return super().__call__(x)


class Int8:
    """Weights in int8 with one scale per row, symmetric; activations in int8 with one scale per token. On CPUs."""

    def __init__(self, weight: Tensor, bias: Tensor | None, largest: Tensor) -> None:
        """`largest` is the size that inputs have, [in]."""
        sizes = largest.clamp(min=SMALLEST) ** SMOOTHING
        factors = (sizes / weight.abs().amax(0).clamp(min=SMALLEST) ** (1 - SMOOTHING)).clamp(min=SMALLEST)
        self._inverse = 1 / factors
        self._bias = bias
        weight = weight.float() * factors
        # Without dot products of bytes the CPU adds two products in 16 bits, which seven bits of weight do not exceed.
        bits = 8 if torch.cpu._is_vnni_supported() else 7
        scales = weight.abs().amax(1).clamp(min=1e-12) / (2 ** (bits - 1) - 1)
        zeros = torch.zeros(len(scales), dtype=torch.long)
        quantized = torch.quantize_per_channel(weight, scales.double(), zeros, 0, torch.qint8)
        self._packed = torch.ops.quantized.linear_prepack(quantized, None)

    def __call__(self, x: Tensor) -> Tensor:
        x = x * self._inverse
        size = x.abs().amax(-1, keepdim=True).clamp_(min=1e-12)
        x.div_(size)
        product = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(x, 1 / 127, 128, self._packed)
        made: Tensor = product.mul_(size)
        return made if self._bias is None else made.add_(self._bias)
