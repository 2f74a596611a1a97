// The log of the test program, in a file that tests can read. The log is one for the process, so
// this is set up once, before there are threads.

#ifndef ROLLCALL_TESTS_RPC_LOG_CAPTURE_H_
#define ROLLCALL_TESTS_RPC_LOG_CAPTURE_H_

#include <string>

namespace rollcall::testing {

// Everything that was logged so far.
std::string LogText();

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_RPC_LOG_CAPTURE_H_
