// The encoders of all formats, in the form that the file that includes this has defined TARGET for.
#include "encode_lanes.h"
#include "encode_search.h"
#include "encode_k.h"
#include "encode_thirtytwo.h"

#define CASE(TYPE, name)                                                                                           \
    case ISOBATH_##TYPE: {                                                                                         \
        static const struct isobath_encoder encoder = {encode_##name};                                             \
        return &encoder;                                                                                           \
    }

static const struct isobath_encoder *encoder_of(enum isobath_element_type type) {
    switch (type) {
        CASE(Q4_0, q4_0)
        CASE(Q4_1, q4_1)
        CASE(Q5_0, q5_0)
        CASE(Q5_1, q5_1)
        CASE(Q2_K, q2_k)
        CASE(Q3_K, q3_k)
        CASE(Q4_K, q4_k)
        CASE(Q5_K, q5_k)
        CASE(Q6_K, q6_k)
        CASE(IQ4_NL, iq4_nl)
        CASE(IQ4_XS, iq4_xs)
        default: return 0;
    }
}
