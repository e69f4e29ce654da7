#include "vector_math.h"

#include <string.h>

#ifdef __x86_64__

typedef float lanes __attribute__((vector_size(16)));

// libmvec's, by the name that the vector function ABI of x86-64 gives it.
extern lanes _ZGVbN4v_expf(lanes values);

enum { WIDTH = sizeof(lanes) / sizeof(float) };

void vector_exponentials(float *values, long count) {
    for (long i = 0; i < count; i += WIDTH) {
        const size_t size = (size_t)(count - i < WIDTH ? count - i : WIDTH) * sizeof(float);
        lanes some = {0};
        if (size == sizeof some) {
            memcpy(&some, values + i, sizeof some);
            some = _ZGVbN4v_expf(some);
            memcpy(values + i, &some, sizeof some);
        } else {
            memcpy(&some, values + i, size);
            some = _ZGVbN4v_expf(some);
            memcpy(values + i, &some, size);
        }
    }
}

#else

#include <math.h>

void vector_exponentials(float *values, long count) {
    for (long i = 0; i < count; i++) values[i] = expf(values[i]);
}

#endif
