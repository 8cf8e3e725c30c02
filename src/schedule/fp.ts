/**
 * Functions for which the last bit matters. `+ - * /` and `sqrt` give the same results in Python and JavaScript as long
 * as the order of evaluation is the same; `cos` does not: V8's differs from glibc's by one ulp for 3.4 % of all
 * arguments, and torch's recursive CosineAnnealingLR multiplies such an ulp by T². `log` and `pow` enter every
 * schedule once, without amplification, and one ulp is four orders of magnitude below the tolerance: V8's own are used.
 */

/**
 * cos(x), correctly rounded except for about one argument in a thousand: argument and Taylor series are carried in
 * two doubles and rounded once. Agrees with glibc 2.36 on 99.9 % of arguments (glibc itself is not correctly
 * rounded on the rest, and with FMA not the same as without). Exact reduction for |x| < 1.6e6.
 */
export function cos(x: number): number {
  const turns = Math.round(Math.abs(x) * TWO_OVER_PI);
  if (!(turns < 2 ** 20)) return Math.cos(x);
  // |x| - turns·π/2 as an unevaluated sum: π/2 in three parts of 33 bits, so every product is exact.
  let high = Math.abs(x) - turns * PI_2_A;
  let low = 0;
  for (const part of PI_2_REST) {
    const product = -turns * part;
    const sum = high + product;
    const back = sum - high;
    low += high - (sum - back) + (product - back);
    high = sum;
  }
  const reduced = high + low;
  const rest = low - (reduced - high);
  switch (turns & 3) {
    case 0:
      return kernelCos(reduced, rest);
    case 1:
      return -kernelSin(reduced, rest);
    case 2:
      return -kernelCos(reduced, rest);
    default:
      return kernelSin(reduced, rest);
  }
}

/** Python's round(): halves go to the even neighbour. round(12.5) is 12. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Python's `%` on floats: the result has the sign of the divisor. */
export function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/** Python's math.isclose(x, 0) with its defaults: only zero itself is close to zero. */
export function isZero(x: number): boolean {
  return x === 0;
}

const TWO_OVER_PI = 0.6366197723675814;
const PI_2_A = 1.5707963267341256;
const PI_2_REST = [6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32];

/** a·b as high + low, by Veltkamp's split. */
function lowOfProduct(a: number, b: number, product: number): number {
  const ca = 134217729 * a;
  const ah = ca - (ca - a);
  const al = a - ah;
  const cb = 134217729 * b;
  const bh = cb - (cb - b);
  const bl = b - bh;
  return al * bl - (product - ah * bh - al * bh - ah * bl);
}

/** cos(r + d) for |r| ≤ π/4: 1 - r²/2 + r⁴/24 in two doubles, the rest of the series in one. */
function kernelCos(r: number, d: number): number {
  const square = r * r;
  const squareLow = lowOfProduct(r, r, square) + 2 * r * d;
  const fourth = square * square;
  const fourthLow = lowOfProduct(square, square, fourth) + 2 * square * squareLow;
  const term = fourth / 24;
  const termLow = (fourth - term * 24 - lowOfProduct(term, 24, term * 24) + fourthLow) / 24;
  const tail =
    fourth *
    square *
    (-1 / 720 +
      square *
        (1 / 40320 +
          square *
            (-1 / 3628800 +
              square *
                (1 / 479001600 +
                  square * (-1 / 87178291200 + square * (1 / 20922789888000 - square / 6402373705728000))))));
  const half = square / 2;
  const high = 1 - half;
  const highLow = 1 - high - half;
  const sum = high + term;
  const back = sum - high;
  const sumLow = high - (sum - back) + (term - back);
  return sum + (sumLow + highLow + termLow - squareLow / 2 + tail);
}

/** sin(r + d) for |r| ≤ π/4: r - r³/6 in two doubles, the rest of the series in one. */
function kernelSin(r: number, d: number): number {
  const square = r * r;
  const squareLow = lowOfProduct(r, r, square) + 2 * r * d;
  const cube = square * r;
  const cubeLow = lowOfProduct(square, r, cube) + squareLow * r + square * d;
  const term = cube / 6;
  const termLow = (cube - term * 6 - lowOfProduct(term, 6, term * 6) + cubeLow) / 6;
  const tail =
    cube *
    square *
    (1 / 120 +
      square *
        (-1 / 5040 +
          square *
            (1 / 362880 +
              square *
                (-1 / 39916800 +
                  square *
                    (1 / 6227020800 +
                      square *
                        (-1 / 1307674368000 +
                          square * (1 / 355687428096000 - square / 121645100408832000)))))));
  const sum = r - term;
  const back = sum - r;
  const sumLow = r - (sum - back) + (-term - back);
  return sum + (sumLow + d - termLow + tail);
}
