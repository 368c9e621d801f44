# embed.cmake - makes OUT, a C file with every NNNN_*.sql of DIR, in order.
#
# Numbers start at 0001 and have no gap: a gap is a script that somebody forgot
# to commit, and a store migrated without it would be lost to later versions.
file(GLOB scripts RELATIVE ${DIR} ${DIR}/*.sql)
list(SORT scripts)
set(n 0)
set(arrays "")
set(rows "")
foreach(script IN LISTS scripts)
  math(EXPR n "${n} + 1")
  if(n LESS 10)
    set(want "000${n}_")
  else()
    set(want "00${n}_")
  endif()
  string(FIND ${script} ${want} at)
  if(NOT at EQUAL 0)
    message(FATAL_ERROR "schema/${script}: expected a name starting with ${want}")
  endif()
  file(READ ${DIR}/${script} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)"
    "\\1\n    " bytes "${bytes}")
  string(APPEND arrays
    "static const char script_${n}[] = {\n    ${bytes}0x00};\n")
  string(APPEND rows "    {${n}, \"${script}\", script_${n}},\n")
endforeach()
file(WRITE ${OUT}.new
  "/* Made from schema/ by embed.cmake; do not edit. */\n"
  "#include \"db/migrate.h\"\n\n${arrays}\n"
  "const struct vs__migration vs__schema[] = {\n${rows}};\n"
  "const int vs__schema_n = ${n};\n")
file(RENAME ${OUT}.new ${OUT})
