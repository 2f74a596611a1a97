// An engine that fails at a chosen moment.

#ifndef ROLLCALL_TESTS_CONFORMANCE_FAULTY_DRIVER_H_
#define ROLLCALL_TESTS_CONFORMANCE_FAULTY_DRIVER_H_

#include <atomic>
#include <memory>

#include "storage/driver.h"

namespace rollcall::testing {

// When the engine fails: counts what connections that write are asked to do.
struct Fault {
  // What fails, counted from now on: 1 is the next statement, commit or savepoint. 0: nothing.
  std::atomic<int> countdown = 0;
  // True: the transaction is gone as well, as on a full disk.
  bool ends_transaction = false;

  // True if this is the moment.
  bool Now() { return countdown > 0 && --countdown == 0; }
};

// Wraps a driver of the engine under test. `fault` outlives what is made.
std::unique_ptr<Driver> MakeFaulty(std::unique_ptr<Driver> driver, Fault* fault);

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_CONFORMANCE_FAULTY_DRIVER_H_
