// The searches for scales of ggml's quantizers, in every lane on its own.

// Runs whose largest magnitude is smaller are taken as zeros.
#define LEAST_MAGNITUDE 1e-15f

// Scales: value ≈ scale · code + least, code = nearest(inverse · (value − base)).
struct affine_runs {
    floats scale, least, inverse, base;
};

// Inverse scales that are tried: (first + step · k + most code) / range for k = 0 … count.
struct trials {
    float first, step;
    int count;
};

// The largest Σ w · (a code's value − value)², or Σ w · |…|, that codes 0 … `most` of any tried scale leave, made small.
INLINE struct affine_runs search_affine(
    const floats *x, const floats *w, int n, float most, struct trials trials, int by_magnitude) {
    floats least = x[0], largest = x[0], sum_w = w[0], sum_x = w[0] * x[0];
    for (int i = 1; i < n; i++) {
        least = select(x[i] < least, x[i], least);
        largest = select(x[i] > largest, x[i], largest);
        sum_w += w[i];
        sum_x += w[i] * x[i];
    }
    least = select(least > all(0), all(0), least);
    const ints is_flat = largest <= least;
    struct affine_runs best = {.inverse = all(most) / (largest - least), .base = least};
    best.scale = all(1) / best.inverse;
    floats error = all(0);
    for (int i = 0; i < n; i++) {
        const floats code = clamp(nearest(best.inverse * (x[i] - least)), 0, most);
        const floats off = best.scale * code + least - x[i];
        error += w[i] * (by_magnitude ? magnitude(off) : off * off);
    }
    for (int k = 0; k <= trials.count; k++) {
        const floats inverse = all(trials.first + trials.step * (float)k + most) / (largest - least);
        floats sum_l = all(0), sum_l2 = all(0), sum_xl = all(0), codes[32];
        for (int i = 0; i < n; i++) {
            const floats code = clamp(nearest(inverse * (x[i] - least)), 0, most), weighed = w[i] * code;
            codes[i] = code;
            sum_l += weighed;
            sum_l2 += weighed * code;
            sum_xl += weighed * x[i];
        }
        const floats determinant = sum_w * sum_l2 - sum_l * sum_l;
        floats scale = (sum_w * sum_xl - sum_x * sum_l) / determinant;
        floats offset = (sum_l2 * sum_x - sum_l * sum_xl) / determinant;
        const ints is_above = offset > all(0);
        offset = select(is_above, all(0), offset);
        scale = select(is_above, sum_xl / sum_l2, scale);
        floats found = all(0);
        for (int i = 0; i < n; i++) {
            const floats off = scale * codes[i] + offset - x[i];
            found += w[i] * (by_magnitude ? magnitude(off) : off * off);
        }
        const ints is_better = (determinant > all(0)) & (found < error);
        error = select(is_better, found, error);
        best.scale = select(is_better, scale, best.scale);
        best.inverse = select(is_better, inverse, best.inverse);
        best.base = select(is_better, least, best.base);
        // What is tried next starts from what was found.
        least = select(is_better, offset, least);
    }
    best.scale = select(is_flat, all(0), best.scale);
    best.inverse = select(is_flat, all(0), best.inverse);
    best.least = least;
    return best;
}

INLINE void affine_codes(const struct affine_runs *runs, const floats *x, int n, float most, floats *codes) {
    for (int i = 0; i < n; i++) codes[i] = clamp(nearest(runs->inverse * (x[i] - runs->base)), 0, most);
}

// Scales around zero: value ≈ scale · (code − most).

// The value of largest magnitude, the first of equal ones.
INLINE floats largest_value(const floats *x, int n) {
    floats largest = all(0), found = all(0);
    for (int i = 0; i < n; i++) {
        const ints is_more = magnitude(x[i]) > largest;
        largest = select(is_more, magnitude(x[i]), largest);
        found = select(is_more, x[i], found);
    }
    return found;
}

INLINE floats symmetric_code(floats x, floats inverse, float most) {
    return clamp(nearest(inverse * x), -most, most - 1);
}

// Scales with the least Σ w · (scale · code − value)² among nineteen; `codes` are those of the inverse scale that was tried.
INLINE floats search_symmetric(const floats *x, const floats *w, int n, float most, floats *codes) {
    const floats largest = largest_value(x, n);
    const ints is_zero = magnitude(largest) < all(LEAST_MAGNITUDE);
    floats best = all(0), best_inverse = all(0), score = all(0);
    // The first is the middle one: what is tried later has to be better.
    for (int k = 0; k < 19; k++) {
        const float step = k == 0 ? 0 : (float)(k <= 9 ? k - 10 : k - 9);
        const floats inverse = k == 0 ? all(-most) / largest : -all(most + 0.1f * step) / largest;
        floats sum_lx = all(0), sum_l2 = all(0);
        for (int i = 0; i < n; i++) {
            const floats code = symmetric_code(x[i], inverse, most);
            sum_lx += w[i] * x[i] * code;
            sum_l2 += w[i] * code * code;
        }
        const floats scale = sum_lx / sum_l2;
        const ints is_better = k == 0 ? sum_l2 != all(0) : (sum_l2 > all(0)) & (sum_lx * sum_lx > score * sum_l2);
        best = select(is_better, scale, best);
        score = select(is_better, scale * sum_lx, score);
        best_inverse = k == 0 ? inverse : select(is_better, inverse, best_inverse);
    }
    for (int i = 0; i < n; i++) {
        codes[i] = select(is_zero, all(0), symmetric_code(x[i], best_inverse, most) + all(most));
    }
    return select(is_zero, all(0), best);
}

