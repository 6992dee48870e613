#pragma STDC FP_CONTRACT OFF
#include "isobath_encoders.h"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2")))
#include "encoders_body.h"

const struct isobath_encoder *isobath_encoder_avx512(enum isobath_element_type type) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
        ? encoder_of(type)
        : 0;
}
#else
const struct isobath_encoder *isobath_encoder_avx512(enum isobath_element_type type) {
    (void)type;
    return 0;
}
#endif
