"""Numbers in sentences, as the launcher writes them (src/rate.ts). Standard library only, Python 3.9 and later."""

from __future__ import annotations

import decimal
import math

DIGITS, MOST_DIGITS = 3, 16


def rates(one: float, other: float) -> tuple[str, str]:
    """Two learning rates side by side, with as many digits as it takes to tell them apart: 1e-5 and 1.0001e-5."""
    for digits in range(DIGITS, MOST_DIGITS):
        texts = with_digits(one, digits), with_digits(other, digits)
        if one == other or texts[0] != texts[1]:
            return texts
    return exact(one), exact(other)


def exact(lr: float) -> str:
    """A learning rate with every digit that it has."""
    if lr == 0 or not math.isfinite(lr):
        return "0" if lr == 0 else "NaN"
    sign, digits, exponent = decimal.Decimal(repr(float(lr))).as_tuple()
    first, rest = str(digits[0]), "".join(map(str, digits[1:])).rstrip("0")
    return f"{'-' if sign else ''}{first}{'.' if rest else ''}{rest}e{exponent + len(digits) - 1}"


def with_digits(lr: float, digits: int) -> str:
    if lr == 0 or not math.isfinite(lr):
        return "0" if lr == 0 else "NaN"
    context = decimal.Context(prec=digits, rounding=decimal.ROUND_HALF_UP)
    mantissa, exponent = f"{context.create_decimal(lr):.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"