// Scales around zero found by moving one code after another where that helps, up to five times through the run; weights
// are the squares of the values.
INLINE floats search_by_moves(const floats *x, int n, float most, floats *codes) {
    const floats largest = largest_value(x, n), inverse = all(-most) / largest;
    const ints is_zero = magnitude(largest) < all(LEAST_MAGNITUDE);
    floats sum_lx = all(0), sum_l2 = all(0);
    for (int i = 0; i < n; i++) {
        const floats w = x[i] * x[i];
        codes[i] = symmetric_code(x[i], inverse, most);
        sum_lx += w * x[i] * codes[i];
        sum_l2 += w * codes[i] * codes[i];
    }
    for (int sweep = 0; sweep < 5; sweep++) {
        ints has_changed = (ints)ALL(0);
        for (int i = 0; i < n; i++) {
            const floats w = x[i] * x[i];
            const floats lx = sum_lx - w * x[i] * codes[i], l2 = sum_l2 - w * codes[i] * codes[i];
            const floats code = clamp(nearest_of_any(x[i] * l2 / lx), -most, most - 1);
            const floats new_lx = lx + w * x[i] * code, new_l2 = l2 + w * code * code;
            const ints moves = ~is_zero & (lx > all(0)) & (code != codes[i]) & (new_l2 > all(0))
                & (new_lx * new_lx * sum_l2 > sum_lx * sum_lx * new_l2);
            codes[i] = select(moves, code, codes[i]);
            sum_lx = select(moves, new_lx, sum_lx);
            sum_l2 = select(moves, new_l2, sum_l2);
            has_changed |= moves;
        }
        if (!any(has_changed)) break;
    }
    for (int i = 0; i < n; i++) codes[i] = select(is_zero, all(0), codes[i] + all(most));
    return select(~is_zero & (sum_l2 > all(0)), sum_lx / sum_l2, all(0));
}

// Codes 0 … `most` and the scale for `n` numbers that are not negative, with weights: scales of runs, or their minima.
INLINE float search_positive(const float *x, const float *w, int n, int most, uint8_t *codes) {
    float largest = 0;
    for (int i = 0; i < n; i++) largest = x[i] > largest ? x[i] : largest;
    for (int i = 0; i < n; i++) codes[i] = 0;
    if (largest < LEAST_MAGNITUDE) return 0;
    float inverse = (float)most / largest, least = 0;
    for (int k = 0; k < 9; k++) {
        // The middle one first.
        const int step = k == 0 ? 0 : k <= 4 ? k - 5 : k - 4;
        const float tried = k == 0 ? inverse : (0.1f * (float)step + (float)most) / largest, scale = 1 / tried;
        float error = 0;
        for (int i = 0; i < n; i++) {
            const int found = nearest_int(tried * x[i]), code = k == 0 ? (uint8_t)found : found > most ? most : found;
            const float off = x[i] - scale * (float)code;
            error += w[i] * off * off;
        }
        if (k > 0 && !(error < least)) continue;
        least = error;
        inverse = tried;
    }
    float sum_lx = 0, sum_l2 = 0;
    for (int i = 0; i < n; i++) {
        const int found = nearest_int(inverse * x[i]), code = found > most ? most : found;
        codes[i] = (uint8_t)code;
        sum_lx += w[i] * x[i] * (float)code;
        sum_l2 += w[i] * (float)code * (float)code;
    }
    for (int sweep = 0; sweep < 5; sweep++) {
        int has_changed = 0;
        for (int i = 0; i < n; i++) {
            const float old = codes[i];
            float lx = sum_lx - w[i] * x[i] * old, l2 = sum_l2 - w[i] * old * old;
            if (!(lx > 0 && l2 > 0)) continue;
            const int found = nearest_int(x[i] * l2 / lx), code = found > most ? most : found;
            if (code == codes[i]) continue;
            lx += w[i] * x[i] * (float)code;
            l2 += w[i] * (float)code * (float)code;
            if (!(lx * lx * sum_l2 > sum_lx * sum_lx * l2)) continue;
            codes[i] = (uint8_t)code;
            sum_lx = lx;
            sum_l2 = l2;
            has_changed = 1;
        }
        if (!has_changed) break;
    }
    return sum_l2 > 0 ? sum_lx / sum_l2 : 0;
}
