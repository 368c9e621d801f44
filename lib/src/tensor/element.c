/* element.c - single elements as text and back, exactly.
 *
 * A number is rounded to the fewest digits that read back as the same element:
 * 0.1 in f32 is "0.1", not "0.100000001". Text is the same whatever locale the
 * program has set. Reading goes through the C library, which rounds decimal
 * text correctly; for f16, bf16 and f8 it rounds to double first, so that text
 * within 2^-53 of the middle between two of them may go either way.
 */
#include "varstore/tensor.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/never.h"
#include "tensor/dtype.h"

#define PART_TEXT_MAX 40 /* bytes that hold any real number as text */
#define DIGITS_MAX    17 /* significant digits that tell any two f64 apart */

/* The calling thread's numbers in the C locale, for a few calls. glibc
 * allocates nothing for it; where a system must and fails, all goes on in the
 * program's locale. */
struct c_locale {
    locale_t c;      /* ours */
    locale_t before; /* the thread's own */
};

static struct c_locale enter_c_locale(void)
{
    struct c_locale l = {newlocale(LC_ALL_MASK, "C", (locale_t)0), (locale_t)0};

    l.before = uselocale(l.c);
    return l;
}

static void leave_c_locale(struct c_locale l)
{
    (void)uselocale(l.before);
    if (l.c != (locale_t)0)
        freelocale(l.c);
}

/* The dtype of a complex number's parts. */
static vs_dtype part_dtype(vs_dtype dtype)
{
    return dtype == VS_C64 ? VS_F32 : VS_F64;
}

/* Reads a float at the start of `text`, without blanks before it. The locale
 * is set. VS_ERR_MISUSE: there is none; VS_ERR_RANGE: the dtype cannot hold
 * it. `end` tells where it stops in any case. */
static vs_status read_float(vs_dtype dtype, const char *text, void *dst,
                            char **end)
{
    double x;
    double held;

    errno = 0;
    if (dtype == VS_F32) {
        float f = strtof(text, end);

        memcpy(dst, &f, sizeof f);
        x = (double)f;
    } else {
        x = strtod(text, end);
        vs_from_double(dtype, &x, 1, dst);
    }
    if (*end == text || isspace((unsigned char)*text))
        return VS_ERR_MISUSE;
    vs_to_double(dtype, dst, 1, &held);
    if (isfinite(held) || isnan(x))
        return VS_OK;
    /* Infinite as written fits where there is an infinity. */
    return isinf(x) && errno != ERANGE && isinf(held) ? VS_OK : VS_ERR_RANGE;
}

/* How many digits a float's text needs: any decimal number of `sure` digits
 * survives being stored and printed, no number needs more than `most`. Both
 * hold for magnitudes from `normal` on. */
struct precision {
    int sure;      /* floor((p - 1) log10 2) for p bits of precision; >= 1 */
    int most;      /* ceil(1 + p log10 2) */
    double normal; /* the least normal number */
};

static const struct precision precisions[VS_N_DTYPES + 1] = {
    [VS_F16] = {3, 5, 0x1p-14},
    [VS_BF16] = {2, 4, 0x1p-126},
    [VS_F32] = {FLT_DIG, FLT_DECIMAL_DIG, (double)FLT_MIN},
    [VS_F64] = {DBL_DIG, DBL_DECIMAL_DIG, DBL_MIN},
    [VS_F8_E4M3] = {1, 3, 0x1p-6},
    [VS_F8_E5M2] = {1, 2, 0x1p-14},
};

/* Prints the finite x, an element of the dtype, like "%e" with the fewest
 * digits that read back as x. Fewer than `sure` need not be tried: where fewer
 * do, those after them are zeros. The locale is set. */
static void print_shortest(vs_dtype dtype, double x, char text[PART_TEXT_MAX])
{
    const struct precision *p = &precisions[dtype];
    int digits = fabs(x) < p->normal ? 1 : p->sure;

    for (;; digits++) {
        uint8_t bytes[sizeof(double)];
        double back = 0;
        char *end;

        (void)snprintf(text, PART_TEXT_MAX, "%.*e", digits - 1, x);
        if (read_float(dtype, text, bytes, &end) == VS_OK)
            vs_to_double(dtype, bytes, 1, &back);
        if (back == x || vs__never(digits >= p->most))
            return;
    }
}

/* Rewrites text of "%e" the way people and Python write it: zeros at the end
 * go, and exponents from -4 to 15 become a point in its place. */
