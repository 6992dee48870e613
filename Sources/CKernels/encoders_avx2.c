#pragma STDC FP_CONTRACT OFF
#include "isobath_encoders.h"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#include "encoders_body.h"

const struct isobath_encoder *isobath_encoder_avx2(enum isobath_element_type type) {
    return __builtin_cpu_supports("avx2") ? encoder_of(type) : 0;
}
#else
const struct isobath_encoder *isobath_encoder_avx2(enum isobath_element_type type) {
    (void)type;
    return 0;
}
#endif
