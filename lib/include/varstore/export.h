/* export.h - how a public function is marked: visible, with C linkage. */
#ifndef VARSTORE_EXPORT_H
#define VARSTORE_EXPORT_H

#ifdef __cplusplus
#define VS_BEGIN_DECLS extern "C" {
#define VS_END_DECLS   }
#else
#define VS_BEGIN_DECLS
#define VS_END_DECLS
#endif

#if defined(__GNUC__)
#define VS_API               __attribute__((visibility("default")))
#define VS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define VS_MUST_USE          __attribute__((warn_unused_result))
#else
#define VS_API
#define VS_PRINTF(fmt, args)
#define VS_MUST_USE
#endif

#endif
