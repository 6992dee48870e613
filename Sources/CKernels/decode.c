#pragma STDC FP_CONTRACT OFF
#include "isobath_decode.h"

#include "rows.h"

void isobath_decode_row(enum isobath_element_type type, const void *source, float *target, size_t count) {
    switch (type) {
    case ISOBATH_F64: isobath_decode_row_f64(source, target, count); return;
    case ISOBATH_F32: isobath_decode_row_f32(source, target, count); return;
    case ISOBATH_F16: isobath_decode_row_f16(source, target, count); return;
    case ISOBATH_BF16: isobath_decode_row_bf16(source, target, count); return;
    case ISOBATH_F8E4M3: isobath_decode_row_f8e4m3(source, target, count); return;
    case ISOBATH_Q4_0: isobath_decode_row_q4_0(source, target, count); return;
    case ISOBATH_Q4_1: isobath_decode_row_q4_1(source, target, count); return;
    case ISOBATH_Q5_0: isobath_decode_row_q5_0(source, target, count); return;
    case ISOBATH_Q5_1: isobath_decode_row_q5_1(source, target, count); return;
    case ISOBATH_Q8_0: isobath_decode_row_q8_0(source, target, count); return;
    case ISOBATH_Q2_K: isobath_decode_row_q2_k(source, target, count); return;
    case ISOBATH_Q3_K: isobath_decode_row_q3_k(source, target, count); return;
    case ISOBATH_Q4_K: isobath_decode_row_q4_k(source, target, count); return;
    case ISOBATH_Q5_K: isobath_decode_row_q5_k(source, target, count); return;
    case ISOBATH_Q6_K: isobath_decode_row_q6_k(source, target, count); return;
    case ISOBATH_IQ1_S: isobath_decode_row_iq1_s(source, target, count); return;
    case ISOBATH_IQ1_M: isobath_decode_row_iq1_m(source, target, count); return;
    case ISOBATH_IQ2_XXS: isobath_decode_row_iq2_xxs(source, target, count); return;
    case ISOBATH_IQ2_XS: isobath_decode_row_iq2_xs(source, target, count); return;
    case ISOBATH_IQ2_S: isobath_decode_row_iq2_s(source, target, count); return;
    case ISOBATH_IQ3_XXS: isobath_decode_row_iq3_xxs(source, target, count); return;
    case ISOBATH_IQ3_S: isobath_decode_row_iq3_s(source, target, count); return;
    case ISOBATH_IQ4_NL: isobath_decode_row_iq4_nl(source, target, count); return;
    case ISOBATH_IQ4_XS: isobath_decode_row_iq4_xs(source, target, count); return;
    }
}
