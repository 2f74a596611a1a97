# Writes the bytes of INPUT as a C++ array into OUTPUT: cmake -DINPUT=... -DOUTPUT=... -P embed.cmake
file(READ ${INPUT} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT}
     "#include \"client/cli/embedded_api.h\"\n\n"
     "namespace rollcall::cli {\n"
     "const unsigned char kEmbeddedApi[] = {${bytes}};\n"
     "const size_t kEmbeddedApiSize = ${size};\n"
     "}  // namespace rollcall::cli\n")
