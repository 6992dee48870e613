#pragma once
// e^x, the same steps in every form: x = n · ln 2 + r, e^x = 2^n · (1 + r + r² · q(r)).
//
// q is a minimax polynomial for the relative error of e^r over |r| ≤ ln 2 / 2 (below 3.1e-9, a twentieth of a unit in
// the last place), fitted by iteratively reweighted least squares.

// Below, results round to 0; above, to infinity.
#define ISOBATH_EXP_LEAST -104.0f
#define ISOBATH_EXP_MOST 89.0f
#define ISOBATH_EXP_LOG2E 0x1.715476p+0f
// ln 2 in two parts.
#define ISOBATH_EXP_LN2_HIGH 0x1.62e43p-1f
#define ISOBATH_EXP_LN2_LOW -0x1.05c61p-29f
// 1.5 · 2²³: adding it leaves the nearest integer in the low bits.
#define ISOBATH_EXP_ROUNDER 0x1.8p+23f
#define ISOBATH_EXP_ROUNDER_BITS 0x4B400000
#define ISOBATH_EXP_Q0 0x1.fffffcp-2f
#define ISOBATH_EXP_Q1 0x1.55549p-3f
#define ISOBATH_EXP_Q2 0x1.5558f4p-5f
#define ISOBATH_EXP_Q3 0x1.123a6cp-7f
#define ISOBATH_EXP_Q4 0x1.6a235p-10f