static void lay_out(const char *text, char out[PART_TEXT_MAX])
{
    const char *sign = *text == '-' ? "-" : "";
    const char *e = strchr(text, 'e');
    int exponent = (int)strtol(e + 1, NULL, 10);
    char digits[DIGITS_MAX + 1];
    int n = 0;

    for (; text < e; text++)
        if (isdigit((unsigned char)*text))
            digits[n++] = *text;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
    if (exponent < -4 || exponent > 15)
        (void)snprintf(out, PART_TEXT_MAX, "%s%c%s%se%+03d", sign, digits[0],
                       n > 1 ? "." : "", digits + 1, exponent);
    else if (exponent < 0)
        (void)snprintf(out, PART_TEXT_MAX, "%s0.%.*s%s", sign, -exponent - 1,
                       "000", digits);
    else if (n <= exponent + 1)
        (void)snprintf(out, PART_TEXT_MAX, "%s%s%.*s", sign, digits,
                       exponent + 1 - n, "000000000000000");
    else
        (void)snprintf(out, PART_TEXT_MAX, "%s%.*s.%s", sign, exponent + 1,
                       digits, digits + exponent + 1);
}

/* Writes one real float. The locale is set. */
static void write_float(vs_dtype dtype, const void *src, int precision,
                        char out[PART_TEXT_MAX])
{
    char text[PART_TEXT_MAX];
    double x = 0;

    vs_to_double(dtype, src, 1, &x);
    if (!isfinite(x)) {
        (void)snprintf(out, PART_TEXT_MAX, "%s",
                       isnan(x) ? "nan" : (x < 0 ? "-inf" : "inf"));
    } else if (precision > 0) {
        (void)snprintf(out, PART_TEXT_MAX, "%.*g",
                       precision < DIGITS_MAX ? precision : DIGITS_MAX, x);
    } else {
        print_shortest(dtype, x, text);
        lay_out(text, out);
    }
}

static void write_complex(const struct vs__dtype_info *info, const uint8_t *src,
                          int precision, char *text)
{
    const vs_dtype part = part_dtype(info->dtype);
    char re[PART_TEXT_MAX];
    char im[PART_TEXT_MAX];

    write_float(part, src, precision, re);
    write_float(part, src + info->part, precision, im);
    (void)snprintf(text, VS_ELEMENT_TEXT_MAX, "(%s%s%sj)", re,
                   im[0] == '-' ? "" : "+", im);
}

static void write_integer(vs_dtype dtype, const void *src, char *text)
{
    uint64_t bits;
    double x = 0;

    if (dtype == VS_U64) {
        memcpy(&bits, src, sizeof bits);
        (void)snprintf(text, VS_ELEMENT_TEXT_MAX, "%" PRIu64, bits);
    } else if (dtype == VS_I64) {
        memcpy(&bits, src, sizeof bits);
        (void)snprintf(text, VS_ELEMENT_TEXT_MAX, "%" PRId64, (int64_t)bits);
    } else { /* narrower ones are exact in double */
        vs_to_double(dtype, src, 1, &x);
        (void)snprintf(text, VS_ELEMENT_TEXT_MAX, "%.0f", x);
    }
}

char *vs_element_text(vs_dtype dtype, const void *src, int precision,
                      char *text)
{
    const struct vs__dtype_info *info = vs__dtype_info(dtype);
    struct c_locale l;

    if (info == NULL)
        return memcpy(text, "?", 2);
    l = enter_c_locale();
    switch (info->kind) {
    case VS__KIND_BOOL:
        (void)snprintf(text, VS_ELEMENT_TEXT_MAX, "%s",
                       *(const uint8_t *)src != 0 ? "true" : "false");
        break;
    case VS__KIND_UINT:
    case VS__KIND_INT:
        write_integer(dtype, src, text);
        break;
    case VS__KIND_FLOAT:
        write_float(dtype, src, precision, text);
        break;
    case VS__KIND_COMPLEX:
        write_complex(info, src, precision, text);
        break;
    }
    leave_c_locale(l);
    return text;
}

/* Readers take an element from the start of `text`, which is no blank, and
 * tell where they stop. VS_ERR_MISUSE: there is none; VS_ERR_RANGE: the dtype
 * cannot hold it. */

/* Puts sign and magnitude into the dtype's bytes; false if it has no such
 * number. */
