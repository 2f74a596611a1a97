// The version of the program, the same as the project's version in CMakeLists.txt (a test
// holds the two together).

#ifndef ROLLCALL_SERVER_RUNTIME_VERSION_H_
#define ROLLCALL_SERVER_RUNTIME_VERSION_H_

namespace rollcall::runtime {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace rollcall::runtime

#endif  // ROLLCALL_SERVER_RUNTIME_VERSION_H_
