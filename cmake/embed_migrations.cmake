# Writes a source file that holds the numbered .sql files of a folder.
# Use: cmake -DFOLDER=... -DOUTPUT=... -P embed_migrations.cmake
file(GLOB scripts ${FOLDER}/[0-9][0-9][0-9][0-9]_*.sql)
list(SORT scripts)
set(entries "")
set(expected 1)
foreach(script ${scripts})
  get_filename_component(name ${script} NAME)
  string(SUBSTRING ${name} 0 4 digits)
  math(EXPR version "1${digits} - 10000")
  if(NOT version EQUAL expected)
    message(FATAL_ERROR "${name}: step ${expected} is missing")
  endif()
  math(EXPR expected "${expected} + 1")
  file(READ ${script} sql)
  string(APPEND entries "      {${version}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE ${OUTPUT}.new "// Made from the .sql files by cmake/embed_migrations.cmake.
#include \"storage/sqlite/migrations.h\"

namespace rollcall {

const std::vector<Migration>& SqliteMigrations() {
  static const std::vector<Migration> migrations = {
${entries}  };
  return migrations;
}

}  // namespace rollcall
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