static bool store_integer(const struct vs__dtype_info *info, bool negative,
                          uint64_t magnitude, void *dst)
{
    const bool has_sign = info->kind == VS__KIND_INT;
    const uint64_t all = UINT64_MAX >> (64 - 8 * info->size);
    const uint64_t most = has_sign ? (all >> 1) + negative : all;
    const uint64_t bits = negative ? 0 - magnitude : magnitude;
    const double x = negative ? -(double)magnitude : (double)magnitude;

    if (magnitude > most || (negative && !has_sign && magnitude != 0))
        return false;
    if (info->size == sizeof bits)
        memcpy(dst, &bits, sizeof bits);
    else /* exact in double */
        vs_from_double(info->dtype, &x, 1, dst);
    return true;
}

static vs_status read_integer(const struct vs__dtype_info *info,
                              const char *text, void *dst, char **end)
{
    const bool negative = *text == '-';
    const char *digits = text + (*text == '-' || *text == '+');
    uint64_t magnitude;

    errno = 0;
    magnitude = strtoull(digits, end, 0);
    if (!isdigit((unsigned char)*digits)) /* strtoull takes more than that */
        return VS_ERR_MISUSE;
    if (errno == ERANGE || !store_integer(info, negative, magnitude, dst))
        return VS_ERR_RANGE;
    return VS_OK;
}

static vs_status read_bool(const char *text, uint8_t *dst, char **end)
{
    static const struct {
        const char *word;
        uint8_t value;
    } words[] = {{"true", 1}, {"True", 1}, {"false", 0}, {"False", 0}};
    uint8_t number;
    vs_status st;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i].word);

        if (strncmp(text, words[i].word, n) == 0) {
            *dst = words[i].value;
            *end = (char *)(uintptr_t)(text + n); /* as strtod does */
            return VS_OK;
        }
    }
    st = read_integer(vs__dtype_info(VS_U8), text, &number, end);
    if (st == VS_OK && number > 1)
        return VS_ERR_RANGE;
    if (st == VS_OK)
        *dst = number;
    return st;
}

/* "(1+2j)", with or without parentheses, "2j" or "1". */
static vs_status read_complex(const struct vs__dtype_info *info,
                              const char *text, uint8_t *dst, char **end)
{
    const vs_dtype part = part_dtype(info->dtype);
    const bool open = *text == '(';
    uint8_t *re = dst;
    uint8_t *im = dst + info->part;
    vs_status st = read_float(part, text + open, re, end);
    vs_status st_im = VS_OK;

    if (st == VS_ERR_MISUSE)
        return st;
    memset(im, 0, info->part);
    if (**end == '+' || **end == '-') {
        st_im = read_float(part, *end, im, end);
        if (**end != 'j')
            return VS_ERR_MISUSE;
        ++*end;
    } else if (**end == 'j') {
        memcpy(im, re, info->part);
        memset(re, 0, info->part);
        ++*end;
    }
    if (open && *(*end)++ != ')')
        return VS_ERR_MISUSE;
    return st != VS_OK ? st : st_im;
}

static vs_status read_element(const struct vs__dtype_info *info,
                              const char *text, uint8_t *dst, char **end)
{
    switch (info->kind) {
    case VS__KIND_BOOL:
        return read_bool(text, dst, end);
    case VS__KIND_UINT:
    case VS__KIND_INT:
        return read_integer(info, text, dst, end);
    case VS__KIND_FLOAT:
        return read_float(info->dtype, text, dst, end);
    case VS__KIND_COMPLEX:
        return read_complex(info, text, dst, end);
    }
    return VS_ERR_MISUSE;
}

static const char *skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

vs_status vs_element_parse(vs_dtype dtype, const char *text, void *dst,
                           vs_error *err)
{
    const struct vs__dtype_info *info = vs__dtype_info(dtype);
    uint8_t element[16];
    char *end = NULL;
    struct c_locale l;
    vs_status st;

    if (info == NULL)
        return vs__fail(err, VS_ERR_DTYPE, "%d is no dtype", (int)dtype);
    if (text == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "no text for dtype %s", info->name);
    l = enter_c_locale();
    st = read_element(info, skip_blanks(text), element, &end);
    leave_c_locale(l);
    if (st != VS_ERR_MISUSE && *skip_blanks(end) != '\0')
        st = VS_ERR_MISUSE;
    if (st != VS_OK)
        return vs__fail(err, st, "'%.80s' %s dtype %s", text,
                        st == VS_ERR_RANGE ? "does not fit" : "is not of",
                        info->name);
    memcpy(dst, element, info->size);
    return VS_OK;
}
