// Functions of many values at once, by the C library's own vector forms, which no header declares.
#ifndef VECTOR_MATH_H
#define VECTOR_MATH_H

// Replaces each value by its exponential, within 4 units in the last place. What a value becomes does
// not depend on those around it.
void vector_exponentials(float *values, long count);

#endif
