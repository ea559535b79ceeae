"""Linear layers by precision of their weights. All take and give [n, features] in the dtype of activations.

Int8 is what a CPU multiplies fastest, and hard to do well, because a few activations are a hundred times larger than
the others. `spread` takes care of most of them, layers where it does not stay in float32. Every token gets a scale of
its own: so its result does not depend on what it is computed together with, which a cache repaired in parts needs.
"""

import warnings
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

import torch
from torch import Tensor
from torch.nn import functional

Linear = Callable[[Tensor], Tensor]

SPIKY = 40.0
"""Where one input is so many times the usual one, eight bits for it leave none for the others."""
LARGEST = 127
LARGEST_TURNED, LARGEST_PLAIN = 90, 63
"""Without dot products of bytes a CPU adds two products in 16 bits: with weights up to 63 that never overflows, with 90
so rarely in weights without outliers that the finer steps are worth more (measured: KL 0.011; 0.017 with 63)."""


PACKED = (512, 16)
"""Inputs and outputs of a block in which FBGEMM keeps float16 weights. What fills up the last of them takes room."""


class Precision(StrEnum):
    """Of the weights in memory."""

    FP16 = "fp16"
    """On CPUs, where only the weights are in 16 bits and all else is in float32; on other devices the same as BF16."""
    INT8 = "int8"
    BF16 = "bf16"
    FP32 = "fp32"


class Float:
    """x → x @ weight.T + bias."""

    def __init__(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype, *, packs: bool = True) -> None:
        """`weight` is [out, in]. Where it `packs` and can, the weight is kept in oneDNN's own layout."""
        self._weight = weight.to(dtype).contiguous()
        self._bias = None if bias is None else bias.to(dtype)
        self._dtype = dtype
        self.n_bytes = dtype.itemsize * weight.numel()
        self._is_packed = False
        if packs and dtype is torch.float32 and weight.device.type == "cpu":
            self._pack()

    def _pack(self) -> None:
        """A fifth faster for a few tokens as for many (measured)."""
        with suppress(AttributeError, NotImplementedError, RuntimeError), torch.inference_mode():
            self._weight = torch.ops.mkldnn._reorder_linear_weight(self._weight, None)
            self._is_packed = True

    def __call__(self, x: Tensor) -> Tensor:
        if self._is_packed:
            made: Tensor = torch.ops.mkldnn._linear_pointwise(x, self._weight, self._bias, "none", [], "")
            return made
        if x.dtype is self._dtype:
            return functional.linear(x, self._weight, self._bias)
        return functional.linear(x.to(self._dtype), self._weight, self._bias).to(x.dtype)


class Half:
    """x → x @ weight.T + bias with the weight in float16, all else in float32. On CPUs that have a product for that.

    Each weight is widened as it is read, so a pass waits for half of the memory (decision 27).
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        """`weight` is [out, in]. Raises Unsuited."""
        if max(float(weight.amax()), -float(weight.amin())) > torch.finfo(torch.float16).max:
            raise Unsuited
        try:
            self._packed = torch.ops.quantized.linear_prepack_fp16(weight.float(), None)
        except (AttributeError, NotImplementedError, RuntimeError) as error:
            raise Unsuited from error
        self._bias = None if bias is None else bias.float()
        rows, columns = (-(-size // block) * block for size, block in zip(weight.T.shape, PACKED, strict=True))
        self.n_bytes = 2 * rows * columns

    def __call__(self, x: Tensor) -> Tensor:
        made: Tensor = torch.ops.quantized.linear_dynamic_fp16(x, self._packed)
        return made if self._bias is None else made.add_(self._bias)


class Unsuited(Exception):
    """These weights, or this machine, cannot do with 16 bits."""


def half_or_float(weight: Tensor, bias: Tensor | None) -> Linear:
    """Half where that can be, else Float in float32."""
    try:
        return Half(weight, bias)
    except Unsuited:
        return Float(weight, bias, torch.float32)


class Recording(Float):
    """As Float, and notes the largest size of each input."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__(weight, bias, torch.float32, packs=False)
        self._largest = torch.zeros(weight.shape[1])

    def __call__(self, x: Tensor) -> Tensor:
        self._largest = torch.maximum(self._largest, x.abs().amax(0))
        return super().__call__(x)

    @property
    def weight(self) -> Tensor:
        return self._weight

    @property
    def bias(self) -> Tensor | None:
        return self._bias

    @property
    def is_spiky(self) -> bool:
        return bool(self._largest.max() > SPIKY * self._largest.median())


class Int8:
    """Weights in int8 with one scale per row, activations in int8 with one scale per token; both symmetric. On CPUs."""

    def __init__(self, weight: Tensor, bias: Tensor | None, *, turned: bool) -> None:
        """`weight` is [out, in]; `turned` says whether it is without outliers."""
        self._bias = bias
        weight = weight.float()
        without_dot = LARGEST_TURNED if turned else LARGEST_PLAIN
        scales = weight.abs().amax(1).clamp(min=1e-12) / (LARGEST if torch.cpu._is_vnni_supported() else without_dot)
        zeros = torch.zeros(len(scales), dtype=torch.long)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that quantized tensors will go; the kernel takes nothing else
            quantized = torch.quantize_per_channel(weight, scales.double(), zeros, 0, torch.qint8)
        self._packed = torch.ops.quantized.linear_prepack(quantized, None)

    def __call__(self, x: Tensor) -> Tensor:
        size = x.abs().amax(-1, keepdim=True).clamp_(min=1e-12)
        product = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            x / size, 1 / 127, 128, self._packed
        )
        made: Tensor = product.mul_(size)
        return made if self._bias is None else made.add_(self._bias)
