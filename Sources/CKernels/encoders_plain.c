#pragma STDC FP_CONTRACT OFF
#define TARGET
#include "encoders_body.h"

const struct isobath_encoder *isobath_encoder_plain(enum isobath_element_type type) { return encoder_of(type); }
